internal import UsherSecrets

/// A user name that has sessions, whatever the uids behind it. Good until the next call that changes the ledger.
package struct LedgerUser: Hashable, Sendable {
    let record: UInt32
}

extension Ledger {
    /// The user of that name; nil where nobody of that name has a session.
    package func user(named name: Span<UInt8>) -> LedgerUser? {
        let record = users.firstRecord(named: name)
        return record == 0 ? nil : LedgerUser(record: record)
    }

    /// The user of a session; nil where it lives no more.
    package func user(of session: Session) -> LedgerUser? {
        guard holds(session) else { return nil }
        return LedgerUser(record: users.firstRecord(like: slots[Int(session.slot)].user))
    }

    /// How many sessions a user has, over all realms, expired ones that no sweep has reached included.
    package func count(of user: LedgerUser) -> Int {
        var (total, record) = (0, users.isRecord(user.record) ? user.record : 0)
        while record != 0 {
            total += users.sessions(record)
            record = users.record(after: record)
        }
        return total
    }

    /// Shows each live session of a user, expired or not, in no particular order.
    func visit(_ user: LedgerUser, _ body: (Session) -> Void) {
        var record = users.isRecord(user.record) ? user.record : 0
        while record != 0 {
            users.visit(record) { body(snapshot($0)) }
            record = users.record(after: record)
        }
    }

    /// Shows at most `limit` sessions of a user after `cursor` that are in `realms` and have not expired, in the order
    /// of their slots, until `body` returns false because it could not take one. Returns the next cursor, or nil at the
    /// end. Takes time in proportion to the user's sessions, whatever the limit.
    package func list(
        of user: LedgerUser, in realms: RealmSet, after cursor: ListCursor? = nil, limit: Int, now: LedgerSeconds,
        _ body: (Session) -> Bool
    ) -> ListCursor? {
        var page = Page(limit: max(limit, 1))
        visit(user) { session in
            guard realms.contains(session.realm), !session.isExpired(at: now) else { return }
            if cursor.map({ session.slot > $0.slot }) ?? true { page.offer(session.slot) }
        }
        var last = cursor
        for slot in page.slots() {
            guard body(snapshot(Int(slot))) else { return last ?? ListCursor(slot: slot) }
            last = ListCursor(slot: slot)
        }
        return page.isCut ? last : nil
    }
}

/// The least `limit` of the slots that are offered.
private struct Page {
    let limit: Int
    private var held: [UInt32] = []
    /// Whether more were offered than fit.
    private(set) var isCut = false

    init(limit: Int) { self.limit = limit }

    mutating func offer(_ slot: UInt32) {
        held.append(slot)
        if held.count >= 2 * limit { cut() }
    }

    mutating func slots() -> [UInt32] {
        cut()
        return held
    }

    private mutating func cut() {
        held.sort()
        guard held.count > limit else { return }
        held.removeLast(held.count - limit)
        isCut = true
    }
}
