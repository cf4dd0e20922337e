/// Surveys: which accounts have entries in the account files that have changed. They say who is to be checked, and end
/// nobody.
///
/// A survey goes over the positions in batches, one at a time, and rests three times as long as a batch has taken. Who has
/// changed is checked at once, on credit. Where a batch fails, everybody is checked instead, as after a change of rules, and
/// there is no survey for a pause that grows.
extension AccountWatch {
    /// Where the survey is.
    struct Survey {
        /// What has still to be surveyed; nil for nothing.
        var hand: AccountHand?
        /// Since when a batch is under way.
        var began: Duration?
        /// No batch begins before.
        var next = Duration.zero
        /// The pause after the last failure; zero after a success.
        var pause = Duration.zero
    }

    /// The next batch, once there is one and room for what it may find.
    func surveyStep(_ frontier: UInt32, at now: Duration) -> Step? {
        guard let start = surveyStart, start <= now, let hand = survey.hand else { return nil }
        return .survey(after: hand.position, before: hand.end(frontier))
    }

    /// When the next batch may begin; nil while another one is under way, or too many wait for their check.
    var surveyStart: Duration? {
        let hasRoom = urgent.count <= limits.urgent / 2
        guard survey.hand != nil, survey.began == nil, !isUnwatched, hasRoom else { return nil }
        return max(survey.next, nextStart)
    }

    /// A batch of the accounts up to `position` was asked for, or there was none to ask about.
    package mutating func surveyBegan(
        through position: UInt32, isEmpty: Bool, _ frontier: UInt32, at now: Duration
    ) {
        guard var hand = survey.hand else { return }
        survey.hand = hand.advance(to: position, frontier) ? hand : nil
        if !isEmpty { survey.began = now }
    }

    /// An account that the batch was about has changed, or it is not known how it was: these are the questions about it.
    /// False where there is no room for them, so that it is to be found again. One account may have more sessions than have
    /// room: it waits until nobody else does.
    package mutating func surveyFound(_ subjects: Set<AccountSubject>, isChanged: Bool) -> Bool {
        guard isChanged else {
            // Everybody is about to be checked, or else is now.
            guard alarm == nil else { return true }
            let waiting = subjects.filter { flights[$0] == nil && later[$0] == nil }
            guard queue.count + waiting.count <= limits.queue else {
                alarm.again()
                return true
            }
            for subject in waiting { queue.add(subject) }
            return true
        }
        guard urgent.isEmpty || urgent.count + subjects.count <= limits.urgent else { return false }
        for subject in subjects { hasten(subject) }
        return true
    }

    /// The subject is asked about before others. What is under way has begun before that was known.
    private mutating func hasten(_ subject: AccountSubject) {
        flights[subject]?.isStale = true
        // Who waits to have an answer confirmed is asked once it is time for that.
        guard flights[subject] == nil, !(later[subject]?.goesFirst ?? false) else { return }
        queue.remove(subject)
        urgent.add(subject)
    }

    /// The batch has been answered. Unless it was dealt with whole, the survey goes on until it has been everywhere again.
    package mutating func surveyed(isWhole: Bool, at now: Duration) {
        guard let began = survey.began else { return }
        outage = .zero
        survey.began = nil
        survey.next = now + (now - began) * 3
        if !isWhole { survey.hand.again() }
        if survey.pause > .zero { news.append(.surveyedAgain) }
        survey.pause = .zero
    }

    /// Nobody could be asked at the moment: the batch is asked for again.
    package mutating func surveyPostponed(at now: Duration) {
        guard survey.began != nil else { return }
        (survey.began, survey.next) = (nil, now + limits.confirmation)
        survey.hand.again()
    }

    /// The batch failed, for this reason.
    package mutating func surveyFailed(_ why: String, at now: Duration) {
        guard survey.began != nil else { return }
        if survey.pause == .zero { news.append(.unsurveyed(why: why)) }
        let pause = min(max(survey.pause * 2, limits.pauses.lowerBound), limits.pauses.upperBound)
        survey = Survey(next: now + pause, pause: pause)
        alarm.again()
    }
}
