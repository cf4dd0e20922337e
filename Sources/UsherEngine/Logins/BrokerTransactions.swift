internal import UsherLogin
internal import UsherNames
internal import UsherPAMWire
internal import UsherSecrets

/// What a transaction of the broker is for.
enum BrokerTransaction: Equatable {
    /// The login of that name.
    case login(TransactionName)
    /// A check of that account.
    case accountCheck(AccountSubject)
    /// A survey of those names.
    case survey([String])
}

/// The transactions that the broker was asked for and that have not ended, by the numbers that both sides call them.
///
/// Invariant: a number is given out once, so that a late report never reaches another transaction. The table has as
/// many entries as there are logins, checks of accounts and surveys under way. At most one message of each waits for
/// the broker's socket: its start, or answers to its challenge.
struct BrokerTransactions {
    private var open: [UInt64: BrokerTransaction] = [:]
    /// The number of the latest one.
    private(set) var last: UInt64 = 0
    /// Transactions that have ended here and whose cancel the broker has not been sent, oldest first. At most as many
    /// as the broker was asked for over this connection and has not ended.
    private var cancels: [UInt64] = []
    /// Messages that wait for room in the broker's socket, oldest first.
    private var held: [HeldRequest] = []

    /// The transaction of that number, unless it has ended.
    subscript(number: UInt64) -> BrokerTransaction? { open[number] }

    /// Begins a transaction. Returns its number.
    mutating func begin(_ transaction: BrokerTransaction) -> UInt64 {
        last += 1
        open[last] = transaction
        return last
    }

    /// Whether the broker has still to be sent something.
    var owesMessages: Bool { !cancels.isEmpty || holdsMessages }

    /// Whether a start or answers wait, which no later message may overtake.
    var holdsMessages: Bool { !held.isEmpty }

    /// Keeps the message of a transaction for `sendOwed`.
    mutating func hold(_ request: consuming PAMRequest, of number: UInt64) { held.append(HeldRequest(number, request)) }

    /// Notes a cancel for the broker. If the transaction's start still waits here, both are dropped: the broker never
    /// hears of the transaction.
    mutating func owe(_ number: UInt64) {
        let start = held.first { $0.number == number }?.isStart ?? false
        held.removeAll { $0.number == number }
        if !start { cancels.append(number) }
    }

    /// Passes what is owed to `send`, cancels first, until the socket has no room; the rest waits on. Returns a
    /// transaction whose message cannot be sent at all and waits no more; nil if there is none.
    mutating func sendOwed(_ send: (borrowing PAMRequest) -> BrokerSending) -> UInt64? {
        while let cancel = cancels.first {
            guard send(.cancel(transaction: cancel)) == .sent else { return nil }
            cancels.removeFirst()
        }
        while let next = held.first {
            let outcome = send(next.request)
            guard outcome != .full else { return nil }
            held.removeFirst()
            if outcome == .unreachable { return next.number }
        }
        return nil
    }

    /// The connection to the broker has ended, and with it what it was to be sent.
    mutating func forgetOwed() { (cancels, held) = ([], []) }

    /// Ends all checks of accounts, and surveys.
    mutating func endAccountChecks() {
        open = open.filter { if case .login = $0.value { true } else { false } }
        held.removeAll { open[$0.number] == nil }
    }

    /// Ends a transaction: reports on it mean nothing any more.
    mutating func end(_ number: UInt64) {
        open[number] = nil
        held.removeAll { $0.number == number }
    }
}

/// A message that waits; its password and answers are zeroed when it is let go.
private final class HeldRequest {
    let number: UInt64
    let request: PAMRequest

    init(_ number: UInt64, _ request: consuming PAMRequest) {
        self.number = number
        self.request = request
    }

    /// Whether the broker does not know the transaction yet.
    var isStart: Bool {
        switch request {
        case .start: true
        case .survey: true
        default: false
        }
    }
}
