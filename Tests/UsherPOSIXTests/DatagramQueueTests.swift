import Testing
import UsherPOSIX

@Suite("Queue of datagrams")
struct DatagramQueueTests {
    @Test("gives its datagrams in their order, each once, however often the peer stops to read")
    func order() {
        var (queue, given): (DatagramQueue, [Int]) = (DatagramQueue(), [])
        for number in 0..<5_000 { queue.append([UInt8](repeating: 0, count: number)) }
        for turn in 1...100 {
            var left = turn % 700
            queue.drain { datagram in
                guard left > 0 else { return false }
                left -= 1
                given.append(datagram.count)
                return true
            }
            #expect(queue.bytes == (given.count..<5_000).reduce(0, +))
        }
        #expect(given == Array(0..<5_000) && queue.bytes == 0)
    }

    @Test("keeps a datagram that could not be sent at the front")
    func refused() {
        var queue = DatagramQueue()
        queue.append([1])
        queue.append([2, 3])
        queue.drain { _ in false }
        #expect(!queue.isEmpty && queue.bytes == 3)
        var given: [[UInt8]] = []
        queue.drain {
            given.append($0)
            return true
        }
        #expect(given == [[1], [2, 3]] && queue.isEmpty && queue.bytes == 0)
    }
}
