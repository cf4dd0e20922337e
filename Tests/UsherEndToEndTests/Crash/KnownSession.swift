import Synchronization

/// One token of a session, and what its clients know for sure: what was answered, and what was asked and may have
/// happened.
///
/// One thread changes the session; any may check it at any time. A call whose answer was lost either took effect as a
/// whole before the daemon died, or never will. A rotated session goes on as another value of this type.
final class KnownSession: Sendable {
    /// What became of it.
    enum Fate {
        case alive
        /// A revoke or a rotation was asked for, and its answer was lost.
        case unclear
        case over
    }

    /// What is known at one moment.
    struct Knowledge {
        var fate = Fate.alive
        /// Revokes and rotations begun, and whether one is under way.
        var endings = 0
        var isEnding = false
        /// The number in the session's data: the last one that was answered or seen, and the last one asked for. Each
        /// is greater than those before.
        var number: Int
        var asked: Int
    }

    /// What an answer said.
    struct Seen: Equatable {
        var handle: String
        var user: String
        /// The one of the context.
        var address: String?
        /// 0 where the data has none.
        var number: Int
    }

    let token: String
    /// How the daemon described it when it was made; its number is the one of then.
    let made: Seen
    private let state: Mutex<Knowledge>

    /// The session that this answer described, whose data may have come as far as `asked`.
    init(token: String, _ made: Seen, asked: Int) {
        (self.token, self.made) = (token, made)
        state = Mutex(Knowledge(number: made.number, asked: asked))
    }

    var knowledge: Knowledge { state.withLock { $0 } }

    // MARK: Changes

    /// A revoke or a rotation is about to be asked for.
    func beginEnding() {
        state.withLock {
            $0.endings += 1
            $0.isEnding = true
        }
    }

    /// It was answered, or its answer was lost.
    func endEnding(isAnswered: Bool) {
        state.withLock {
            $0.isEnding = false
            $0.fate = isAnswered || $0.fate == .over ? .over : .unclear
        }
    }

    /// The number of the update that is about to be asked for.
    func beginUpdate() -> Int {
        state.withLock {
            $0.asked += 1
            return $0.asked
        }
    }

    /// That update was answered.
    func updated(to number: Int) { state.withLock { $0.number = max($0.number, number) } }

    // MARK: Checks

    /// What is wrong with an answer (nil: not valid) to a question that was asked when `before` was known; nil if
    /// nothing.
    func judge(_ seen: Seen?, since before: Knowledge) -> String? {
        state.withLock { now in
            let isQuiet = !before.isEnding && before.endings == now.endings
            let fault = seen.map { judgeYes($0, before, now, isQuiet) } ?? judgeNo(before, now, isQuiet)
            if isQuiet, now.fate == .unclear { now.fate = seen == nil ? .over : .alive }
            if let seen { now.number = max(now.number, seen.number) }
            return fault.map { "\($0): \(made.handle), \(String(describing: seen)), \(before), \(now)" }
        }
    }

    private func judgeYes(_ seen: Seen, _ before: Knowledge, _ now: Knowledge, _ isQuiet: Bool) -> String? {
        if before.fate == .over { return "it came back" }
        if isQuiet && now.fate == .over { return "it was accepted while others were told that it is over" }
        if seen.handle != made.handle || seen.user != made.user || seen.address != made.address {
            return "another session was described"
        }
        let isKnown = seen.number >= before.number && seen.number <= now.asked
        return isKnown ? nil : "an update was lost or never asked for"
    }

    private func judgeNo(_ before: Knowledge, _ now: Knowledge, _ isQuiet: Bool) -> String? {
        if isQuiet && before.fate == .alive { return "it was lost" }
        return isQuiet && now.fate == .alive ? "it was lost after it had been seen" : nil
    }
}
