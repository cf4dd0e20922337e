package import UsherNames
package import UsherSecrets

/// Whose sessions a request is about: those of the token's user (own), or of a named user (for admins).
@frozen package enum Subject: ~Copyable {
    case token(SessionToken)
    case user(JSONText)

    /// Exactly one of the two must be there.
    fileprivate init(_ token: consuming SessionToken?, _ user: JSONText?) throws(Refusal) {
        if let token = consume token {
            guard user == nil else { throw .invalidParams }
            self = .token(token)
        } else {
            guard let user else { throw .invalidParams }
            self = .user(user)
        }
    }
}

/// `session.list`.
@frozen package struct ListParams: ~Copyable {
    /// Whose sessions.
    package let subject: Subject
    /// Where the page starts: `next` of the page before, 1 to 64 bytes.
    package let cursor: JSONText?

    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(request, bytes)
        var token: SessionToken?
        var user: JSONText?
        var cursor: JSONText?
        while let key = try members.next(bytes) {
            if try members.matches(key, "token", 0, bytes) {
                token = try members.reader.token(bytes)
            } else if try members.matches(key, "user", 1, bytes) {
                user = try members.reader.userName(bytes)
            } else if try members.matches(key, "cursor", 2, bytes) {
                cursor = try members.reader.name(bytes)
            }
        }
        subject = try Subject(token, user)
        self.cursor = cursor
    }
}

/// `session.revoke`: at least one of the two.
@frozen package struct RevokeParams: ~Copyable {
    /// The caller's own session; the one that ends when there is no handle.
    package let token: SessionToken?
    /// The session that ends: of the token's user, or, without a token, any (for admins).
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
