import Testing
import UsherTestKit

@testable import UsherClient

@Suite("Reader role")
struct ReaderRoleTests {
    static func watch(
        until: Int64 = .max, connection: UInt64 = 1, wantsOutput: Bool = false, descriptor: Int32 = 3
    ) -> ReaderRole.Watch {
        ReaderRole.Watch(
            descriptor: descriptor, connection: connection, wantsOutput: wantsOutput,
            until: MonotonicInstant(nanoseconds: until))
    }

    /// A role whose resident reads and waits.
    private func readByResident() -> ReaderRole {
        var role = ReaderRole(hasResident: true)
        role.residentNeeded()
        _ = role.takeActions()
        _ = role.beginTurn(as: .resident, isNeeded: true)
        _ = role.endTurn(waitingFor: Self.watch(until: 100))
        return role
    }

    @Test("is the caller's whose call is alone, without a resident")
    func alone() {
        var role = ReaderRole()
        for _ in 0..<3 {
            let part = role.callerArrived(isAlone: true)
            #expect(part == .reads && role.reader == .caller)
            role.callerLeft(isNeeded: false)
            #expect(role.reader == nil && !role.hasResident)
        }
        let actions = role.takeActions()
        #expect(actions == [])
    }

    @Test("starts the resident for a second caller, which goes on when the first has left")
    func secondCaller() {
        var role = ReaderRole()
        _ = role.callerArrived(isAlone: true)
        let part = role.callerArrived(isAlone: false)
        #expect(part == .waits && role.takeActions() == [.startResident])
        role.residentStarted()
        #expect(role.reader == .caller)
        role.callerLeft(isNeeded: true)
        #expect(role.reader == .resident && role.takeActions() == [.wakeResident])
    }

    @Test("starts one resident for a task, which reads at once")
    func task() {
        var role = ReaderRole()
        role.residentNeeded()
        role.residentNeeded()
        #expect(role.takeActions() == [.startResident])
        role.residentStarted()
        #expect(role.reader == .resident)
        role.residentNeeded()
        #expect(role.takeActions() == [])
    }

    @Test("stays nobody's where no resident can be started")
    func noThread() {
        var role = ReaderRole()
        role.residentNeeded()
        #expect(role.takeActions() == [.startResident])
        #expect(role.reader == nil && !role.hasResident)
        role.residentNeeded()
        #expect(role.takeActions() == [.startResident])
    }

    @Test("is a present resident's from the first call on, as the event loop of a host needs it")
    func presentResident() {
        var role = ReaderRole(hasResident: true)
        role.residentNeeded()
        #expect(role.reader == .resident && role.takeActions() == [.wakeResident])
    }

    @Test("goes to a caller after eight calls in a row that were alone")
    func solo() {
        var role = readByResident()
        for _ in 1..<ReaderRole.soloCallsToTake {
            let part = role.callerArrived(isAlone: true)
            #expect(part == .waits)
        }
        let part = role.callerArrived(isAlone: true)
        #expect(part == .reads && role.reader == .caller && role.watch == nil)
        #expect(role.takeActions() == [.wakeResident])
        let isReader = role.beginTurn(as: .resident, isNeeded: true)
        #expect(!isReader)
    }

    @Test(
        "stays with the resident where a task, or a call that was not alone, is between them", arguments: [true, false])
    func notSolo(byTask: Bool) {
        var role = readByResident()
        for _ in 0..<20 {
            for _ in 1..<ReaderRole.soloCallsToTake { _ = role.callerArrived(isAlone: true) }
            if byTask { role.residentNeeded() } else { _ = role.callerArrived(isAlone: false) }
        }
        #expect(role.reader == .resident)
    }

    @Test(
        "wakes the one who waits for less than is needed, once",
        arguments: [
            (watch(until: 99), true), (watch(until: 100, wantsOutput: true), true),
            (watch(until: 100, connection: 2), true), (watch(until: 100, descriptor: -1), true),
            (watch(until: 100), false), (watch(until: 101), false),
        ])
    func wakes(needed: ReaderRole.Watch, wakes: Bool) {
        var role = readByResident()
        role.watchChanged(to: needed)
        #expect(role.takeActions() == (wakes ? [.wakeResident] : []))
        role.watchChanged(to: needed)
        #expect(role.takeActions() == [])
        var caller = ReaderRole()
        _ = caller.callerArrived(isAlone: true)
        _ = caller.endTurn(waitingFor: Self.watch(until: 100))
        caller.watchChanged(to: needed)
        #expect(caller.takeActions() == (wakes ? [.wakeCaller] : []))
    }

    @Test("is taken by a resident that was woken for something, and for nothing else", arguments: [true, false])
    func woken(isNeeded: Bool) {
        var role = ReaderRole(hasResident: true)
        let isReader = role.beginTurn(as: .resident, isNeeded: isNeeded)
        #expect(isReader == isNeeded)
    }

    @Test("wakes everybody when it is closed, and starts nobody any more")
    func closed() {
        var role = ReaderRole()
        _ = role.callerArrived(isAlone: true)
        role.close()
        #expect(role.takeActions() == [.wakeResident, .wakeCaller])
        role.residentNeeded()
        role.callerLeft(isNeeded: true)
        #expect(role.takeActions() == [] && role.reader == nil)
    }
}

