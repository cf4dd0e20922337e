/// Surveys find the accounts whose entries in the account files have changed. They have accounts checked, and end no
/// session.
///
/// A survey visits the positions in batches, one at a time, and rests three times as long as a batch has taken. Changed
/// accounts are checked at once, on credit. When a batch fails, all accounts are checked instead, as after a change of
/// rules, and no survey begins for a pause that grows.
extension AccountWatch {
    /// Where the survey is.
    struct Survey {
        /// The positions that the survey must still visit; nil when there are none.
        var hand: AccountHand?
        /// Since when a batch is under way.
        var began: Duration?
        /// No batch begins before.
        var next = Duration.zero
        /// The pause after the last failure; zero after a success.
        var pause = Duration.zero
    }

    /// The next batch, if one may begin and there is room for what it may find.
    func surveyStep(_ frontier: UInt32, at now: Duration) -> Step? {
        guard let start = surveyStart, start <= now, let hand = survey.hand else { return nil }
        return .survey(after: hand.position, before: hand.end(frontier))
    }

    /// When the next batch may begin; nil while one is under way, or too many subjects are urgent.
    var surveyStart: Duration? {
        let hasRoom = urgent.count <= limits.urgent / 2
        guard survey.hand != nil, survey.began == nil, !isUnwatched, hasRoom else { return nil }
        return max(survey.next, nextStart)
    }

    /// A batch with the accounts up to `position` was asked for, unless there are none (`isEmpty`).
    package mutating func surveyBegan(
        through position: UInt32, isEmpty: Bool, _ frontier: UInt32, at now: Duration
    ) {
        guard var hand = survey.hand else { return }
        survey.hand = hand.advance(to: position, frontier) ? hand : nil
        if !isEmpty { survey.began = now }
    }

    /// Takes the subjects of an account in the batch, which has changed, or, with `isChanged` false, whose earlier
    /// entries are unknown. Returns false without room for them; the survey must then find the account again. An
    /// account with more subjects than there is room for waits until no other is urgent.
    package mutating func surveyFound(_ subjects: Set<AccountSubject>, isChanged: Bool) -> Bool {
        guard isChanged else {
            // The alarm visits all accounts anyway.
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

    /// Has the subject asked before others. A check of it under way began before the change was known, and is stale.
    private mutating func hasten(_ subject: AccountSubject) {
        flights[subject]?.isStale = true
        // A subject with an answer to confirm is asked when that is due.
        guard flights[subject] == nil, !(later[subject]?.goesFirst ?? false) else { return }
        queue.remove(subject)
        urgent.add(subject)
    }

    /// Ends the batch with its answer. Unless all of the answer was dealt with, the survey visits all positions once
    /// more.
    package mutating func surveyed(isWhole: Bool, at now: Duration) {
        guard let began = survey.began else { return }
        outage = .zero
        survey.began = nil
        survey.next = now + (now - began) * 3
        if !isWhole { survey.hand.again() }
        if survey.pause > .zero { news.append(.surveyedAgain) }
        survey.pause = .zero
    }

    /// Ends the batch without an answer, because logins go first. It is asked for again.
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
