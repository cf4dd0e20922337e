internal import UsherPAMProcesses
package import UsherPAMWire

/// A connection to the broker.
package struct ClientID: Hashable, Sendable {
    /// Counts up; never used again.
    package let number: UInt64

    /// The connection of that number.
    package init(number: UInt64) { self.number = number }
}

/// A worker process.
package struct WorkerID: Hashable, Sendable {
    /// Counts up; never used again.
    package let number: UInt64

    /// The worker of that number.
    package init(number: UInt64) { self.number = number }
}

/// A transaction: its number is unique on its connection only.
package struct TransactionKey: Hashable, Sendable {
    /// The connection that it belongs to.
    package let client: ClientID
    /// The client's number for it.
    package let transaction: UInt64

    /// The transaction that `client` calls by this number.
    package init(client: ClientID, transaction: UInt64) { (self.client, self.transaction) = (client, transaction) }
}

extension WorkerEnd {
    /// The failure of the transaction that this worker served.
    var failure: PAMFailure {
        switch self {
        case .exited(let status): .exited(status: status)
        case .killed(let signal): .crashed(signal: signal)
        }
    }
}

/// What the driver is to do, in order.
package enum BrokerAction: Equatable, Sendable {
    /// Fork a process from the zygote.
    case spawn(WorkerID)
    /// End the zygote: the next worker is forked from a new one.
    case renew
    /// Send the message at hand to the worker.
    case pass(WorkerID)
    /// Keep the message at hand for `deliver`.
    case hold(TransactionKey)
    /// Send the kept message to the worker and forget it.
    case deliver(TransactionKey, WorkerID)
    /// Forget the kept message.
    case discard(TransactionKey)
    /// Send the report at hand to the client.
    case relay(ClientID)
    /// Send the client the verdict of a wrong secret.
    case deny(TransactionKey)
    /// Send `failed` to the client.
    case fail(TransactionKey, PAMFailure)
    /// Tell the administrator that the name was guessed too often, and is closed.
    case reportClosed(user: String)
    /// Send `cancel` to the worker, which may have stopped reading.
    case cancel(WorkerID, transaction: UInt64)
    /// Send SIGTERM to the worker's process group.
    case terminate(WorkerID)
    /// Send SIGKILL to the worker's process group.
    case kill(WorkerID)
    /// Count the processes and threads of each worker, for `counted`.
    case count
    /// Send SIGKILL to all processes that descend from the worker, and to itself.
    case sweep(WorkerID)
    /// Tell the administrator that a worker had too many processes and threads.
    case reportFlood(WorkerID, tasks: Int)
    /// Close the connection; its transactions are settled already.
    case close(ClientID)
    /// Everything has ended: leave.
    case finish
    /// Some workers do not end, whatever they get: leave without them.
    case abandon
}
