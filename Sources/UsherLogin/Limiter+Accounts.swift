/// The account that a login turned out to be for, as two tickets: for its own name, and for all its other names.
package struct LimiterAccount: Hashable, Sendable {
    /// The ticket of the account's name from the same source.
    let own: LimiterTicket
    /// The ticket of all names of the account but its own, together.
    let spelled: LimiterTicket
    /// Whether another name than the account's was entered.
    let isSpelled: Bool
}

/// A directory may find one account by several names, and only its modules know that they are one. A failure counts
/// under the name as entered, and this count decides whether a login may begin. If the account has another name, the
/// failure counts for the account as well, and that count decides whether the outcome may be told.
///
/// A wait must not tell that two names are one account, nor whether there is such an account. So failures under other
/// names are counted apart from those under the account's own (`LimiterAccount.spelled`), and make no login wait before
/// it begins. When both counts together ask for a wait, the login ends as with a wrong password, whatever the password,
/// after the same floor. Such a login has told nothing: it is no guess, and does not count for the account, which would
/// else soon reach its cap.
extension Limiter {
    /// The tickets of the account `user` of `realm`, for which a login under `ticket` turned out to be.
    package func account(user: String, realm: String, of ticket: LimiterTicket) -> LimiterAccount {
        let name = hash(user: user, realm: realm)
        return LimiterAccount(
            own: self.ticket(ticket, under: name),
            spelled: self.ticket(ticket, under: hash([name], for: .spelled)), isSpelled: name != ticket.name)
    }

    private func ticket(_ ticket: LimiterTicket, under name: UInt64) -> LimiterTicket {
        ticket.under(name, known: find(name).flatMap { source(ticket.source, in: $0) } != nil)
    }

    /// Whether the outcome of a login for `account` may be told at `now`.
    package func mayTell(_ account: LimiterAccount, now: Duration) -> Bool {
        let (failures, last) = counter(account.spelled, now: now.nanoseconds)
        let isAtHome = !account.isSpelled && account.own.known
        guard failures > 0, !isAtHome else { return true }
        let own = account.own.known || account.spelled.known ? (0, 0) : counter(account.own, now: now.nanoseconds)
        let standing = LimiterStanding(failures: failures + own.0, since: max(last, own.1), now: now.nanoseconds)
        return !standing.isCapped && standing.wait <= .zero
    }

    /// A login under `ticket` failed at `now`, which turned out to be for `account`.
    package func failed(_ ticket: LimiterTicket, account: LimiterAccount, now: Duration) {
        let counts = account.isSpelled && mayTell(account, now: now)
        failed(ticket, now: now)
        if counts { countSpelled(account, now: max(now.nanoseconds, 1)) }
    }

    private func countSpelled(_ account: LimiterAccount, now: UInt64) {
        if find(account.spelled.name) == nil, let own = find(account.own.name),
            let entry = entry(for: account.spelled, now: now)
        {
            copyHome(of: own, to: entry)
        }
        count(account.spelled, now: now)
    }

    /// A login under `ticket` succeeded at `now`; see `succeeded(_:user:realm:now:)`. `entered` is the name as entered,
    /// `user` the account's own.
    package func succeeded(
        _ ticket: LimiterTicket, entered: String, account: LimiterAccount, user: String, realm: String, now: Duration
    ) -> LoginHistory {
        if account.isSpelled { _ = succeeded(ticket, user: entered, realm: realm, now: now) }
        var history = succeeded(account.own, user: user, realm: realm, now: now)
        if find(account.spelled.name) != nil {
            history.failures += succeeded(account.spelled, user: user, realm: realm, now: now).failures
        } else {
            _ = clearUnplaced(account.spelled.name)
        }
        return history
    }
}
