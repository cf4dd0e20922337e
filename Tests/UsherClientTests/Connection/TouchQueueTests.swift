import Testing

@testable import UsherClient

@Suite("Touch queue")
struct TouchQueueTests {
    let token = Token(Sample.token)

    @Test("says of the first use after it was emptied that nobody knows of it, and of no other")
    func first() throws {
        let queue = TouchQueue()
        let token = try #require(token)
        for _ in 0..<2 {
            #expect(queue.isEmpty)
            let news = (0..<3).map { _ in queue.append(token) }
            #expect(news == [true, false, false] && !queue.isEmpty)
            #expect(queue.takeAll().count == 3)
        }
        #expect(queue.takeAll().isEmpty && queue.isEmpty)
    }

    @Test("drops uses beyond its capacity")
    func bounded() throws {
        let queue = TouchQueue()
        let token = try #require(token)
        for _ in 0...TouchQueue.capacity { _ = queue.append(token) }
        #expect(queue.takeAll().count == TouchQueue.capacity)
    }

    @Test("loses no use to other threads, and tells of each filling once")
    func threads() async throws {
        let queue = TouchQueue()
        let token = try #require(token)
        let (done, told) = (Box(0), Box(0))
        for _ in 0..<4 {
            Thread.start {
                for _ in 0..<500 where queue.append(token) { told.change { $0 += 1 } }
                done.change { $0 += 1 }
            }
        }
        var (taken, fillings) = (0, 0)
        while done.current < 4 || !queue.isEmpty {
            let batch = queue.takeAll().count
            taken += batch
            if batch > 0 { fillings += 1 }
        }
        #expect(taken <= 2000 && taken > 0 && told.current == fillings)
    }
}
