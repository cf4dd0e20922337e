import Testing
import UsherLogin
import UsherNames

/// A watch with a clock that the test moves, and accounts at positions from 1 on. A directory knows those called
/// far; the service stands behind an at sign, or is web.
struct AccountWatchHarness {
    /// What a batch of a survey comes to.
    enum Batch { case answered, failed, busy, hanging }

    var watch = AccountWatch()
    var now = Duration.seconds(1000)
    var accounts: [String]
    /// What was asked, in order.
    var asked: [String] = []
    /// The answer to each question at once; nil: it takes its time.
    var answer: (AccountSubject) -> AccountFinding? = { _ in .alive(nil) }
    var outcomes: [AccountWatch.Outcome] = []
    /// Versions of entries in the account files, 0 for those not named, and those that are known.
    var entries: [String: Int] = [:]
    var known: [String: Int] = [:]
    var batch = Batch.answered
    /// How many accounts each batch was about.
    var batches: [Int] = []
    /// How long a batch takes.
    var delay = Duration.zero

    init(_ count: Int, interval: Duration = .seconds(900)) {
        accounts = (0..<count).map { "user\($0)" }
        watch.setServices(["web": interval], at: now)
    }

    var frontier: UInt32 { UInt32(accounts.count + 1) }

    static func subject(_ user: String) -> AccountSubject {
        let service = user.split(separator: "@").dropFirst().first.map(String.init) ?? "web"
        return AccountSubject(user: user, uid: 7, service: service, isOfDirectory: user.hasPrefix("far"))
    }

    /// Rules may have changed, or entries.
    mutating func change(_ changes: AccountChanges = .rules) { watch.mayHaveChanged(changes, at: now) }

    /// All accounts are as they were when they were checked last.
    mutating func knowAll() { for user in accounts { known[user] = entries[user] ?? 0 } }

    /// Does what is due now.
    mutating func drive() {
        var steps = 0
        while let step = watch.next(frontier, count: accounts.count, at: now) {
            steps += 1
            precondition(steps < 100_000, "the watch goes on for ever")
            switch step {
            case .ask(let subject):
                asked.append(subject.user)
                if let finding = answer(subject) { outcomes.append(watch.answered(subject, finding, at: now)) }
            case .look(let after, let before, let service):
                let last = min(after + 64, max(before, 1) - 1)
                let found = users(after, last).map(Self.subject).filter { service == nil || $0.service == service }
                watch.found(found, through: last, of: service, frontier, at: now)
            case .survey(let after, let before): survey(after, before)
            }
        }
    }

    private func users(_ after: UInt32, _ last: UInt32) -> [String] {
        after < last ? (after + 1...last).map { accounts[Int($0) - 1] } : []
    }

    private mutating func survey(_ after: UInt32, _ before: UInt32) {
        let last = min(after + 64, max(before, 1) - 1)
        let users = users(after, last)
        batches.append(users.count)
        watch.surveyBegan(through: last, isEmpty: users.isEmpty, frontier, at: now)
        guard !users.isEmpty else { return }
        now += delay
        switch batch {
        case .hanging: break
        case .busy: watch.surveyPostponed(at: now)
        case .failed: watch.surveyFailed("timeout", at: now)
        case .answered: take(users)
        }
    }

    private mutating func take(_ users: [String]) {
        var isWhole = true
        for user in users where known[user] != entries[user] ?? 0 {
            if watch.surveyFound([Self.subject(user)], isChanged: known[user] != nil) {
                known[user] = entries[user] ?? 0
            } else {
                isWhole = false
            }
        }
        watch.surveyed(isWhole: isWhole, at: now)
    }

    /// Lets time pass, and does what becomes due; how often the watch woke up.
    @discardableResult
    mutating func wait(_ time: Duration) -> Int {
        let end = now + time
        var wakes = 0
        while let next = watch.nextDeadline(frontier, count: accounts.count, at: now), next <= end {
            precondition(wakes < 1_000_000, "the watch wakes for ever")
            now = max(now, next)
            wakes += 1
            drive()
        }
        now = max(now, end)
        return wakes
    }
}
