internal import UsherBoard
internal import UsherNames
internal import UsherSecrets

/// A text of a session.
package enum SessionText: Hashable, Sendable, CaseIterable {
    /// The realm in which its token is valid.
    case realm
    /// The service that made it.
    case service
    /// The user's name.
    case user
    /// The list of methods, as it was given.
    case methods
    /// The context, as it was given; empty where none was.
    case context
    /// The data, as it was last given; empty where none ever was.
    case data
}

/// Lends the texts of a session: in place if the text is in one unit, else from a copy. A session that has ended has
/// empty texts, except while `Ended` reports it.
extension Ledger {
    /// What `lend` shows at once: the uid of the account behind the user's name, if any; the version of the data, 1
    /// where none was ever given; and every text.
    package typealias Reading = (
        _ uid: UInt32?, _ version: UInt32, _ realm: Span<UInt8>, _ service: Span<UInt8>, _ user: Span<UInt8>,
        _ methods: Span<UInt8>, _ context: Span<UInt8>, _ data: Span<UInt8>
    ) -> Void

    /// Lends the uid, the data's version and all texts of a session. Checks once that it lives, and allocates nothing
    /// for texts of up to 1,024 bytes.
    package func lend(_ session: Session, _ body: Reading) {
        guard let slot = readable(session) else {
            return body(nil, 1, Span(), Span(), Span(), Span(), Span(), Span())
        }
        labels.withText(Int(session.realm.rawValue)) { realm in
            labels.withText(Int(session.service.rawValue)) { service in
                users.withName(slot.user) { user in
                    labels.withText(Int(slot.methods)) { methods in
                        withContext(of: slot) { context in
                            withData(of: slot) { data in
                                body(users.uid(slot.user), version(slot), realm, service, user, methods, context, data)
                            }
                        }
                    }
                }
            }
        }
    }

    /// Lends one text of a session.
    package func lend(_ text: SessionText, of session: Session, _ body: (Span<UInt8>) -> Void) {
        guard let slot = readable(session) else { return body(Span()) }
        switch text {
        case .realm: labels.withText(Int(session.realm.rawValue), body)
        case .service: labels.withText(Int(session.service.rawValue), body)
        case .user: users.withName(slot.user, body)
        case .methods: labels.withText(Int(slot.methods), body)
        case .context: withContext(of: slot, body)
        case .data: withData(of: slot, body)
        }
    }

    /// Lends one text of a session and returns what `body` does.
    package func with<R>(_ text: SessionText, of session: Session, _ body: (Span<UInt8>) -> R) -> R {
        var result: R?
        lend(text, of: session) { result = body($0) }
        guard let result else { preconditionFailure("a text is lent exactly once") }
        return result
    }

    /// The slot of a session that lives, or is being reported as ended.
    private func readable(_ session: Session) -> Slot? {
        holds(session) || ending == session.handle.tag ? slots[Int(session.slot)] : nil
    }

    private func withContext(of slot: Slot, _ body: (Span<UInt8>) -> Void) {
        if slot.context == 0 { body(Span()) } else { contexts.withBytes(slot.context, body) }
    }

    private func withData(of slot: Slot, _ body: (Span<UInt8>) -> Void) {
        if slot.data == 0 { body(Span()) } else { data.withBytes(slot.data, head: Self.dataHead, body) }
    }
}

extension Ledger {
    /// Whether this list of methods has a label already, so that a session with it takes no new one.
    package func hasLabel(forMethods list: Span<UInt8>) -> Bool {
        for label in labels.heads.indices where labels.heads[label].kind == .methods {
            if labels.withText(label, { $0.equals(list) }) { return true }
        }
        return false
    }
}
