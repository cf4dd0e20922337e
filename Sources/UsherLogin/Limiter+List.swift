/// What an administrator sees and may forgive.
///
/// The memory contains keyed hashes, and a name only if somebody has succeeded under it, because people type passwords
/// into the name field. So a list shows real names and, beside them, counters without a name. An administrator who
/// knows a name can ask for it.
extension Limiter {
    /// The most entries that one list gives.
    package static let listLimit = 1000

    /// Entries with failures in a row, the most failures first; at most `listLimit`. O(entries). The entry of an
    /// account includes the failures under its other names.
    ///
    /// - Parameter realms: only names of these realms; nil for all of them, and those without a name.
    package func list(realms: Set<String>? = nil, now: Duration) -> [LimitedAccount] {
        var found: [LimitedAccount] = []
        var places: [String: Int] = [:]
        for entry in used where isIn(realms, entry) {
            let description = describe(entry, now: now.nanoseconds)
            guard description.worst > 0 else { continue }
            if let key = description.key, let place = places.updateValue(found.count, forKey: key) {
                found[place].add(description)
                places[key] = place
            } else {
                found.append(description)
            }
        }
        found.sort { $0.worst > $1.worst }
        return Array(found.prefix(Self.listLimit))
    }

    /// The failures of one `user` in one `realm`, named or not; nil without any. For a name without an entry, those in
    /// the sketch.
    package func entry(user: String, realm: String, now: Duration) -> LimitedAccount? {
        let name = hash(user: user, realm: realm)
        let own = entry(name, now: now.nanoseconds)
        let spelled = entry(hash([name], for: .spelled), now: now.nanoseconds)
        guard var description = own ?? spelled else { return nil }
        if own != nil, let spelled { description.add(spelled) }
        description.user = user
        description.realm = realm
        return description
    }

    /// What is counted under a hash; nil if nothing is.
    private func entry(_ name: UInt64, now: UInt64) -> LimitedAccount? {
        if let entry = find(name) { return describe(entry, now: now) }
        let (failures, last) = unplaced(name, now: now)
        guard failures > 0 else { return nil }
        return LimitedAccount(
            user: nil, realm: nil, failures: failures, failuresOfKnownSources: 0,
            retryAfter: wait(after: failures, since: last, now: now), retryAfterOfKnownSources: .zero, isCapped: false)
    }

    // MARK: Forgiving

    /// Forgives the failures of `user` of `realm`, in the sketch as well. Returns false if there were none. The memory
    /// of successes stays, and so does the count of failures that the user is told at the next login.
    package func clear(user: String, realm: String) -> Bool {
        let name = hash(user: user, realm: realm)
        let own = forgive(name: name)
        return forgive(name: hash([name], for: .spelled)) || own
    }

    private func forgive(name: UInt64) -> Bool {
        let counted = clearUnplaced(name)
        guard let entry = find(name) else { return counted }
        return forgive(entry) || counted
    }

    /// Forgives everybody in `realms`. Nil forgives all, with those without a name and both sketches. O(entries).
    package func clear(realms: Set<String>?) {
        for entry in used where isIn(realms, entry) { _ = forgive(entry) }
        guard realms == nil else { return }
        memory.zero(LimiterLayout.names(entries: entries)..<memory.count)
    }

    /// Sets the counters of an entry to zero; whether there were any.
    private func forgive(_ entry: Int) -> Bool {
        let held = describe(entry, now: .max).worst > 0
        memory[entry + LimiterLayout.Entry.failures] = 0
        memory[entry + LimiterLayout.Entry.lastFailure] = 0
        memory[entry + LimiterLayout.Entry.lastSource] = 0
        memory[entry + LimiterLayout.Entry.forgiven] = memory[entry + LimiterLayout.Entry.forgiven] &+ 1
        for source in sources(of: entry) { memory[source + LimiterLayout.Source.failures] = 0 }
        return held
    }

    // MARK: Reading

    /// First words of the entries that are not free.
    private var used: [Int] {
        let memory = memory
        return (0..<entries).map { LimiterLayout.headerWords + $0 * LimiterLayout.entryWords }
            .filter { memory[$0 + LimiterLayout.Entry.hash] != 0 }
    }

    private func isIn(_ realms: Set<String>?, _ entry: Int) -> Bool {
        guard let realms else { return true }
        return realm(entry).map(realms.contains) ?? false
    }

    private func realm(_ entry: Int) -> String? {
        typealias Entry = LimiterLayout.Entry
        return memory.text(
            at: entry + Entry.realm, size: memory[entry + Entry.realmSize], capacity: Entry.realmCapacity)
    }

    private func describe(_ entry: Int, now: UInt64) -> LimitedAccount {
        typealias Entry = LimiterLayout.Entry
        let failures = count(entry + Entry.failures)
        let user = memory.text(
            at: entry + Entry.name, size: memory[entry + Entry.nameSize], capacity: Entry.nameCapacity)
        let known = sources(of: entry).map { source in
            let failures = count(source + LimiterLayout.Source.failures)
            let last = time(source + LimiterLayout.Source.lastUse, now: now)
            return (failures: failures, wait: wait(after: failures, since: last, now: now))
        }
        return LimitedAccount(
            user: user, realm: realm(entry), failures: failures,
            failuresOfKnownSources: known.map(\.failures).max() ?? 0,
            retryAfter: wait(after: failures, since: time(entry + Entry.lastFailure, now: now), now: now),
            retryAfterOfKnownSources: known.map(\.wait).max() ?? .zero,
            isCapped: failures >= LimiterCurve.cap)
    }

    private func wait(after failures: Int, since last: UInt64, now: UInt64) -> Duration {
        guard failures < LimiterCurve.cap else { return LimiterCurve.longest }
        return max(LimiterCurve.wait(after: failures) - .nanoseconds(Int64(clamping: now - last)), .zero)
    }
}
