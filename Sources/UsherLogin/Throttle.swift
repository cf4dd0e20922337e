/// Counts failed logins per name, so that guessing takes years while the user goes on logging in.
///
/// Data structure: a set-associative table in memory that outlives the process (buckets of 8 entries, found by a keyed
/// hash of realm and folded name), and 256 shared counters for names that find no place. An entry counts failures in a
/// row from sources that the user never succeeded from, all together, and from each of up to 8 sources that the user
/// has succeeded from, apart: guessing from elsewhere cannot lock the user's own places out (ASVS 6.1.1), and no
/// account takes more than the cap (NIST SP 800-63B section 3.2.2). Unknown names count like any other.
///
/// Invariant: an entry that has to wait is never evicted, nor is the memory of a success for the sake of a failure;
/// names without a place share counters, which fall only with time. Rejected: a dictionary in the process (a restart
/// would forgive all), and counting by source (one attacker has many).
package struct Throttle: ~Copyable {
    let memory: ThrottleMemory
    /// Names that there is room for.
    package let entries: Int
    private let key: (low: UInt64, high: UInt64)

    // MARK: Making and adopting

    /// A new throttle in `buffer`, with nothing counted, under a random key.
    ///
    /// Precondition: `buffer` has the size of `ThrottleLayout.size(entries:)` and outlives the throttle.
    package init(creatingIn buffer: UnsafeMutableRawBufferPointer, entries: Int, key: (low: UInt64, high: UInt64)) {
        precondition(buffer.count == ThrottleLayout.size(entries: entries))
        unsafe memory = ThrottleMemory(buffer)
        self.entries = entries
        self.key = key
        memory[ThrottleLayout.Header.magic] = 0
        memory.zero(ThrottleLayout.headerWords..<memory.count)
        memory[ThrottleLayout.Header.version] = ThrottleLayout.version
        memory[ThrottleLayout.Header.entries] = UInt64(entries)
        memory[ThrottleLayout.Header.entryWords] = UInt64(ThrottleLayout.entryWords)
        memory[ThrottleLayout.Header.shared] = UInt64(ThrottleLayout.shared)
        memory[ThrottleLayout.Header.words] = UInt64(memory.count)
        memory[ThrottleLayout.Header.keyLow] = key.low
        memory[ThrottleLayout.Header.keyHigh] = key.high
        memory[ThrottleLayout.Header.magic] = ThrottleLayout.magic
    }

    /// The throttle that an earlier process left in `buffer`; nil where magic, layout or sizes are not those of this
    /// one.
    ///
    /// O(1): the content needs no check, see `ThrottleLayout`. Precondition: `buffer` outlives the throttle.
    package init?(adopting buffer: UnsafeMutableRawBufferPointer) {
        guard buffer.count >= ThrottleLayout.headerWords * 8, buffer.count % 8 == 0 else { return nil }
        let memory = unsafe ThrottleMemory(buffer)
        let entries = Int(clamping: memory[ThrottleLayout.Header.entries])
        guard memory[ThrottleLayout.Header.magic] == ThrottleLayout.magic,
            memory[ThrottleLayout.Header.version] == ThrottleLayout.version,
            entries > 0, entries <= ThrottleLayout.maximumEntries, entries % ThrottleLayout.ways == 0,
            memory[ThrottleLayout.Header.entryWords] == UInt64(ThrottleLayout.entryWords),
            memory[ThrottleLayout.Header.shared] == UInt64(ThrottleLayout.shared),
            memory[ThrottleLayout.Header.words] == UInt64(memory.count),
            memory.count == ThrottleLayout.words(entries: entries)
        else { return nil }
        self.memory = memory
        self.entries = entries
        key = (memory[ThrottleLayout.Header.keyLow], memory[ThrottleLayout.Header.keyHigh])
    }

    // MARK: Asking

    /// What `user` of `realm`, coming from `source`, is called from now on.
    package func ticket(user: String, realm: String, source: LoginSource) -> ThrottleTicket {
        let name = hash(user: user, realm: realm)
        let from = hash(peer: source.peer, address: source.address)
        let place = (source.address ?? source.claim).map { hash(peer: source.peer, address: $0) }
        let known = find(name).flatMap { self.source(from, in: $0) } != nil
        return ThrottleTicket(
            name: name, source: from, place: place ?? hash(peer: source.peer, name: name), known: known)
    }

    /// Whether a login under `ticket` may begin at `now`, with `pending` others under way for the same counter
    /// (`LoginTable.pending`), each of which may yet fail.
    ///
    /// While the counter asks for no wait, logins run side by side, up to `ThrottleCurve.parallel` less the failures: a
    /// person, or a job, that logs in many times at once with the right password is not slowed. Once it does, they go
    /// one by one: else a burst would pass before its first failure is counted.
    package func admission(_ ticket: ThrottleTicket, pending: Int, now: Duration) -> ThrottleAdmission {
        let (failures, last) = counter(ticket, now: now.nanoseconds)
        guard failures < ThrottleCurve.cap else { return .refused(retryAfter: ThrottleCurve.longest) }
        guard failures > ThrottleCurve.free else {
            // Nobody has to wait yet, so those under way are most likely right; all the same they are not without
            // number.
            let fits = pending < ThrottleCurve.parallel - failures
            return fits ? .admitted : .refused(retryAfter: ThrottleCurve.undecided)
        }
        let left = .nanoseconds(Int64(clamping: last)) + ThrottleCurve.wait(after: failures) - now
        if left > .zero { return .refused(retryAfter: left) }
        return pending > 0 ? .refused(retryAfter: ThrottleCurve.undecided) : .admitted
    }

    // MARK: Counting

    /// A login under `ticket` failed at `now`.
    package func failed(_ ticket: ThrottleTicket, now: Duration) {
        let now = max(now.nanoseconds, 1)
        guard let entry = find(ticket.name) ?? place(for: ticket.name, keeping: .successes, now: now) else {
            return countShared(ticket.name, now: now)
        }
        memory[entry + ThrottleLayout.Entry.lastUse] = now
        memory[entry + ThrottleLayout.Entry.failuresSince] = memory[entry + ThrottleLayout.Entry.failuresSince] &+ 1
        if let source = source(ticket.source, in: entry) {
            memory[source + ThrottleLayout.Source.failures] = UInt64(count(source + ThrottleLayout.Source.failures) + 1)
            memory[source + ThrottleLayout.Source.lastUse] = now
        } else {
            memory[entry + ThrottleLayout.Entry.failures] = UInt64(count(entry + ThrottleLayout.Entry.failures) + 1)
            memory[entry + ThrottleLayout.Entry.lastFailure] = now
        }
    }

    /// A login under `ticket` went through at `now`: remembers the source, resets its own counter, and reports the
    /// past.
    ///
    /// A success from a new source resets the counter that all such sources share; one from a known source does not.
    package func succeeded(_ ticket: ThrottleTicket, user: String, realm: String, now: Duration) -> LoginHistory {
        let now = max(now.nanoseconds, 1)
        guard let entry = find(ticket.name) ?? place(for: ticket.name, keeping: .waits, now: now) else {
            return LoginHistory(failures: 0, lastLogin: nil)
        }
        let last = time(entry + ThrottleLayout.Entry.lastSuccess, now: now)
        let history = LoginHistory(
            failures: Int(clamping: memory[entry + ThrottleLayout.Entry.failuresSince]),
            lastLogin: last == 0 ? nil : .nanoseconds(Int64(clamping: last)))
        let known = source(ticket.source, in: entry)
        if known == nil { memory[entry + ThrottleLayout.Entry.failures] = 0 }
        remember(ticket.source, at: known ?? oldestSource(in: entry, now: now), now: now)
        memory[entry + ThrottleLayout.Entry.failuresSince] = 0
        memory[entry + ThrottleLayout.Entry.lastSuccess] = now
        memory[entry + ThrottleLayout.Entry.lastUse] = now
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

    private func hash(peer: UInt32, name: UInt64) -> UInt64 {
        var hash = KeyedHash(key: key)
        hash.append(contentsOf: Self.bytes(peer))
        hash.append(2)
        hash.append(contentsOf: Self.bytes(name))
        return hash.value()
    }

    private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
        (0..<number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
}

extension Duration {
    /// Whole nanoseconds, 0 for what lies before boot, the end of UInt64's signed half beyond it.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let limit = UInt64(Int64.max)
        return overflow ? limit : min(whole, limit - 1_000_000_000) + UInt64(attoseconds / 1_000_000_000)
    }
}
