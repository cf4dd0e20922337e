import Testing
import UsherEngine
import UsherTestKit

@testable import UsherServer

@Suite("Turn scheduler")
struct TurnSchedulerTests {
    private var scheduler = TurnScheduler(.init(turn: 100, share: 10))

    private func id(_ number: Int) -> ConnectionID { ConnectionID(index: UInt32(number), generation: 1) }

    /// The connections that a turn serves, each of which costs what `work` says of its number.
    private mutating func turn(_ accounts: [Int: TurnScheduler.Account], work: (Int) -> Int) -> [Int] {
        var served: [Int] = []
        scheduler.beginTurn()
        while let next = scheduler.next() {
            let number = Int(next.id.index)
            if let account = accounts[number] { #expect(next.allowance == scheduler.allowance(of: account)) }
            served.append(number)
            if let account = accounts[number] { scheduler.charge(work(number), to: account) }
        }
        return served
    }

    @Test("without a ready connection there is no turn")
    mutating func idle() {
        #expect(scheduler.isEmpty && scheduler.next() == nil)
        let account = scheduler.join(.user(1))
        #expect(scheduler.isEmpty && scheduler.next() == nil)
        scheduler.leave(account)
    }

    @Test("connections of one owner are served in the order in which they became ready, each once")
    mutating func order() {
        let account = scheduler.join(.user(1))
        for number in [3, 1, 2] { scheduler.add(id(number), of: account) }
        #expect(turn([3: account, 1: account, 2: account]) { _ in 1 } == [3, 1, 2])
        #expect(scheduler.isEmpty)
    }

    @Test("an owner alone has the whole turn, and the next turn goes on where it stopped")
    mutating func alone() {
        let account = scheduler.join(.user(1))
        let accounts = Dictionary(uniqueKeysWithValues: (0..<50).map { ($0, account) })
        for number in 0..<50 { scheduler.add(id(number), of: account) }
        scheduler.beginTurn()
        #expect(scheduler.allowance(of: account) == 100)
        #expect(turn(accounts) { _ in 7 } == Array(0..<15), "15 times 7 is the first that reaches 100")
        #expect(turn(accounts) { _ in 7 } == Array(15..<30))
        #expect(turn(accounts) { _ in 7 } == Array(30..<45))
        #expect(turn(accounts) { _ in 7 } == Array(45..<50) && scheduler.isEmpty)
    }

    @Test("an owner that asks once is served after one share of an owner with many connections")
    mutating func oneOfMany() {
        let (many, one) = (scheduler.join(.user(1)), scheduler.join(.user(2)))
        var accounts = Dictionary(uniqueKeysWithValues: (0..<50).map { ($0, many) })
        accounts[99] = one
        for number in 0..<50 { scheduler.add(id(number), of: many) }
        scheduler.add(id(99), of: one)
        let served = turn(accounts) { _ in 5 }
        #expect(served.prefix(5) == [0, 1, 99, 2, 3] && served.count == 20)
    }

    @Test("work beyond a share is a debt that the next shares pay")
    mutating func debt() {
        let (dear, cheap) = (scheduler.join(.user(1)), scheduler.join(.user(2)))
        var accounts: [Int: TurnScheduler.Account] = [:]
        for number in 0..<20 {
            accounts[number] = number < 10 ? dear : cheap
            scheduler.add(id(number), of: number < 10 ? dear : cheap)
        }
        let served = turn(accounts) { $0 < 10 ? 40 : 5 }
        // 40 is paid by the shares of four rounds, in each of which the other owner has two connections served.
        #expect(served.prefix(9) == [0, 10, 11, 12, 13, 14, 15, 16, 17])
        #expect(served[9] == 1)
    }

    @Test("what several owners may do at once is their credit")
    mutating func allowance() {
        let (first, second) = (scheduler.join(.user(1)), scheduler.join(.outsiders))
        scheduler.add(id(1), of: first)
        scheduler.add(id(2), of: second)
        scheduler.beginTurn()
        #expect(scheduler.allowance(of: first) == 10)
        #expect(scheduler.next()?.id == id(1))
        scheduler.charge(4, to: first)
        #expect(scheduler.allowance(of: first) == 6)
        scheduler.charge(40, to: first)
        #expect(scheduler.allowance(of: first) == 0 && scheduler.allowance(of: second) == 10)
    }

    @Test("nobody saves up credit for a time in which nothing of theirs is ready")
    mutating func idleness() {
        let (first, second) = (scheduler.join(.user(1)), scheduler.join(.user(2)))
        for _ in 0..<100 {
            scheduler.add(id(1), of: first)
            #expect(turn([1: first]) { _ in 1 } == [1])
        }
        for number in 1...20 { scheduler.add(id(number), of: first) }
        scheduler.add(id(30), of: second)
        let accounts = Dictionary(uniqueKeysWithValues: (1...30).map { ($0, $0 < 30 ? first : second) })
        #expect(turn(accounts) { _ in 5 }.firstIndex(of: 30) == 2)
    }

    @Test("an owner whose last connection goes is forgotten, and its account serves another owner")
    mutating func leaving() {
        let first = scheduler.join(.user(1))
        #expect(scheduler.join(.user(1)) == first)
        scheduler.add(id(1), of: first)
        scheduler.charge(1000, to: first)
        scheduler.leave(first)
        #expect(!scheduler.isEmpty)
        scheduler.leave(first)
        #expect(scheduler.isEmpty && scheduler.next() == nil)
        let second = scheduler.join(.user(2))
        #expect(second == first)
        scheduler.add(id(2), of: second)
        #expect(turn([2: second]) { _ in 1 } == [2])
    }

    // MARK: Model

    /// Connections that are always ready: whose each is, and what each costs.
    private struct Model {
        static let dearest = 30
        var accounts: [TurnScheduler.Account] = []
        var owners: [Int] = []
        var work: [Int] = []
        /// The work of each owner.
        var done: [Int] = []
        /// The turns since each connection was served.
        var waited: [Int] = []
    }

    @Test("at random: busy owners have equal shares, nobody is left out, a turn is bounded", arguments: 0..<20)
    mutating func shares(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        var model = Model()
        for owner in 0..<Int.random(in: 2...6, using: &random) {
            model.accounts.append(scheduler.join(.user(UInt32(owner))))
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                scheduler.add(id(model.owners.count), of: model.accounts[owner])
                model.owners.append(owner)
                model.work.append(Int.random(in: 1...Model.dearest, using: &random))
            }
        }
        model.done = Array(repeating: 0, count: model.accounts.count)
        model.waited = Array(repeating: 0, count: model.owners.count)
        for _ in 0..<1000 { play(&model) }
        let spread = (model.done.max() ?? 0) - (model.done.min() ?? 0)
        #expect(spread <= 2 * (scheduler.budget.share + Model.dearest), "\(model.done)")
    }

    private mutating func play(_ model: inout Model) {
        var spent = 0
        for number in model.waited.indices { model.waited[number] += 1 }
        scheduler.beginTurn()
        while let id = scheduler.next()?.id {
            let number = Int(id.index)
            let owner = model.owners[number]
            scheduler.charge(model.work[number], to: model.accounts[owner])
            scheduler.add(id, of: model.accounts[owner])
            model.done[owner] += model.work[number]
            model.waited[number] = 0
            spent += model.work[number]
        }
        #expect((100..<100 + Model.dearest).contains(spent))
        // 40 connections of 30 each, with a sixth of each turn of 100.
        #expect(model.waited.max() ?? 0 <= 75)
    }
}
