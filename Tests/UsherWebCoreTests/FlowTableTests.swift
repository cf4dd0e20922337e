import Testing

@testable import UsherWebCore

@Suite("Flow table")
struct FlowTableTests {
    private let start = ContinuousClock.now
    private func at(_ seconds: Int) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

    @Test("gives a flow once, and to its owner alone")
    func once() {
        var table = FlowTable<String, Int>(capacity: 2)
        #expect(table.insert(1, named: "a", source: "x", until: at(10), now: at(0)).isEmpty)
        #expect(table.take("a", now: at(1)) { $0 == 2 } == nil)
        #expect(table.take("b", now: at(1)) { _ in true } == nil)
        #expect(table.take("a", now: at(1)) { $0 == 1 } == 1)
        #expect(table.take("a", now: at(1)) { _ in true } == nil)
        #expect(table.count == 0)
    }

    @Test("gives no flow whose time is over, and hands it out to be cancelled")
    func expiry() {
        var table = FlowTable<String, Int>(capacity: 9)
        for (flow, seconds) in [(1, 5), (2, 3), (3, 9)] {
            #expect(table.insert(flow, named: "\(flow)", source: "x", until: at(seconds), now: at(0)).isEmpty)
        }
        #expect(table.take("2", now: at(3)) { _ in true } == nil)
        #expect(table.expire(now: at(5)) == [1, 2])
        #expect(table.insert(4, named: "4", source: "x", until: at(20), now: at(10)) == [3])
        #expect(table.count == 1)
    }

    @Test("shows a flow that stays, until its time is over")
    func shown() {
        var table = FlowTable<String, Int>(capacity: 2)
        #expect(table.insert(1, named: "a", source: "x", until: at(10), now: at(0)).isEmpty)
        #expect(table.flow("a", now: at(9)) == 1)
        #expect(table.flow("a", now: at(9)) == 1)
        #expect(table.flow("a", now: at(10)) == nil)
        #expect(table.flow("b", now: at(0)) == nil)
    }

    @Test("lets the oldest flow of the greediest source go when it is full")
    func eviction() {
        var table = FlowTable<String, String>(capacity: 5)
        for (name, source) in [("a", "one"), ("b", "two"), ("c", "two"), ("d", "three"), ("e", "two")] {
            #expect(table.insert(name, named: name, source: source, until: at(60), now: at(0)).isEmpty)
        }
        #expect(table.insert("f", named: "f", source: "four", until: at(60), now: at(0)) == ["b"])
        #expect(table.insert("g", named: "g", source: "five", until: at(60), now: at(0)) == ["c"])
        #expect(table.insert("h", named: "h", source: "two", until: at(60), now: at(0)) == ["a"])
        #expect(table.count == 5)
    }

    @Test("keeps its bound whatever comes")
    func bound() {
        var table = FlowTable<String, Int>(capacity: 28)
        var gone = 0
        for flow in 0..<1000 {
            gone += table.insert(flow, named: "\(flow)", source: "\(flow % 7)", until: at(60), now: at(0)).count
        }
        #expect(table.count == 28 && gone == 972)
    }

    @Test("lets the greediest go first when it gets smaller, and one flow always has a place")
    func resize() {
        var table = FlowTable<String, String>(capacity: 5)
        for (name, source) in [("a", "one"), ("b", "two"), ("c", "two"), ("d", "three")] {
            #expect(table.insert(name, named: name, source: source, until: at(60), now: at(0)).isEmpty)
        }
        #expect(table.resize(3) == ["b"])
        #expect(table.resize(0) == ["a", "c"])
        #expect(table.insert("e", named: "e", source: "five", until: at(60), now: at(0)) == ["d"])
        #expect(table.take("e", now: at(1)) { _ in true } == "e")
        #expect(table.resize(4).isEmpty)
    }
}
