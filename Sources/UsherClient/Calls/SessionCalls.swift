internal import CLinux
internal import UsherNames
package import UsherWire

// `session.*`: how each is written and read.
extension ConnectionDriver {
    /// `session.validate`; nil for `{"valid":false}`. A session with a place on the board is remembered.
    package func validate(_ token: Token, touch: Bool) throws(UsherError) -> Call<Session?> {
        let asked = usher_boottime()
        return try prepare(.idempotent) { frame, id in
            token.withToken { frame.writeValidate(id: id, token: $0, touches: touch) }
        } read: { [cache] result, source throws(Refusal) in
            let validation = try Validation(result.all, in: result)
            guard let session = validation.session.map(Session.init) else { return nil }
            if let cache, let board = source.board, let place = validation.cache,
                let entry = CachedSession(token, session, place, on: board, asked: asked, touched: touch)
            {
                cache.insert(entry)
            }
            return session
        }
    }

    /// `session.touch`, of at most 1,000 tokens.
    package func touch(_ tokens: ArraySlice<Token>) throws(UsherError) -> Call<Void> {
        try prepare(CallRules(isLarge: true)) { frame, id in
            frame.beginTouch(id: id)
            for token in tokens { token.withToken { frame.value($0) } }
            return frame.endTouch()
        } read: { result, _ throws(Refusal) in
            try result.requireObject()
        }
    }

    /// `session.rotate`.
    package func rotate(_ token: Token) throws(UsherError) -> Call<IssuedSession> {
        try prepare(.once) { frame, id in
            token.withToken { frame.writeRotate(id: id, token: $0) }
        } read: { [cache] result, _ throws(Refusal) in
            cache?.remove(token)
            return IssuedSession(try TokenResult(result.all, in: result))
        }
    }

    /// `session.update`. It is repeatable without a version, because it sets absolute values; with one, a second
    /// arrival would conflict with the first.
    package func update(
        _ token: Token, _ changes: [String: String?], ifVersion: Int64?
    ) throws(UsherError) -> Call<Int64> {
        let data = changes.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
        return try prepare(CallRules(repeatable: ifVersion == nil, isLarge: true)) { frame, id in
            token.withToken { frame.writeUpdate(id: id, token: $0, data: data, ifVersion: ifVersion) }
        } read: { [cache] result, _ throws(Refusal) in
            cache?.remove(token)
            return try CountResult.version(result.all, in: result)
        }
    }

    /// `session.list`, one page.
    package func page(of owner: SessionOwner, from cursor: String?) throws(UsherError) -> Call<SessionPage> {
        try prepare(.idempotent) { frame, id in
            switch owner {
            case .token(let token): token.withToken { frame.writeList(id: id, token: $0, cursor: cursor) }
            case .user(let user): frame.writeList(id: id, user: user, cursor: cursor)
            case .everybody(let realm): frame.writeListOfAll(id: id, realm: realm, cursor: cursor)
            }
        } read: { result, _ throws(Refusal) in
            let page = try UsherWire.SessionPage(result.all, in: result)
            return SessionPage(sessions: page.sessions.map(Session.init), next: page.next, isPartial: page.isPartial)
        }
    }

    /// `session.revoke` of the token's own session.
    package func revoke(_ token: Token) throws(UsherError) -> Call<Int> {
        try prepare(.idempotent) { frame, id in
            token.withToken { frame.writeRevoke(id: id, token: $0) }
        } read: { [cache] result, _ throws(Refusal) in
            cache?.remove(token)
            return Int(try CountResult.revoked(result.all, in: result))
        }
    }

    /// `session.revoke` of a handle.
    package func revoke(_ handle: SessionHandle, as token: Token?) throws(UsherError) -> Call<Int> {
        try prepare(.idempotent) { frame, id in
            guard let token else { return frame.writeRevoke(id: id, handle: handle.wire) }
            return token.withToken { frame.writeRevoke(id: id, token: $0, handle: handle.wire) }
        } read: { result, _ throws(Refusal) in
            Int(try CountResult.revoked(result.all, in: result))
        }
    }

    /// `session.revoke_all`. One call ends a part of everybody's sessions, from `cursor` on.
    package func revokeAll(
        of owner: SessionOwner, except: SessionHandle?, from cursor: String?
    ) throws(UsherError) -> Call<RevokedAll> {
        try prepare(.idempotent) { frame, id in
            switch owner {
            case .token(let token):
                token.withToken { frame.writeRevokeAll(id: id, token: $0, except: except?.wire) }
            case .user(let user): frame.writeRevokeAll(id: id, user: user, except: except?.wire)
            case .everybody(let realm):
                frame.writeRevokeAllOfAll(id: id, realm: realm, except: except?.wire, cursor: cursor)
            }
        } read: { result, _ throws(Refusal) in
            try RevokedAll(result.all, in: result)
        }
    }

    /// `session.create`.
    package func create(
        user: String, service: String?, methods: [String], context: [String: String]
    ) throws(UsherError) -> Call<IssuedSession> {
        try Self.requireName(user)
        let rules = CallRules(repeatable: false, compensation: .endSession, isLarge: true)
        return try prepare(rules) { frame, id in
            frame.writeCreate(
                id: id, user: user, service: service, methods: methods, context: Self.members(context))
        } read: { result, _ throws(Refusal) in
            IssuedSession(try TokenResult(result.all, in: result))
        }
    }

    /// The members of a context in the order of their names.
    static func members(_ context: [String: String]) -> [(name: String, value: String)] {
        context.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    }
}

extension IssuedSession {
    fileprivate init(_ result: consuming TokenResult) {
        session = Session(result.session)
        token = Token(result.token)
    }
}
