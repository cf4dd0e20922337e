internal import UsherSecrets

/// Texts of a session, lent in place, or, where they span units, from a copy. A session that lives no more has empty
/// ones. Each comes in two forms: the plain one, and a generic one over it that is inlined where it is called.
extension Ledger {
    /// The slot of a session that lives, or is being reported as ended.
    private func readable(_ session: Session) -> Slot? {
        holds(session.handle) || ending == session.handle ? slots[Int(session.handle.slot)] : nil
    }

    /// Lends the user's name.
    package func lendUser(of session: Session, _ body: (Span<UInt8>) -> Void) {
        guard let slot = readable(session) else { return body(Span()) }
        users.withName(slot.user, body)
    }

    /// Lends the list of methods, as it was given.
    package func lendMethods(of session: Session, _ body: (Span<UInt8>) -> Void) {
        guard let slot = readable(session) else { return body(Span()) }
        labels.withText(Int(slot.methods), body)
    }

    /// Lends the context, as it was given.
    package func lendContext(of session: Session, _ body: (Span<UInt8>) -> Void) {
        guard let slot = readable(session), slot.context != 0 else { return body(Span()) }
        contexts.withBytes(slot.context, body)
    }

    /// Lends the data, as it was last given; empty where none ever was.
    package func lendData(of session: Session, _ body: (Span<UInt8>) -> Void) {
        guard let slot = readable(session), slot.data != 0 else { return body(Span()) }
        data.withBytes(slot.data, head: Self.dataHead, body)
    }

    /// Lends the name of a service.
    package func lendName(of service: ServiceID, _ body: (Span<UInt8>) -> Void) {
        labels.withText(Int(service.rawValue), body)
    }

    /// Lends the name of a realm.
    package func lendName(of realm: RealmID, _ body: (Span<UInt8>) -> Void) {
        labels.withText(Int(realm.rawValue), body)
    }

    /// The uid of the account behind the user's name; nil without one.
    package func uid(of session: Session) -> UInt32? {
        guard let slot = readable(session) else { return nil }
        return users.uid(slot.user)
    }

    /// The version of the data: 1 where none was ever given.
    package func version(of session: Session) -> UInt32 {
        guard let slot = readable(session) else { return 1 }
        return version(slot)
    }
}

extension Ledger {
    /// Lends the user's name and returns what `body` does.
    @inlinable package func withUser<R>(of session: Session, _ body: (Span<UInt8>) -> R) -> R {
        var result: R?
        lendUser(of: session) { result = body($0) }
        return Self.sure(result)
    }

    /// Lends the list of methods and returns what `body` does.
    @inlinable package func withMethods<R>(of session: Session, _ body: (Span<UInt8>) -> R) -> R {
        var result: R?
        lendMethods(of: session) { result = body($0) }
        return Self.sure(result)
    }

    /// Lends the context and returns what `body` does.
    @inlinable package func withContext<R>(of session: Session, _ body: (Span<UInt8>) -> R) -> R {
        var result: R?
        lendContext(of: session) { result = body($0) }
        return Self.sure(result)
    }

    /// Lends the data and returns what `body` does.
    @inlinable package func withData<R>(of session: Session, _ body: (Span<UInt8>) -> R) -> R {
        var result: R?
        lendData(of: session) { result = body($0) }
        return Self.sure(result)
    }

    /// Lends the name of a service and returns what `body` does.
    @inlinable package func withName<R>(of service: ServiceID, _ body: (Span<UInt8>) -> R) -> R {
        var result: R?
        lendName(of: service) { result = body($0) }
        return Self.sure(result)
    }

    /// Lends the name of a realm and returns what `body` does.
    @inlinable package func withName<R>(of realm: RealmID, _ body: (Span<UInt8>) -> R) -> R {
        var result: R?
        lendName(of: realm) { result = body($0) }
        return Self.sure(result)
    }

    /// What a body that was called once has left.
    @inlinable package static func sure<R>(_ result: R?) -> R {
        guard let result else { preconditionFailure("a text is lent exactly once") }
        return result
    }
}