/// An owner of a role, with calls that are waited for. Nothing but the role decides who runs.
private struct ReaderRoleModel {
    enum Waiter: Equatable { case task, thread }

    var role = ReaderRole()
    var random: SplitMix
    /// Whether starting a resident fails.
    var startFails = false
    var clock: Int64 = 0
    var waiting: [Int: Waiter] = [:]
    /// The call of the caller who reads.
    var reading: Int?
    var isClosed = false
    /// Whether each of the two would run a turn if it were scheduled.
    var isResidentAwake = false
    var isCallerAwake = false
    var needed = ReaderRoleTests.watch()
    private var nextCall = 0

    init(seed: UInt64) { random = SplitMix(seed: seed) }

    mutating func perform() {
        for action in role.takeActions() {
            switch action {
            case .startResident:
                #expect(!role.hasResident && !isClosed)
                guard !startFails else { continue }
                role.residentStarted()
                isResidentAwake = true
            case .wakeResident: isResidentAwake = true
            case .wakeCaller: isCallerAwake = true
            }
        }
    }

    /// A call that nobody can read for fails.
    private mutating func failUnlessServed(_ call: Int) {
        perform()
        if !role.hasResident { waiting[call] = nil }
    }

    mutating func call(_ waiter: Waiter) {
        guard !isClosed else { return }
        nextCall += 1
        waiting[nextCall] = waiter
        guard waiter == .thread else {
            role.residentNeeded()
            return failUnlessServed(nextCall)
        }
        switch role.callerArrived(isAlone: waiting.count == 1) {
        case .waits: failUnlessServed(nextCall)
        case .reads:
            #expect(reading == nil)
            reading = nextCall
            isCallerAwake = false
            _ = role.endTurn(waitingFor: needed)
        }
        perform()
    }

    /// What must be watched changes: a deadline, room in the socket, another connection.
    mutating func change() {
        needed = ReaderRoleTests.watch(
            until: clock + .random(in: 1...100, using: &random), connection: .random(in: 1...2, using: &random),
            wantsOutput: .random(using: &random))
        role.watchChanged(to: needed)
        perform()
    }

    /// Runs a turn of `reader` if it is awake, or what it waits for has come.
    mutating func turn(of reader: ReaderRole.Reader) {
        guard reader == .resident ? role.hasResident : reading != nil else { return }
        if reader == .resident { isResidentAwake = false } else { isCallerAwake = false }
        guard role.beginTurn(as: reader, isNeeded: !waiting.isEmpty) else { return perform() }
        for call in waiting.keys.sorted() where Int.random(in: 0..<3, using: &random) == 0 { waiting[call] = nil }
        if reader == .caller, let own = reading, waiting[own] == nil {
            reading = nil
            role.callerLeft(isNeeded: !waiting.isEmpty)
        } else {
            _ = role.endTurn(waitingFor: needed)
        }
        perform()
    }

    /// A task gives its call up.
    mutating func cancel() {
        if let call = waiting.filter({ $0.value == .task }).keys.randomElement(using: &random) { waiting[call] = nil }
    }

    mutating func close() {
        isClosed = true
        waiting = [:]
        role.close()
        perform()
    }

    /// In a child of fork(2) there are neither threads nor calls.
    mutating func fork() {
        (role, waiting, reading, isClosed) = (ReaderRole(), [:], nil, false)
        (isResidentAwake, isCallerAwake) = (false, false)
    }

    mutating func step() {
        clock += 1
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<20: call(.thread)
        case 20..<30: call(.task)
        case 30..<50: turn(of: .resident)
        case 50..<75: turn(of: .caller)
        case 75..<90: change()
        case 90..<95: cancel()
        case 95..<97: startFails.toggle()
        case 97: close()
        default: fork()
        }
    }

    /// The invariants of the role.
    func check() {
        #expect(isClosed || waiting.isEmpty || role.reader != nil, "nobody reads while somebody waits")
        #expect((role.reader == .caller) == (reading != nil), "the caller who reads is not the one who thinks so")
        #expect(role.reader != .resident || role.hasResident, "a resident that is not there reads")
        if let watch = role.watch {
            #expect(role.reader != nil && !watch.misses(needed), "one waits for less than is needed")
        } else {
            #expect(role.reader != .resident || isResidentAwake, "the resident has the role and does not know")
            #expect(role.reader != .caller || isCallerAwake, "the caller has the role and sleeps")
        }
    }
}

@Suite("Reader role, in any order of events")
struct ReaderRoleModelTests {
    @Test("is one reader's at most, and somebody's while somebody waits", arguments: 0..<50 as Range<UInt64>)
    func walk(seed: UInt64) {
        var model = ReaderRoleModel(seed: seed)
        for _ in 0..<2000 {
            model.step()
            model.check()
        }
    }

    @Test("lets every call end once threads run and answers come", arguments: 0..<50 as Range<UInt64>)
    func drains(seed: UInt64) {
        var model = ReaderRoleModel(seed: seed)
        for _ in 0..<200 { model.step() }
        for _ in 0..<200 {
            if model.isResidentAwake || model.role.reader == .resident { model.turn(of: .resident) }
            if model.role.reader == .caller { model.turn(of: .caller) }
        }
        #expect(model.waiting.isEmpty && model.reading == nil)
    }
}
