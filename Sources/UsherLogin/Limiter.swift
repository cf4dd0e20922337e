internal import UsherSecrets

/// Counts failed logins per name, so that guessing takes years while the user goes on logging in.
///
/// Data structure, in memory that outlives the process: a set-associative table of entries (buckets of 8, found by a
/// keyed hash of realm and folded name), a sketch of counters for names without an entry, and a sketch of budgets,
/// which limit under how many names a source fails in an hour (`LimiterBudget`). An entry has one counter of failures
/// in a row for all sources from which the user never succeeded, and one for each of up to 8 sources from which the
/// user has succeeded. So guessing from elsewhere cannot lock out the user's own sources (ASVS 6.1.1), and no account
/// takes more failures than the cap (NIST SP 800-63B section 3.2.2). Unknown names count like any other. Two files say
/// more: addresses that are not believed (`Limiter+Claims.swift`), and accounts with several names
/// (`Limiter+Accounts.swift`).
///
/// Invariants: an entry that has to wait is never evicted; a failure never evicts the memory of a success; a name
/// without an entry waits for its own failures. Rejected: a dictionary in the process (a restart would forgive all),
/// and counting by source (one attacker has many).
package struct Limiter: ~Copyable {
    let memory: LimiterMemory
    /// Names that there is room for.
    package let entries: Int
    /// Names that may fail from one source in an hour; at least 1.
    package var namesPerSource = 100
    private let key: (low: UInt64, high: UInt64)

    // MARK: Making and adopting

    /// A new limiter in `buffer`, with nothing counted, under a random key.
    ///
    /// Precondition: `buffer` is zeroed, has the size of `LimiterLayout.size(entries:)` and outlives the limiter.
    package init(creatingIn buffer: UnsafeMutableRawBufferPointer, entries: Int, key: (low: UInt64, high: UInt64)) {
        precondition(buffer.count == LimiterLayout.size(entries: entries))
        unsafe memory = LimiterMemory(buffer)
        self.entries = entries
        self.key = key
        memory[LimiterLayout.Header.version] = LimiterLayout.version
        memory[LimiterLayout.Header.entries] = UInt64(entries)
        memory[LimiterLayout.Header.entryWords] = UInt64(LimiterLayout.entryWords)
        memory[LimiterLayout.Header.rows] = UInt64(LimiterSketch.rows)
        memory[LimiterLayout.Header.words] = UInt64(memory.count)
        memory[LimiterLayout.Header.keyLow] = key.low
        memory[LimiterLayout.Header.keyHigh] = key.high
        memory[LimiterLayout.Header.magic] = LimiterLayout.magic
    }

    /// The limiter that an earlier process left in `buffer`; nil where magic, layout or sizes are not those of this
    /// one.
    ///
    /// O(1): the content needs no check, see `LimiterLayout`. Precondition: `buffer` outlives the limiter.
    package init?(adopting buffer: UnsafeMutableRawBufferPointer) {
        guard buffer.count >= LimiterLayout.headerWords * 8, buffer.count % 8 == 0 else { return nil }
        let memory = unsafe LimiterMemory(buffer)
        let entries = Int(clamping: memory[LimiterLayout.Header.entries])
        guard memory[LimiterLayout.Header.magic] == LimiterLayout.magic,
            memory[LimiterLayout.Header.version] == LimiterLayout.version,
            entries > 0, entries <= LimiterLayout.maximumEntries, entries % LimiterLayout.ways == 0,
            memory[LimiterLayout.Header.entryWords] == UInt64(LimiterLayout.entryWords),
            memory[LimiterLayout.Header.rows] == UInt64(LimiterSketch.rows),
            memory[LimiterLayout.Header.words] == UInt64(memory.count),
            memory.count == LimiterLayout.words(entries: entries)
        else { return nil }
        self.memory = memory
        self.entries = entries
        key = (memory[LimiterLayout.Header.keyLow], memory[LimiterLayout.Header.keyHigh])
    }

    // MARK: Asking

    /// The ticket of `user` of `realm`, who comes from `source`.
    package func ticket(user: String, realm: String, source: LoginSource) -> LimiterTicket {
        let name = hash(user: user, realm: realm)
        let from = hash(peer: source.peer, address: source.address)
        let place = (source.address ?? source.claim).map { hash(peer: source.peer, address: $0) }
        let known = find(name).flatMap { self.source(from, in: $0) } != nil
        return LimiterTicket(
            name: name, source: from, place: place ?? hash([UInt64(source.peer), name], for: .place),
            peer: hash(peer: source.peer, address: nil), origin: source.origin, known: known)
    }

    /// Whether a login under `ticket` may begin at `now`, with `pending` others under way for the same counter
    /// (`LoginTable.pending`). Each of these others may yet fail.
    ///
    /// While the counter asks for no wait, logins run side by side, up to `LimiterCurve.parallel` less the failures: a
    /// person or a job that logs in many times at once with the right password is not slowed. Once it asks for a wait,
    /// logins go one by one, because a burst would else pass before its first failure is counted.
    package func admission(_ ticket: LimiterTicket, pending: Int, now: Duration) -> LimiterAdmission {
        let standing = standing(of: ticket, now: now.nanoseconds)
        guard !standing.isCapped else { return .refused(retryAfter: LimiterCurve.longest) }
        let budget = waitForBudgets(ticket, now: now.nanoseconds)
        guard budget == .zero else { return .refused(retryAfter: max(budget, standing.wait)) }
        guard standing.isSlowed else {
            // Nobody has to wait yet, so the logins under way are most likely right. Their number is limited all the
            // same.
            return pending < standing.room ? .admitted : .refused(retryAfter: LimiterCurve.undecided)
        }
        if standing.wait > .zero { return .refused(retryAfter: standing.wait) }
        return pending > 0 ? .refused(retryAfter: LimiterCurve.undecided) : .admitted
    }

    private func standing(of ticket: LimiterTicket, now: UInt64) -> LimiterStanding {
        let (failures, last) = counter(ticket, now: now)
        if ticket.origin == .claimed {
            return standing(ofClaimed: ticket, isCapped: failures >= LimiterCurve.cap, now)
        }
        return LimiterStanding(failures: failures, since: last, now: now)
    }

    // MARK: Counting

    /// A login under `ticket` failed at `now`.
    package func failed(_ ticket: LimiterTicket, now: Duration) {
        let now = max(now.nanoseconds, 1)
        chargeBudgets(ticket, now: now)
        count(ticket, now: now)
        if ticket.origin == .claimed { countClaimed(ticket, now: now) }
    }

    /// Counts a failure in the entry of the name, or in the sketch.
    func count(_ ticket: LimiterTicket, now: UInt64) {
        guard let entry = self.entry(for: ticket, now: now) else { return countUnplaced(ticket.name, now: now) }
        memory[entry + LimiterLayout.Entry.lastUse] = now
        memory[entry + LimiterLayout.Entry.failuresSince] = memory[entry + LimiterLayout.Entry.failuresSince] &+ 1
        if let source = source(ticket.source, in: entry) {
            memory[source + LimiterLayout.Source.failures] = UInt64(count(source + LimiterLayout.Source.failures) + 1)
            memory[source + LimiterLayout.Source.lastUse] = now
        } else {
            memory[entry + LimiterLayout.Entry.failures] = UInt64(count(entry + LimiterLayout.Entry.failures) + 1)
            memory[entry + LimiterLayout.Entry.lastFailure] = now
            memory[entry + LimiterLayout.Entry.lastSource] = ticket.place
        }
    }

    /// The entry in which a failure counts; a new one takes over the count of the sketch. Nil without a place, or when
    /// the peer has spent its budget, which also bounds how many entries it may have made.
    func entry(for ticket: LimiterTicket, now: UInt64) -> Int? {
        if let entry = find(ticket.name) { return entry }
        let (failures, last) = unplaced(ticket.name, now: now)
        guard !isSpent(peer: ticket.peer, now: now),
            let entry = place(for: ticket.name, keeping: .successes, now: now)
        else { return nil }
        memory[entry + LimiterLayout.Entry.failures] = UInt64(failures)
        memory[entry + LimiterLayout.Entry.lastFailure] = last
        return entry
    }

    /// A login under `ticket` succeeded at `now`. Remembers the source, resets its own counter, and returns the history
    /// before this login.
    ///
    /// A success from a new source resets the counter that all such sources share; one from a known source does not.
    package func succeeded(_ ticket: LimiterTicket, user: String, realm: String, now: Duration) -> LoginHistory {
        let now = max(now.nanoseconds, 1)
        if ticket.origin == .claimed { clearClaimed(ticket) }
        guard let entry = find(ticket.name) ?? place(for: ticket.name, keeping: .waits, now: now) else {
            _ = clearUnplaced(ticket.name)
            return LoginHistory(failures: 0, lastLogin: nil)
        }
        let last = time(entry + LimiterLayout.Entry.lastSuccess, now: now)
        let history = LoginHistory(
            failures: Int(clamping: memory[entry + LimiterLayout.Entry.failuresSince]),
            lastLogin: last == 0 ? nil : .nanoseconds(Int64(clamping: last)))
        let known = source(ticket.source, in: entry)
        if known == nil { memory[entry + LimiterLayout.Entry.failures] = 0 }
        remember(ticket.source, at: known ?? oldestSource(in: entry, now: now), now: now)
        memory[entry + LimiterLayout.Entry.failuresSince] = 0
        memory[entry + LimiterLayout.Entry.lastSuccess] = now
        memory[entry + LimiterLayout.Entry.lastUse] = now
        name(entry, user: user, realm: realm)
        return history
    }

    // MARK: Hashes

    func hash(user: String, realm: String) -> UInt64 {
        var hash = KeyedHash(key: key)
        hash.append(contentsOf: realm.utf8)
        hash.append(0)
        hash.append(contentsOf: LoginName.folded(user).utf8)
        return max(hash.value(), 1)
    }

    private func hash(peer: UInt32, address: String?) -> UInt64 {
        var hash = KeyedHash(key: key)
        hash.append(contentsOf: Self.bytes(peer))
        if let address {
            hash.append(1)
            hash.append(contentsOf: address.utf8)
        }
        return max(hash.value(), 1)
    }

    /// What `hash(_:for:)` identifies by a hash of other hashes.
    enum Purpose: UInt8 {
        /// A peer and a name.
        case place = 2
        /// A name, a peer or a place, and how often the name was forgiven.
        case claim
        /// A peer whose users have no address.
        case unaddressed
        /// A name, under which other spellings are counted.
        case spelled
    }

    func hash(_ hashes: [UInt64], for purpose: Purpose) -> UInt64 {
        var hash = KeyedHash(key: key)
        hash.append(purpose.rawValue)
        for value in hashes { hash.append(contentsOf: Self.bytes(value)) }
        return max(hash.value(), 1)
    }

    private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
        (0..<number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
}

extension Duration {
    /// Whole nanoseconds: 0 for a negative duration, at most `Int64.max`.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let limit = UInt64(Int64.max)
        return overflow ? limit : min(whole, limit - 1_000_000_000) + UInt64(attoseconds / 1_000_000_000)
    }
}
