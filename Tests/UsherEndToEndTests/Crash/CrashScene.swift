import Synchronization
import UsherTestKit

/// What the threads of a crash test share.
final class CrashScene: Sendable {
    /// What is counted.
    struct Counts {
        var created = 0
        var updated = 0
        var rotated = 0
        var revoked = 0
        var touched = 0
        var checked = 0
        /// Checks that memory answered with a yes.
        var remembered = 0
        /// Logins with the right password that got a session, and those with a wrong one, which must not.
        var loggedIn = 0
        var refused = 0
        /// Logins that were left at their question.
        var left = 0
        /// Calls that ended all sessions of a user.
        var revokedAll = 0
        /// Events that a watcher was told.
        var told = 0
        /// Calls whose answer was lost.
        var lost = 0
        /// Checks of what is over by a client whose memory had accepted it when it last checked.
        var turned = 0
        /// Of the changes whose answer was lost, those that were found done and those found not done.
        var done = 0
        var undone = 0

        /// Calls that the daemon must have answered.
        var answers: Int { created + updated + rotated + revoked + touched + loggedIn + refused + left + revokedAll }
    }

    /// Sessions that are kept before some of those that are over are forgotten.
    private static let most = 100_000

    let counts = Mutex(Counts())
    /// Changes asked for whose answer is to come.
    let inFlight = Atomic<Int>(0)
    let isOver = Atomic<Bool>(false)
    private let sessions = Mutex<[KnownSession]>([])
    private let faults = Mutex<[String]>([])

    /// All sessions, oldest first.
    var all: [KnownSession] { sessions.withLock { $0 } }
    /// The newest `count` of them.
    func newest(_ count: Int) -> [KnownSession] { sessions.withLock { Array($0.suffix(count)) } }
    /// What went wrong.
    var allFaults: [String] { faults.withLock { $0 } }
    var counted: Counts { counts.withLock { $0 } }

    /// Every second session that is over is forgotten where there are too many.
    func add(_ session: KnownSession) {
        sessions.withLock { sessions in
            sessions.append(session)
            guard sessions.count > Self.most else { return }
            sessions = sessions.enumerated().filter { $0 % 2 == 0 || $1.knowledge.fate != .over }.map(\.element)
        }
    }

    func fail(_ fault: String) { faults.withLock { $0.append(fault) } }

    func count(_ what: WritableKeyPath<Counts, Int>) { counts.withLock { $0[keyPath: what] += 1 } }

    /// Any session; mostly one of the newest, among which are those that were just ended.
    func anySession() -> KnownSession? {
        sessions.withLock { sessions in
            let few = Int.random(in: 0..<8) > 0 ? 200 : sessions.count
            return sessions.suffix(few).randomElement()
        }
    }

    /// Asks `client` about a session and judges the answer; false where there was none.
    @discardableResult
    func check(_ session: KnownSession, _ client: some CrashClient) throws -> Bool {
        let before = session.knowledge
        let remembered = client.remembers(session.token)
        if remembered && before.fate == .over { fail("memory accepts what is over: \(session.made.handle)") }
        guard case .answered(let seen) = try client.validate(session.token) else {
            count(\.lost)
            return false
        }
        if let fault = session.judge(seen, since: before) { fail(fault) }
        count(\.checked)
        if remembered { count(\.remembered) }
        return true
    }
}

extension CrashScene {
    /// Asks for each of `sessions` on a connection, and for a quarter of them by a library as well, while nothing takes
    /// the answers away.
    func checkAll(_ sessions: [KnownSession], _ directory: String) throws {
        let (raw, library) = (RawClient(directory: directory), LibraryClient(directory: directory, cache: 4096))
        for session in sessions {
            guard try check(session, raw) else { throw TestFailure("no answer about \(session.made.handle)") }
            if Int.random(in: 0..<4) == 0 { try check(session, library) }
        }
    }
}
