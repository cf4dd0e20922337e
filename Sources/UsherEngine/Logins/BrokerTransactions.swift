internal import UsherNames
internal import UsherSecrets

/// What a transaction of the broker is for.
enum BrokerTransaction: Equatable {
    /// The login of that name.
    case login(TransactionName)
}

/// The transactions that the broker was asked for and that have not ended, by the numbers that both sides call them.
///
/// Invariant: a number is given out once, so that a late report never reaches another transaction. As many entries as
/// there are logins.
struct BrokerTransactions {
    private var open: [UInt64: BrokerTransaction] = [:]
    private var last: UInt64 = 0

    /// The transaction of that number, unless it has ended.
    subscript(number: UInt64) -> BrokerTransaction? { open[number] }

    /// Begins a transaction; its number.
    mutating func begin(_ transaction: BrokerTransaction) -> UInt64 {
        last += 1
        open[last] = transaction
        return last
    }

    /// Ends a transaction: reports on it mean nothing any more.
    mutating func end(_ number: UInt64) { open[number] = nil }
}
