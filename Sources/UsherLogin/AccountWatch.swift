package import UsherNames

/// Which accounts are due to be checked, how many at once, and what an answer leads to. No clock and no I/O: time is a
/// parameter, and so are the accounts, which stand in an order of positions that others keep.
///
/// A hand goes over the positions once in the interval of each service, evenly, and asks whom it passes. Another goes
/// over all of them at once when accounts may have changed; told so again, it goes on until it has been everywhere since
/// then, so that changes which come one after another keep it from nobody. A short queue lies between the hands and the
/// checks: where it is full, the hands wait.
///
/// Invariants: at most one check of a user is under way, `limits.open` in all, `limits.atOnce` that have not taken
/// long; a check that began before a change counts for nothing and is made again. An answer that is not definite ends
/// nobody: its subject is asked again after a pause that grows, and a service where that happens is told of once. That a
/// user is denied or unknown counts when a second check says so: files are not always changed at once.
/// Rejected: a deadline for each user (memory, and a heap that every login moves); one pause for a service (a user whom
/// nobody knows would keep it from checking the others).
package struct AccountWatch: Sendable {
    /// The bounds.
    package struct Limits: Sendable {
        /// Checks under way that have not taken `patience` yet.
        package var atOnce = 4
        /// Checks under way, those included that wait for a directory. The broker keeps a quarter of its workers for them.
        package var open = 16
        /// After how long a check is taken to wait for a directory.
        package var patience = Duration.seconds(1)
        /// The time between the starts of two checks.
        package var gap = Duration.milliseconds(2)
        /// The longest that a check may take.
        package var timeout = Duration.seconds(10)
        /// After how long a user who is denied or unknown is asked again.
        package var confirmation = Duration.seconds(1)
        /// The first pause after an answer that is not definite, and the longest.
        package var pauses = Duration.seconds(5)...Duration.seconds(900)
        /// Subjects that wait to be asked again; those beyond wait for the next round.
        package var kept = 1024
        /// Subjects that wait to be asked.
        package var queue = 256
        /// The shortest step of a hand.
        package var step = Duration.milliseconds(250)

        /// The defaults.
        package init() {}
    }

    /// What to do next.
    package enum Step: Hashable, Sendable {
        /// Ask about this subject, and tell ``answered(_:_:at:)``.
        case ask(AccountSubject)
        /// Tell ``found(_:through:of:)`` of the subjects at positions behind `after` and before `before`, of `service` or
        /// of all.
        case look(after: UInt32, before: UInt32, service: String?)
    }

    /// What is to become of the sessions.
    package enum Outcome: Hashable, Sendable {
        /// Nothing, yet.
        case nothing
        /// They go on; the credential is to be compared.
        case alive(AccountCredential?)
        /// They end.
        case over(AccountEnd, AccountScope)
    }

    /// What an administrator is to be told.
    package enum News: Hashable, Sendable {
        /// Accounts of the service cannot be checked.
        case away(service: String, why: String)
        /// They can again.
        case back(service: String)
    }

    private struct Round {
        let interval: Duration
        var began: Duration
        var position: UInt32 = 0
    }

    private struct Alarm {
        var position: UInt32 = 0
        /// Where it stood when it was told last; 0 where it has been nowhere.
        var stop: UInt32 = 0
        var hasWrapped = false
    }

    private struct Flight {
        let began: Duration
        var isStale = false
    }

    private struct Later {
        var due: Duration
        var pause: Duration
        /// What the last answer said, where it is to be confirmed.
        var suspected: AccountEnd?
        var isUndecided: Bool
    }

    package let limits: Limits
    private var rounds: [String: Round] = [:]
    private var alarm: Alarm?
    private var queue: [AccountSubject] = []
    private var flights: [AccountSubject: Flight] = [:]
    private var later: [AccountSubject: Later] = [:]
    private var away: Set<String> = []
    private var news: [News] = []
    /// No check begins before.
    private var nextStart = Duration.zero
    /// How long it was waited for the broker the last time.
    private var outage = Duration.zero

    /// A watch of no service.
    package init(limits: Limits = Limits()) { self.limits = limits }

    /// How many checks are under way.
    package var open: Int { flights.count }

    /// Takes what is to be told.
    package mutating func takeNews() -> [News] {
        defer { news = [] }
        return news
    }

    // MARK: What happens

    /// The services that are watched, by name, with their intervals.
    package mutating func setServices(_ services: [String: Duration], at now: Duration) {
        rounds = services.reduce(into: [:]) { fresh, service in
            let known = rounds[service.key]
            fresh[service.key] =
                known?.interval == service.value ? known : Round(interval: service.value, began: now)
        }
        queue.removeAll { rounds[$0.service] == nil }
        later = later.filter { rounds[$0.key.service] != nil }
        away.formIntersection(rounds.keys)
    }

    /// Every account may have changed.
    package mutating func mayHaveChanged() {
        for subject in flights.keys { flights[subject]?.isStale = true }
        guard var present = alarm else { return alarm = Alarm() }
        (present.stop, present.hasWrapped) = (present.position, false)
        alarm = present
    }

    /// The user's credential was learnt by a login: checks that began before are made again.
    package mutating func noteLogin(of user: String) {
        for subject in flights.keys where subject.user == user { flights[subject]?.isStale = true }
    }

    /// The broker cannot be reached: all that was asked is asked again, once it can, and so is everybody else, since
    /// changes may have gone unseen.
    package mutating func brokerLost(at now: Duration) {
        flights = [:]
        queue = []
        alarm = Alarm()
        outage = min(max(outage * 2, .seconds(1)), .seconds(60))
        nextStart = now + outage
        guard outage > .seconds(2) else { return }
        for service in rounds.keys where away.insert(service).inserted {
            news.append(.away(service: service, why: "the broker cannot be reached"))
        }
    }

    /// Nobody has a session: no round is under way.
    package mutating func rest(at now: Duration) {
        rounds = rounds.mapValues { Round(interval: $0.interval, began: now) }
        (alarm, queue) = (nil, [])
    }

    // MARK: What to do

    /// What to do next; nil: nothing before ``nextDeadline(_:count:at:)``. No account stands at `frontier` or behind it,
    /// and there are `count` of them.
    package mutating func next(_ frontier: UInt32, count: Int, at now: Duration) -> Step? {
        guard canStart(at: now) else { return nil }
        if let subject = dueLater(at: now) ?? dequeue() {
            flights[subject] = Flight(began: now)
            later[subject]?.due = now + limits.timeout * 2
            nextStart = now + limits.gap
            return .ask(subject)
        }
        guard queue.count < limits.queue / 2 else { return nil }
        if let alarm {
            return .look(after: alarm.position, before: alarm.hasWrapped ? alarm.stop + 1 : frontier, service: nil)
        }
        for (service, round) in rounds {
            let target = target(of: round, frontier, count, at: now)
            if round.position + 1 < target || target == frontier {
                return .look(after: round.position, before: max(target, 1), service: service)
            }
        }
        return nil
    }

    private func canStart(at now: Duration) -> Bool {
        flights.count < limits.open && now >= nextStart
            && flights.values.count { now < $0.began + limits.patience } < limits.atOnce
    }

    private func isUnderWay(_ user: String) -> Bool { flights.keys.contains { $0.user == user } }

    private func dueLater(at now: Duration) -> AccountSubject? {
        later.first { $0.value.due <= now && !isUnderWay($0.key.user) }?.key
    }

    private mutating func dequeue() -> AccountSubject? {
        guard let place = queue.firstIndex(where: { !isUnderWay($0.user) }) else { return nil }
        return queue.remove(at: place)
    }

    /// The steps in which a hand goes round: one for each account, as long as they are not too short.
    private func steps(of round: Round, _ count: Int) -> Int64 {
        max(1, min(Int64(count), Int64(round.interval / limits.step)))
    }

    /// The length of a step and how many are done, in whole nanoseconds: all steps together are no shorter than the
    /// interval.
    private func progress(of round: Round, _ count: Int, at now: Duration) -> (length: Int64, done: Int64) {
        let steps = steps(of: round, count)
        let length = (round.interval.wholeNanoseconds + steps - 1) / steps
        return (length, max((now - round.began).wholeNanoseconds, 0) / length)
    }

    /// Before which position a hand may go by now.
    private func target(of round: Round, _ frontier: UInt32, _ count: Int, at now: Duration) -> UInt32 {
        let (steps, done) = (steps(of: round, count), progress(of: round, count, at: now).done)
        return done >= steps ? frontier : UInt32(UInt64(frontier) * UInt64(done) / UInt64(steps))
    }

    /// The subjects that ``Step/look(after:before:service:)`` asked for, of positions up to `position`. Of a hand that
    /// has come to the end, `frontier`, the next round begins.
    package mutating func found(
        _ subjects: [AccountSubject], through position: UInt32, of service: String?, _ frontier: UInt32,
        at now: Duration
    ) {
        for subject in subjects where later[subject] == nil && !queue.contains(subject) {
            if flights[subject] == nil { queue.append(subject) }
        }
        guard let service else { return advanceAlarm(to: position, frontier) }
        advance(service, to: position, frontier, at: now)
    }

    private mutating func advance(_ service: String, to position: UInt32, _ frontier: UInt32, at now: Duration) {
        guard var round = rounds[service] else { return }
        round.position = position
        if position + 1 >= frontier, now >= round.began + round.interval {
            round.began = max(round.began + round.interval, now - round.interval)
            round.position = 0
        }
        rounds[service] = round
    }

    private mutating func advanceAlarm(to position: UInt32, _ frontier: UInt32) {
        guard var alarm else { return }
        alarm.position = position
        if position + 1 >= (alarm.hasWrapped ? alarm.stop + 1 : frontier) {
            let isDone = alarm.hasWrapped || alarm.stop == 0
            (alarm.position, alarm.hasWrapped) = (0, true)
            self.alarm = isDone ? nil : alarm
        } else {
            self.alarm = alarm
        }
    }

    /// When there is something to do; nil for never.
    package func nextDeadline(_ frontier: UInt32, count: Int, at now: Duration) -> Duration? {
        guard count > 0 else { return nil }
        var instants = rounds.values.map { nextStep(of: $0, count, at: now) } + later.values.map(\.due)
        let mayLook = alarm != nil && queue.count < limits.queue / 2
        if mayLook || queue.contains(where: { !isUnderWay($0.user) }) { instants.append(now) }
        guard let earliest = instants.min() else { return nil }
        // While as many are under way as may be, an answer comes first, or one of them is found to take long.
        let held = flights.values.map { $0.began + limits.patience }.filter { $0 > now }.min()
        let isFull = !canStart(at: max(now, nextStart))
        return max(earliest, nextStart, isFull ? held ?? now + limits.patience : .zero)
    }

    private func nextStep(of round: Round, _ count: Int, at now: Duration) -> Duration {
        let (length, done) = progress(of: round, count, at: now)
        return round.began + .nanoseconds(length * (done + 1))
    }

    // MARK: Answers

    /// What an answer leads to.
    package mutating func answered(_ subject: AccountSubject, _ finding: AccountFinding, at now: Duration) -> Outcome {
        guard let flight = flights.removeValue(forKey: subject) else { return .nothing }
        outage = .zero
        switch finding {
        case .busy:
            keep(subject, pause: limits.confirmation, at: now)
        case .undecided(let why):
            let before = later[subject]
            let pause = before?.isUndecided ?? false ? (before?.pause ?? .zero) * 2 : limits.pauses.lowerBound
            keep(subject, pause: min(pause, limits.pauses.upperBound), isUndecided: true, at: now)
            if away.insert(subject.service).inserted { news.append(.away(service: subject.service, why: why)) }
        case .alive, .over:
            guard !flight.isStale else {
                settle(subject)
                queue.insert(subject, at: 0)
                return .nothing
            }
            return decided(subject, finding, at: now)
        }
        return .nothing
    }

    private mutating func decided(
        _ subject: AccountSubject, _ finding: AccountFinding, at now: Duration
    ) -> Outcome {
        switch finding {
        case .over(let end, _) where [AccountEnd.denied, .unknown].contains(end) && later[subject]?.suspected != end:
            settle(subject)
            keep(subject, pause: limits.confirmation, suspected: end, at: now)
            return .nothing
        case .over(let end, let scope):
            settle(subject)
            return .over(end, scope)
        case .alive(let credential):
            settle(subject)
            return .alive(credential)
        case .busy, .undecided: return .nothing
        }
    }

    /// Asks again, after the first pause.
    package mutating func postpone(_ subject: AccountSubject, at now: Duration) {
        keep(subject, pause: limits.pauses.lowerBound, at: now)
    }

    /// Nobody asks about the subject any more: it has no session.
    package mutating func forget(_ subject: AccountSubject) {
        flights[subject] = nil
        settle(subject)
    }

    private mutating func keep(
        _ subject: AccountSubject, pause: Duration, suspected: AccountEnd? = nil, isUndecided: Bool = false,
        at now: Duration
    ) {
        guard later[subject] != nil || later.count < limits.kept else { return }
        let isUndecided = isUndecided || later[subject]?.isUndecided ?? false
        later[subject] = Later(due: now + pause, pause: pause, suspected: suspected, isUndecided: isUndecided)
    }

    /// The subject is not asked again by itself. A service without any that nobody knows about has come back.
    private mutating func settle(_ subject: AccountSubject) {
        later[subject] = nil
        guard away.contains(subject.service),
            !later.contains(where: { $0.key.service == subject.service && $0.value.isUndecided })
        else { return }
        away.remove(subject.service)
        news.append(.back(service: subject.service))
    }
}
