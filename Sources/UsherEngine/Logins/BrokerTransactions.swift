internal import UsherLogin
internal import UsherNames
internal import UsherSecrets

/// What a transaction of the broker is for.
enum BrokerTransaction: Equatable {
    /// The login of that name.
    case login(TransactionName)
    /// A check of that account.
    case accountCheck(AccountSubject)
}

/// The transactions that the broker was asked for and that have not ended, by the numbers that both sides call them.
///
/// Invariant: a number is given out once, so that a late report never reaches another transaction. As many entries as
/// there are logins and checks of accounts under way.
struct BrokerTransactions {
    private var open: [UInt64: BrokerTransaction] = [:]
    private var last: UInt64 = 0
    /// Transactions that have ended here and whose cancel the broker has still to be sent, oldest first. No more than the
    /// broker was asked for since its connection was made and has not ended.
    private var owed: [UInt64] = []

    /// The transaction of that number, unless it has ended.
    subscript(number: UInt64) -> BrokerTransaction? { open[number] }

    /// Begins a transaction; its number.
    mutating func begin(_ transaction: BrokerTransaction) -> UInt64 {
        last += 1
        open[last] = transaction
        return last
    }

    /// Whether the broker has still to be sent a cancel.
    var owesCancels: Bool { !owed.isEmpty }

    /// The broker has to be sent a cancel of that transaction.
    mutating func owe(_ number: UInt64) { owed.append(number) }

    /// Sends what is owed by `send`, until that returns false.
    mutating func sendCancels(_ send: (UInt64) -> Bool) {
        let sent = owed.prefix(while: send).count
        owed.removeFirst(sent)
    }

    /// The connection to the broker has ended, and with it what it was to cancel.
    mutating func forgetCancels() { owed = [] }

    /// Ends all checks of accounts.
    mutating func endAccountChecks() {
        open = open.filter { if case .accountCheck = $0.value { false } else { true } }
    }

    /// Ends a transaction: reports on it mean nothing any more.
    mutating func end(_ number: UInt64) { open[number] = nil }
}
