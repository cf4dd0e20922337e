extension Limiter {
    /// What must stay when a place is sought.
    enum Keeping {
        /// Entries that have to wait. So a success may evict any other entry.
        case waits
        /// Entries that have to wait or remember a success. So a failure may evict only an entry that has neither.
        case successes
    }

    // MARK: Finding

    /// First word of the bucket of `name`.
    private func bucket(_ name: UInt64) -> Int {
        let buckets = UInt64(entries / LimiterLayout.ways)
        return LimiterLayout.headerWords + Int(name % buckets) * LimiterLayout.ways * LimiterLayout.entryWords
    }

    private func bucketEntries(_ name: UInt64) -> StrideTo<Int> {
        let first = bucket(name)
        let end = first + LimiterLayout.ways * LimiterLayout.entryWords
        return stride(from: first, to: end, by: LimiterLayout.entryWords)
    }

    /// First word of the entry of `name`, if it has one.
    func find(_ name: UInt64) -> Int? {
        bucketEntries(name).first { memory[$0 + LimiterLayout.Entry.hash] == name }
    }

    /// First word of the source `hash` in `entry`, if the user has succeeded from it.
    func source(_ hash: UInt64, in entry: Int) -> Int? {
        sources(of: entry).first { memory[$0 + LimiterLayout.Source.hash] == hash }
    }

    func sources(of entry: Int) -> StrideTo<Int> {
        let first = entry + LimiterLayout.Entry.sources
        let end = first + LimiterLayout.Entry.sourceCount * LimiterLayout.Entry.sourceWords
        return stride(from: first, to: end, by: LimiterLayout.Entry.sourceWords)
    }

    // MARK: Reading what is not trusted

    /// A count, at most `LimiterCurve.cap`.
    func count(_ word: Int) -> Int { Int(min(memory[word], UInt64(LimiterCurve.cap))) }

    /// A time, never later than `now`.
    func time(_ word: Int, now: UInt64) -> UInt64 { min(memory[word], now) }

    /// Failures in a row, and the time of the last one, of the counter in which a failure of `ticket` counts.
    func counter(_ ticket: LimiterTicket, now: UInt64) -> (failures: Int, last: UInt64) {
        guard let entry = find(ticket.name) else { return unplaced(ticket.name, now: now) }
        if let source = source(ticket.source, in: entry) {
            return (
                count(source + LimiterLayout.Source.failures), time(source + LimiterLayout.Source.lastUse, now: now)
            )
        }
        return (
            count(entry + LimiterLayout.Entry.failures), time(entry + LimiterLayout.Entry.lastFailure, now: now)
        )
    }

    /// Whether `entry` has failures that must not be forgotten yet.
    private func waits(_ entry: Int, now: UInt64) -> Bool {
        isHeld(
            count(entry + LimiterLayout.Entry.failures), time(entry + LimiterLayout.Entry.lastFailure, now: now), now)
            || sources(of: entry).contains {
                isHeld(
                    count($0 + LimiterLayout.Source.failures), time($0 + LimiterLayout.Source.lastUse, now: now), now)
            }
    }

    private func isHeld(_ failures: Int, _ last: UInt64, _ now: UInt64) -> Bool {
        failures > LimiterCurve.free && now - last < LimiterCurve.memory.nanoseconds
    }

    // MARK: Making room

    /// First word of a new entry for `name`, in the place of the entry of its bucket with the lowest rank; nil if all
    /// of them must stay.
    func place(for name: UInt64, keeping: Keeping, now: UInt64) -> Int? {
        var best: (entry: Int, rank: (Int, UInt64))?
        for entry in bucketEntries(name) {
            let rank = rank(entry, now: now)
            guard rank.0 < 2 || rank.0 == 2 && keeping == .waits else { continue }
            if best.map({ rank < $0.rank }) ?? true { best = (entry, rank) }
        }
        guard let entry = best?.entry else { return nil }
        memory.zero(entry..<entry + LimiterLayout.entryWords)
        memory[entry + LimiterLayout.Entry.hash] = name
        return entry
    }

    /// The rank of an entry: 0 free, 1 with failures alone, 2 with a success, 3 with a wait; and the time of its last
    /// use.
    private func rank(_ entry: Int, now: UInt64) -> (Int, UInt64) {
        if memory[entry + LimiterLayout.Entry.hash] == 0 { return (0, 0) }
        let last = time(entry + LimiterLayout.Entry.lastUse, now: now)
        if waits(entry, now: now) { return (3, last) }
        return (memory[entry + LimiterLayout.Entry.lastSuccess] == 0 ? 1 : 2, last)
    }

    /// The place of the source that has been quiet for longest; a free one if there is any.
    func oldestSource(in entry: Int, now: UInt64) -> Int {
        let first = entry + LimiterLayout.Entry.sources
        return sources(of: entry).min { sourceRank($0, now) < sourceRank($1, now) } ?? first
    }

    private func sourceRank(_ source: Int, _ now: UInt64) -> UInt64 {
        let isFree = memory[source + LimiterLayout.Source.hash] == 0
        return isFree ? 0 : time(source + LimiterLayout.Source.lastUse, now: now)
    }

    // MARK: Writing

    func remember(_ hash: UInt64, at source: Int, now: UInt64) {
        memory[source + LimiterLayout.Source.hash] = 0
        memory[source + LimiterLayout.Source.failures] = 0
        memory[source + LimiterLayout.Source.lastUse] = now
        memory[source + LimiterLayout.Source.hash] = hash
    }

    /// Copies the name of the user, and the sources where they are at home, from `own` to the new entry `other`.
    func copyHome(of own: Int, to other: Int) {
        typealias Entry = LimiterLayout.Entry
        for word in Entry.nameSize..<Entry.sources { memory[other + word] = memory[own + word] }
        for (from, to) in zip(sources(of: own), sources(of: other)) {
            remember(
                memory[from + LimiterLayout.Source.hash], at: to, now: memory[from + LimiterLayout.Source.lastUse])
        }
    }

    func name(_ entry: Int, user: String, realm: String) {
        typealias Entry = LimiterLayout.Entry
        memory[entry + Entry.nameSize] = 0
        let nameSize = memory.store(user, at: entry + Entry.name, capacity: Entry.nameCapacity)
        memory[entry + Entry.realmSize] = memory.store(realm, at: entry + Entry.realm, capacity: Entry.realmCapacity)
        memory[entry + Entry.nameSize] = nameSize
    }
}
