/// Datagrams that wait until a peer reads, in their order.
///
/// Those that have been sent leave in batches, so that each costs constant time on average. The owner bounds ``bytes``.
package struct DatagramQueue {
    private static let batch = 1_024

    private var waiting: [[UInt8]] = []
    private var sent = 0
    /// Bytes that wait.
    package private(set) var bytes = 0

    /// An empty queue.
    package init() {}

    /// Whether nothing waits.
    package var isEmpty: Bool { waiting.count == sent }

    /// Puts a datagram behind all others.
    package mutating func append(_ datagram: [UInt8]) {
        waiting.append(datagram)
        bytes += datagram.count
    }

    /// Takes out the datagrams that `send` sends, from the front, until it returns false.
    package mutating func drain(_ send: ([UInt8]) -> Bool) {
        while sent < waiting.count, send(waiting[sent]) {
            bytes -= waiting[sent].count
            waiting[sent] = []
            sent += 1
        }
        if isEmpty || sent > Self.batch {
            waiting.removeFirst(sent)
            sent = 0
        }
    }
}
