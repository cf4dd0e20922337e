package import UsherNames
package import UsherSecrets

/// `session.revoke_all`.
@frozen package struct RevokeAllParams: ~Copyable {
    /// Whose sessions.
    package let subject: Subject
    /// The one that stays.
    package let except: SessionHandle?
    /// Where to go on with everybody's sessions: `next` of the answer before, 1 to 64 bytes.
    package let cursor: JSONText?

    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(request, bytes)
        var reader = SubjectReader()
        var except: SessionHandle?
        var cursor: JSONText?
        while let key = try members.next(bytes) {
            if try reader.take(key, &members, bytes) { continue }
            if try members.matches(key, "except", 4, bytes) {
                except = try members.reader.handle(bytes)
            } else if try members.matches(key, "cursor", 5, bytes) {
                cursor = try members.reader.name(bytes)
            }
        }
        guard cursor == nil || reader.isEverybody else { throw .invalidParams }
        subject = try reader.subject()
        self.except = except
        self.cursor = cursor
    }
}

extension FrameBuffer {
    /// `session.revoke_all` of the token's user.
    package mutating func writeRevokeAll(
        id: Int64, token: borrowing SessionToken, except: SessionHandle? = nil
    ) -> Ending {
        beginRequest(.revokeAll, id: id)
        member(token)
        member("except", except)
        return endRequest()
    }

    /// `session.revoke_all` of a user, for admins.
    package mutating func writeRevokeAll(id: Int64, user: String, except: SessionHandle? = nil) -> Ending {
        beginRequest(.revokeAll, id: id)
        member("user", user)
        member("except", except)
        return endRequest()
    }
}

extension FrameBuffer {
    /// `session.revoke_all` of everybody, for admins.
    package mutating func writeRevokeAllOfAll(
        id: Int64, realm: String?, except: SessionHandle? = nil, cursor: String? = nil
    ) -> Ending {
        beginRequest(.revokeAll, id: id)
        memberAll(realm)
        member("except", except)
        member("cursor", cursor)
        return endRequest()
    }

    /// The result of `session.revoke_all`. `next`, up to `WireLimit.name` bytes, is the cursor of the next request; nil
    /// when no session is left to end.
    package mutating func revokedAllResult(_ count: Int64, next: Span<UInt8>?) {
        beginObject()
        key("revoked")
        value(count)
        if let next {
            key("next")
            value(next)
        }
        endObject()
    }
}

/// `session.revoke_all`, read by a client.
package struct RevokedAll: Equatable, Sendable {
    /// How many sessions ended.
    package let revoked: Int64
    /// Where the next request goes on; nil: there is no more.
    package let next: String?

    package init(_ result: Range<Int>, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(result, bytes)
        var revoked: Int64?
        var next: String?
        while let key = try members.next(bytes) {
            if try members.matches(key, "revoked", 0, bytes) {
                // The count of one answer: a ledger has fewer sessions, so that the sum of many answers does not
                // overflow.
                revoked = try members.reader.integer(bytes, in: 0...Int64(UInt32.max))
            } else if try members.matches(key, "next", 1, bytes) {
                next = try members.reader.name(bytes).string(in: bytes)
            }
        }
        guard let revoked else { throw .invalidParams }
        self.revoked = revoked
        self.next = next
    }
}
