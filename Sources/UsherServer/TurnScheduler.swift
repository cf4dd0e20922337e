internal import UsherEngine

/// Who is served next: the connections that are ready, and how much of a turn each of their owners may use.
///
/// Deficit round robin. Each owner has an account with a list of its ready connections and a credit of work. The round
/// visits the accounts with a ready connection in turn. An account that enters the round has a credit of
/// ``Budget/share``. It is served until the credit is used up, gets another share, and is passed over. Work is charged
/// after it is done, so that an account may go into debt by the work of one connection, which its next shares pay. An
/// account that alone is ready gets share after share, and has the whole turn. A turn ends when its work reaches
/// ``Budget/turn``; the next turn goes on where the round stopped.
///
/// Work is counted, not timed, so that the order of service depends on what clients send alone. Rejected: a queue of
/// connections without accounts, where an owner's share grows with the number of its connections.
struct TurnScheduler {
    /// The account of an owner.
    typealias Account = Int

    /// Whose work counts together.
    enum Owner: Hashable {
        /// A user with a role.
        case user(UInt32)
        /// All users without a role.
        case outsiders

        /// The owner of the work that is done for a connection of `owner`.
        init(_ owner: ConnectionOwner) { self = owner.isOutsider ? .outsiders : .user(owner.user) }
    }

    /// Amounts of work, about a nanosecond each.
    struct Budget {
        /// The work after which a turn ends.
        var turn: Int
        /// The work that each owner with something ready may use before the next owner is served.
        var share: Int
    }

    private struct Entry {
        var owner: Owner
        /// Connections of the owner, ready or not.
        var connections = 0
        /// Ready connections; those before `next` have been served.
        var ready: [ConnectionID] = []
        var next = 0
        var credit = 0
        /// Whether ``TurnScheduler/round`` has it.
        var isInRound = false

        var isServed: Bool { next == ready.count }

        mutating func takeNext() -> ConnectionID {
            let id = ready[next]
            next += 1
            if next > 32, next > ready.count / 2 {
                ready.removeFirst(next)
                next = 0
            }
            return id
        }
    }

    let budget: Budget
    private var entries: [Entry] = []
    private var free: [Account] = []
    private var accounts: [Owner: Account] = [:]
    /// The accounts with a ready connection, in the order of service.
    private var round: [Account] = []
    /// Which account of the round is served.
    private var position = 0
    /// The work of this turn; between two turns, of the last one.
    private(set) var spent = 0
    /// Accounts whose frames have used up their allowance in this turn.
    private var overdrawn: Set<Account> = []
    /// Whether several owners had a ready connection when the turn began.
    private var isDivided = false

    init(_ budget: Budget) { self.budget = budget }

    // MARK: Owners

    /// The account for one more connection of `owner`.
    mutating func join(_ owner: Owner) -> Account {
        let account = accounts[owner] ?? open(owner)
        entries[account].connections += 1
        return account
    }

    /// A connection of this account goes. With the last one the account is closed.
    mutating func leave(_ account: Account) {
        entries[account].connections -= 1
        guard entries[account].connections == 0 else { return }
        if let place = round.firstIndex(of: account) { drop(place) }
        accounts[entries[account].owner] = nil
        free.append(account)
    }

    private mutating func open(_ owner: Owner) -> Account {
        let account = free.popLast() ?? entries.count
        let entry = Entry(owner: owner)
        if account == entries.count { entries.append(entry) } else { entries[account] = entry }
        accounts[owner] = account
        return account
    }

    // MARK: Turns

    /// Whether no connection is ready.
    var isEmpty: Bool { round.isEmpty }

    /// A turn begins, with the connections that have been added.
    mutating func beginTurn() {
        spent = 0
        if !overdrawn.isEmpty { overdrawn.removeAll(keepingCapacity: true) }
        isDivided = round.count > 1
    }

    /// A connection of this account is ready. The caller adds a connection once until ``next()`` has returned it.
    mutating func add(_ id: ConnectionID, of account: Account) {
        entries[account].ready.append(id)
        guard !entries[account].isInRound else { return }
        entries[account].isInRound = true
        entries[account].credit += budget.share
        round.append(account)
    }

    /// The connection to be served next, and the work that it may do; nil at the end of the turn.
    mutating func next() -> (id: ConnectionID, allowance: Int)? {
        while spent < budget.turn, !round.isEmpty {
            let account = round[position]
            if entries[account].isServed {
                drop(position)
            } else if entries[account].credit > 0 {
                return (entries[account].takeNext(), allowance(of: account))
            } else {
                entries[account].credit += budget.share
                position = position + 1 < round.count ? position + 1 : 0
            }
        }
        return nil
    }

    /// The work that a connection of this account may do now.
    func allowance(of account: Account) -> Int {
        max(0, isDivided ? entries[account].credit : budget.turn - spent)
    }

    /// The frames of this account have used all that it may do: what else was received from it waits for another turn.
    mutating func overdraw(_ account: Account) { overdrawn.insert(account) }

    /// Whether what was received from this account waits for another turn.
    func isOverdrawn(_ account: Account) -> Bool { !overdrawn.isEmpty && overdrawn.contains(account) }

    /// Work was done for a connection of this account.
    mutating func charge(_ work: Int, to account: Account) {
        entries[account].credit -= work
        spent += work
    }

    /// Takes the account at `place` out of the round. It keeps a debt, but no credit: credit is not saved up.
    private mutating func drop(_ place: Int) {
        let account = round[place]
        if round.count == 1 { round.removeAll(keepingCapacity: true) } else { round.remove(at: place) }
        entries[account].ready.removeAll(keepingCapacity: true)
        entries[account].next = 0
        entries[account].credit = min(0, entries[account].credit)
        entries[account].isInRound = false
        if place < position { position -= 1 }
        if position == round.count { position = 0 }
    }
}
