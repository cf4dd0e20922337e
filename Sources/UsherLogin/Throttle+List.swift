extension Throttle {
    /// The most entries that one list gives.
    package static let listLimit = 1000

    /// Names with failures in a row, or the one of `user` if it is given; at most `listLimit`. O(entries).
    package func list(user: String? = nil, now: Duration) -> [ThrottleEntry] {
        var found: [ThrottleEntry] = []
        let now = now.nanoseconds
        for index in 0..<entries where found.count < Self.listLimit {
            let entry = ThrottleLayout.headerWords + index * ThrottleLayout.entryWords
            guard memory[entry + ThrottleLayout.Entry.hash] != 0 else { continue }
            let description = describe(entry, now: now)
            if let user {
                guard let name = description.user, LoginName.folded(name) == LoginName.folded(user) else { continue }
            } else if description.failures == 0, description.failuresOfKnownSources == 0 {
                continue
            }
            found.append(description)
        }
        return found
    }

    /// The entry of one `user` in one `realm`, named or not; nil if nothing is counted under it.
    package func entry(user: String, realm: String, now: Duration) -> ThrottleEntry? {
        let ticket = ticket(user: user, realm: realm, source: LoginSource(peer: 0))
        guard let entry = find(ticket.name) else { return nil }
        var description = describe(entry, now: now.nanoseconds)
        description.user = user
        description.realm = realm
        return description
    }

    private func describe(_ entry: Int, now: UInt64) -> ThrottleEntry {
        typealias Entry = ThrottleLayout.Entry
        let failures = count(entry + Entry.failures)
        let past = Duration.nanoseconds(Int64(clamping: now - time(entry + Entry.lastFailure, now: now)))
        let ofSources = sources(of: entry).map { count($0 + ThrottleLayout.Source.failures) }.max() ?? 0
        let isCapped = failures >= ThrottleCurve.cap
        let wait = isCapped ? ThrottleCurve.longest : max(ThrottleCurve.wait(after: failures) - past, .zero)
        return ThrottleEntry(
            user: memory.text(
                at: entry + Entry.name, size: memory[entry + Entry.nameSize], capacity: Entry.nameCapacity),
            realm: memory.text(
                at: entry + Entry.realm, size: memory[entry + Entry.realmSize], capacity: Entry.realmCapacity),
            failures: failures, failuresOfKnownSources: ofSources, retryAfter: wait, isCapped: isCapped)
    }
}
