package import UsherNames
package import UsherSecrets

/// `session.revoke_all`.
@frozen package struct RevokeAllParams: ~Copyable {
    /// Whose sessions.
    package let subject: Subject
    /// The one that stays.
    package let except: SessionHandle?

    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(request, bytes)
        var token: SessionToken?
        var user: JSONText?
        var except: SessionHandle?
        while let key = try members.next(bytes) {
            if try members.matches(key, "token", 0, bytes) {
                token = try members.reader.token(bytes)
            } else if try members.matches(key, "user", 1, bytes) {
                user = try members.reader.userName(bytes)
            } else if try members.matches(key, "except", 2, bytes) {
                except = try members.reader.handle(bytes)
            }
        }
        subject = try Subject(token, user)
        self.except = except
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
