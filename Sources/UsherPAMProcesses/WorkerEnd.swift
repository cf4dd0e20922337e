/// How a worker process ended.
package enum WorkerEnd: Equatable, Sendable {
    /// It called exit(3).
    case exited(status: UInt8)
    /// A signal ended it.
    case killed(signal: UInt8)
}
