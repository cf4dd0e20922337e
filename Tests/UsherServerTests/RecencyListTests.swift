import Testing

@testable import UsherServer

@Suite("Recency list")
struct RecencyListTests {
    private var list = RecencyList()

    /// Takes every number out, oldest first.
    private mutating func drained() -> [Int] {
        var numbers: [Int] = []
        while let oldest = list.oldest {
            numbers.append(oldest)
            list.remove(oldest)
        }
        return numbers
    }

    @Test("gives the number that was not used for longest, and each once")
    mutating func order() {
        #expect(list.oldest == nil)
        for number in [3, 0, 7, 3, 5, 0, 0] { list.use(number) }
        #expect(list.oldest == 7 && list.contains(3) && !list.contains(1) && !list.contains(99))
        #expect(drained() == [7, 3, 5, 0])
        #expect(drained() == [])
    }

    @Test("a number may go from any place, and come again")
    mutating func removal() {
        for number in 0..<5 { list.use(number) }
        for number in [2, 0, 4, 4, 77] { list.remove(number) }
        #expect(list.oldest == 1)
        list.use(2)
        #expect(drained() == [1, 3, 2])
        list.use(1)
        #expect(drained() == [1])
    }
}
