import UsherClient

/// The table of calls, and what was told of each of them.
struct CoreWorld {
    private typealias Core = ConnectionCore<Int64>

    private var core: Core
    private var now = MonotonicInstant(nanoseconds: 0)
    private var bytes = ArraySlice<UInt8>()
    /// Calls that were submitted and have not ended.
    private var open: Set<Int64> = []
    private var last: Int64 = 0
    private let limits: Core.Limits

    init() {
        var limits = Core.Limits()
        (limits.inFlight, limits.queued) = (3, 5)
        self.limits = limits
        core = Core(limits: limits)
    }

    private mutating func byte() -> UInt8 { bytes.popFirst() ?? 0 }

    /// Does what `bytes` say, an octet for what, some more for which.
    mutating func run(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        while !self.bytes.isEmpty {
            step()
            perform()
            precondition(core.inFlight <= limits.inFlight, "\(core.inFlight) in flight")
            precondition(core.waiting == open.count, "\(core.waiting) wait, \(open.count) were not told")
        }
        core.close()
        perform()
        precondition(open.isEmpty, "\(open.count) calls never end")
    }

    private mutating func step() {
        switch byte() % 10 {
        case 0, 1: submit()
        case 2, 3: answer()
        case 4: cancel()
        case 5: if core.link == .connecting { core.connected(at: now) }
        case 6:
            let isTransient = byte() % 2 == 0
            if core.link == .connecting {
                core.connectFailed(UsherError(.unreachable), transient: isTransient, at: now)
            }
        case 7: if core.link == .up { core.connectionLost(flushed: UInt64(byte()) * 10, at: now) }
        case 8:
            if core.link == .up, core.turnedAway(UsherError(.busy)) { core.connectionLost(flushed: 0, at: now) }
        default:
            now = now + .milliseconds(Int(byte()) * 20)
            core.timePassed(at: now)
        }
    }

    private mutating func submit() {
        last += 1
        let kind = byte()
        let terms = Core.Terms(
            deadline: now + .milliseconds(Int(byte()) * 40), repeatable: kind % 2 == 0, isPatient: kind % 3 == 0,
            connection: kind % 5 == 0 ? core.connection : nil, size: Int(kind))
        open.insert(last)
        core.submit(last, last, terms, at: now)
    }

    private mutating func answer() {
        let id = id()
        switch core.answered(id, at: now) {
        case .awaited(let call): precondition(call == id && open.remove(id) != nil, "an answer for nobody")
        case .late(let call): precondition(call == id && !open.contains(id), "late for who waits")
        case .unknown: break
        }
    }

    private mutating func cancel() {
        let id = id()
        core.cancel(id, at: now)
        open.remove(id)
    }

    private mutating func id() -> Int64 { max(0, last - Int64(byte() % 8)) }

    private mutating func perform() {
        for action in core.takeActions() {
            switch action {
            case .fail(let id, let error):
                precondition(open.remove(id) != nil, "\(id) failed, and nobody waits for it: \(error.code)")
            case .send(let id): precondition(open.contains(id), "\(id) is sent for nobody")
            case .connect, .disconnect: break
            }
        }
    }
}
