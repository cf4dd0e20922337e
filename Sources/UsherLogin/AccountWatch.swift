package import UsherNames

/// Which accounts are due to be checked, how many at once, and what an answer leads to. No clock and no I/O: time is a
/// parameter, and so are the accounts, which the caller keeps in an order of positions.
///
/// For each service a hand visits all positions once an interval, evenly, and asks about the accounts there. A further
/// hand, the alarm, visits all of them when rules may have changed. Told so again, it goes on until it has visited each
/// position since then, so that changes in a row keep it from no account. A short queue is between the hands and the
/// checks; when it is full, the hands wait. When entries of accounts have changed, a survey finds out which
/// (`AccountWatch+Survey`), and these are asked about before all others. `AccountPace` sets the time between two
/// checks.
///
/// Invariants: at most one check of a user is under way, `limits.open` in all, `limits.atOnce` that have not taken
/// `limits.patience`, and `limits.ofKind` of a kind. While all checks of a kind hang, as for a directory that does not
/// answer, its other accounts leave the queues and are asked about after a pause. A check that began before a change
/// counts for nothing and is repeated; the repeat counts, so that changes in a row keep no answer from counting. An
/// answer that is not definite ends nobody: its subject is asked again after a pause that grows, or when rules may have
/// changed, and its service is reported once. A denial, or an unknown user, ends sessions when a second check confirms
/// it, because files are not always changed at once. Rejected: a deadline for each user (memory, and a heap that every
/// login moves); one pause for a service (one undecided user would keep it from checking the others).
package struct AccountWatch: Sendable {
    /// What to do next.
    package enum Step: Hashable, Sendable {
        /// Ask about this subject, and call ``answered(_:_:work:at:)``.
        case ask(AccountSubject)
        /// Call ``found(_:through:of:_:at:)`` with the subjects of `service`, or of all, at positions behind `after`
        /// and before `before`.
        case look(after: UInt32, before: UInt32, service: String?)
        /// Survey the accounts at positions behind `after` and before `before`, and call
        /// ``surveyBegan(through:isEmpty:_:at:)``.
        case survey(after: UInt32, before: UInt32)
    }

    /// What is to become of the sessions.
    package enum Outcome: Hashable, Sendable {
        /// Nothing, yet.
        case nothing
        /// They go on. Compare the credential with the one known.
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
        /// Surveys fail: after each change all accounts are checked in turn.
        case unsurveyed(why: String)
        /// Surveys work again.
        case surveyedAgain
    }

    struct Flight {
        let began: Duration
        /// Whether it is made again because of a change.
        let isRepeat: Bool
        /// Whether accounts may have changed since it began.
        var isStale = false
        /// Whether a login has learnt the credential since the check began.
        var isSuperseded = false
    }

    struct Later {
        var due: Duration
        var pause: Duration
        /// What the last answer said, where it is to be confirmed.
        var suspected: AccountEnd?
        var isUndecided: Bool
        /// Whether the subject is asked before the queues, as to confirm an answer.
        var goesFirst: Bool
    }

    package let limits: Limits
    private var rounds: [String: AccountRound] = [:]
    /// Visits the accounts to be asked because rules may have changed; nil when there are none. It waits until a survey
    /// has visited all positions, so that its checks begin after the survey.
    var alarm: AccountHand?
    var survey = Survey()
    var queue = AccountQueue()
    /// Those who are asked before the queue.
    var urgent = AccountQueue()
    /// Those of them whose check is made again.
    private var repeats: Set<AccountSubject> = []
    var flights: [AccountSubject: Flight] = [:]
    var later: [AccountSubject: Later] = [:]
    private var away: Set<String> = []
    var news: [News] = []
    private var pace: AccountPace
    /// The broker is not asked before.
    var nextStart = Duration.zero
    /// The last pause after a loss of the broker; zero after an answer.
    var outage = Duration.zero

    /// A watch of no service.
    package init(limits: Limits = Limits()) {
        self.limits = limits
        pace = AccountPace(limits: limits)
    }

    /// How many checks are under way.
    package var open: Int { flights.count }

    /// Whether no service is watched.
    var isUnwatched: Bool { rounds.isEmpty }

    /// Returns the news since the last call.
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
                known?.interval == service.value ? known : AccountRound(interval: service.value, began: now)
        }
        _ = queue.takeAll { rounds[$0.service] == nil }
        for subject in urgent.takeAll(where: { rounds[$0.service] == nil }) { repeats.remove(subject) }
        later = later.filter { rounds[$0.key.service] != nil }
        away.formIntersection(rounds.keys)
    }

    /// Every account may have changed in the ways of `changes`. Undecided subjects are due at once, unless a survey
    /// finds out which accounts have changed.
    package mutating func mayHaveChanged(_ changes: AccountChanges, at now: Duration) {
        for subject in flights.keys { flights[subject]?.isStale = true }
        let isBlind = survey.pause > .zero && now < survey.next
        if changes.contains(.entries), !isBlind { survey.hand.again() }
        guard changes.contains(.rules) || isBlind else { return }
        alarm.again()
        for (subject, present) in later where present.isUndecided && present.suspected == nil {
            later[subject]?.due = min(present.due, now)
        }
    }

    /// A login has learnt the user's credential. Checks of the user that began before are repeated.
    package mutating func noteLogin(of user: String) {
        for subject in flights.keys where subject.user == user { flights[subject]?.isSuperseded = true }
    }

    /// The broker cannot be reached. Once it can, all accounts are asked about, since changes may have gone unseen.
    package mutating func brokerLost(at now: Duration) {
        flights = [:]
        (queue, urgent, repeats) = (AccountQueue(), AccountQueue(), [])
        (survey, alarm) = (Survey(hand: AccountHand()), AccountHand())
        outage = min(max(outage * 2, .seconds(1)), .seconds(60))
        nextStart = now + outage
        guard outage > .seconds(2) else { return }
        for service in rounds.keys where away.insert(service).inserted {
            news.append(.away(service: service, why: "the broker cannot be reached"))
        }
    }

    /// Nobody has a session: no round is under way.
    package mutating func rest(at now: Duration) {
        rounds = rounds.mapValues { AccountRound(interval: $0.interval, began: now) }
        (alarm, survey.hand) = (nil, nil)
        (queue, urgent, repeats) = (AccountQueue(), AccountQueue(), [])
    }

    // MARK: What to do

    /// The next step; nil before ``nextDeadline(_:count:at:)``. There are `count` accounts, all before `frontier`.
    package mutating func next(_ frontier: UInt32, count: Int, at now: Duration) -> Step? {
        if let step = surveyStep(frontier, at: now) { return step }
        guard canStart(at: now) else { return nil }
        passByHanging(at: now)
        if let subject = nextSubject(at: now) {
            flights[subject] = Flight(began: now, isRepeat: repeats.remove(subject) != nil)
            later[subject]?.due = now + limits.timeout * 2
            pace.began(at: now, needed: neededGap(count))
            return .ask(subject)
        }
        guard queue.count < limits.queue / 2 else { return nil }
        if let alarm, mayAlarm { return .look(after: alarm.position, before: alarm.end(frontier), service: nil) }
        for (service, round) in rounds {
            let target = round.target(frontier, count, limits.step, at: now)
            if round.position + 1 < target || target == frontier {
                return .look(after: round.position, before: max(target, 1), service: service)
            }
        }
        return nil
    }

    private var mayAlarm: Bool { alarm != nil && survey.hand?.hasBeenEverywhere ?? true && survey.began == nil }

    /// Takes the subject whose check may begin now out of the queues.
    private mutating func nextSubject(at now: Duration) -> AccountSubject? {
        guard now >= pace.start(isUrgent: true) else { return nil }
        let (full, isUsual) = (full(since: now), now >= pace.start(isUrgent: false))
        let subject =
            dueLater(full, goFirst: true, at: now) ?? urgent.first { mayStart($0, full) }
            ?? (isUsual ? dueLater(full, goFirst: false, at: now) ?? queue.first { mayStart($0, full) } : nil)
        guard let subject else { return nil }
        urgent.remove(subject)
        queue.remove(subject)
        return subject
    }

    private func canStart(at now: Duration) -> Bool {
        flights.count < limits.open && now >= nextStart
            && flights.values.count { now < $0.began + limits.patience } < limits.atOnce
    }

    /// Accounts that the same modules and the same database answer for.
    private struct Kind: Hashable {
        let service: String
        let isOfDirectory: Bool

        init(_ subject: AccountSubject) { (service, isOfDirectory) = (subject.service, subject.isOfDirectory) }
    }

    /// Whether nothing else about its user is asked, and a place for its kind is free.
    private func mayStart(_ subject: AccountSubject, _ full: Set<Kind>) -> Bool {
        !full.contains(Kind(subject)) && !flights.keys.contains { $0.user == subject.user }
    }

    /// The kinds with `limits.ofKind` checks under way that began at `instant` or before.
    private func full(since instant: Duration) -> Set<Kind> {
        var counts: [Kind: Int] = [:]
        for (subject, flight) in flights where flight.began <= instant { counts[Kind(subject), default: 0] += 1 }
        return Set(counts.filter { $0.value >= limits.ofKind }.keys)
    }

    /// Takes the accounts of a kind whose checks all hang out of the queues.
    private mutating func passByHanging(at now: Duration) {
        let hanging = full(since: now - limits.patience)
        guard !hanging.isEmpty else { return }
        for subject in urgent.takeAll(where: { hanging.contains(Kind($0)) }) {
            repeats.remove(subject)
            postpone(subject, at: now)
        }
        for subject in queue.takeAll(where: { hanging.contains(Kind($0)) }) { postpone(subject, at: now) }
    }

    private func dueLater(_ full: Set<Kind>, goFirst: Bool, at now: Duration) -> AccountSubject? {
        later.first { $0.value.due <= now && $0.value.goesFirst == goFirst && mayStart($0.key, full) }?.key
    }

    /// Takes the subjects at positions up to `position`, for which ``Step/look(after:before:service:)`` asked. A round
    /// that has come to `frontier` may begin anew.
    package mutating func found(
        _ subjects: [AccountSubject], through position: UInt32, of service: String?, _ frontier: UInt32,
        at now: Duration
    ) {
        for subject in subjects where flights[subject] == nil && later[subject] == nil && !urgent.contains(subject) {
            queue.add(subject)
        }
        guard let service else {
            if var hand = alarm { alarm = hand.advance(to: position, frontier) ? hand : nil }
            return
        }
        rounds[service]?.met += subjects.count
        rounds[service]?.advance(to: position, frontier, at: now)
    }

    /// The time between two checks at which each account of a service is checked twice in its interval. Before a
    /// service's first round is complete, all `count` accounts count as its own.
    private func neededGap(_ count: Int) -> Duration {
        let rate = rounds.values.reduce(0) { $0 + 2 * Double($1.size ?? count) / ($1.interval / .seconds(1)) }
        return rate > 1 ? .seconds(1 / rate) : .seconds(1)
    }

    /// When there is something to do; nil for never.
    package func nextDeadline(_ frontier: UInt32, count: Int, at now: Duration) -> Duration? {
        guard count > 0 else { return nil }
        return [surveyStart, nextCheck(count, at: now)].compactMap(\.self).min()
    }

    private func nextCheck(_ count: Int, at now: Duration) -> Duration? {
        // One that is due and may not start waits for an answer.
        let full = full(since: now)
        let waiting = later.filter { $0.value.due > now || mayStart($0.key, full) }
        let (urgentStart, usualStart) = (pace.start(isUrgent: true), pace.start(isUrgent: false))
        var instants = rounds.values.map { $0.nextStep(count, limits.step, at: now) }
        instants += waiting.values.map { max($0.due, $0.goesFirst ? urgentStart : usualStart) }
        if mayAlarm, queue.count < limits.queue / 2 { instants.append(now) }
        if urgent.first(where: { mayStart($0, full) }) != nil { instants.append(urgentStart) }
        if queue.first(where: { mayStart($0, full) }) != nil { instants.append(usualStart) }
        // With all places taken, the next event is an answer, or that a check has taken `limits.patience`.
        let held = flights.values.map { $0.began + limits.patience }.filter { $0 > now }.min()
        if !full.isEmpty, !queue.isEmpty || !urgent.isEmpty, let held { instants.append(held) }
        guard let earliest = instants.min() else { return nil }
        let isFull = !canStart(at: max(now, nextStart))
        return max(earliest, nextStart, isFull ? held ?? now + limits.patience : .zero)
    }

    // MARK: Answers

    /// What an answer leads to. `work`: what the check took of a processor, where that is known.
    package mutating func answered(
        _ subject: AccountSubject, _ finding: AccountFinding, work: Duration? = nil, at now: Duration
    ) -> Outcome {
        guard let flight = flights.removeValue(forKey: subject) else { return .nothing }
        outage = .zero
        if let work { pace.learn(work) }
        switch finding {
        case .busy:
            keep(subject, pause: limits.confirmation, at: now)
        case .held(let credential):
            guard !flight.isSuperseded else {
                repeatCheck(of: subject)
                return .nothing
            }
            keepUndecided(subject, at: now)
            return .alive(credential)
        case .undecided(let why):
            keepUndecided(subject, at: now)
            if away.insert(subject.service).inserted { news.append(.away(service: subject.service, why: why)) }
        case .alive, .over:
            if flight.isSuperseded || flight.isStale && !flight.isRepeat {
                repeatCheck(of: subject)
                return .nothing
            }
            let outcome = decided(subject, finding, at: now)
            if flight.isStale, later[subject] == nil { repeatCheck(of: subject) }
            return outcome
        }
        return .nothing
    }

    private mutating func repeatCheck(of subject: AccountSubject) {
        queue.remove(subject)
        guard !urgent.contains(subject) else { return }
        urgent.add(subject, inFront: true)
        repeats.insert(subject)
    }

    private mutating func decided(
        _ subject: AccountSubject, _ finding: AccountFinding, at now: Duration
    ) -> Outcome {
        switch finding {
        case .over(let end, _) where [AccountEnd.denied, .unknown].contains(end) && later[subject]?.suspected != end:
            settle(subject)
            let pause = subject.isOfDirectory ? limits.directoryConfirmation : limits.confirmation
            keep(subject, pause: pause, suspected: end, at: now)
            return .nothing
        case .over(let end, let scope):
            settle(subject)
            return .over(end, scope)
        case .alive(let credential):
            settle(subject)
            return .alive(credential)
        case .busy, .undecided, .held: return .nothing
        }
    }

    /// Asks again, after a pause that grows.
    private mutating func keepUndecided(_ subject: AccountSubject, at now: Duration) {
        let before = later[subject]
        let pause = before?.isUndecided ?? false ? (before?.pause ?? .zero) * 2 : limits.pauses.lowerBound
        keep(subject, pause: min(pause, limits.pauses.upperBound), isUndecided: true, at: now)
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
        let goesFirst = suspected != nil || pause < limits.pauses.lowerBound
        later[subject] = Later(
            due: now + pause, pause: pause, suspected: suspected, isUndecided: isUndecided, goesFirst: goesFirst)
    }

    /// Does not ask the subject again by itself. Reports its service as back if no other subject of it is undecided.
    private mutating func settle(_ subject: AccountSubject) {
        later[subject] = nil
        guard away.contains(subject.service),
            !later.contains(where: { $0.key.service == subject.service && $0.value.isUndecided })
        else { return }
        away.remove(subject.service)
        news.append(.back(service: subject.service))
    }
}
