package import UsherNames
package import UsherSecrets

/// `session.revoke`: at least one of the two.
@frozen package struct RevokeParams: ~Copyable {
    /// The caller's own session, which ends unless `handle` names another.
    package let token: SessionToken?
    /// The session that ends. With a token, it must belong to the token's user; without, it may be any (for admins).
    package let handle: SessionHandle?

    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(request, bytes)
        var token: SessionToken?
        var handle: SessionHandle?
        while let key = try members.next(bytes) {
            if try members.matches(key, "token", 0, bytes) {
                token = try members.reader.token(bytes)
            } else if try members.matches(key, "handle", 1, bytes) {
                handle = try members.reader.handle(bytes)
            }
        }
        guard members.has(0) || members.has(1) else { throw .invalidParams }
        self.token = token
        self.handle = handle
    }
}

extension FrameBuffer {
    /// `session.revoke` of the token's own session, or of another `handle` of its user.
    package mutating func writeRevoke(
        id: Int64, token: borrowing SessionToken, handle: SessionHandle? = nil
    ) -> Ending {
        beginRequest(.revoke, id: id)
        member(token)
        member("handle", handle)
        return endRequest()
    }

    /// `session.revoke` of any session, for admins.
    package mutating func writeRevoke(id: Int64, handle: SessionHandle) -> Ending {
        beginRequest(.revoke, id: id)
        member("handle", handle)
        return endRequest()
    }
}

/// The result of `session.revoke`.
extension FrameBuffer {
    /// `{"revoked":n}`.
    package mutating func revokedResult(_ count: Int64) {
        beginObject()
        key("revoked")
        value(count)
        endObject()
    }
}

extension CountResult {
    /// `revoked` of `session.revoke`.
    package static func revoked(_ result: Range<Int>, in bytes: Span<UInt8>) throws(Refusal) -> Int64 {
        try member("revoked", result, bytes, 0...WireLimit.integer)
    }
}
