import UsherLogin

/// Memory for a limiter, as a memfd would give it.
final class Memory {
    let buffer: UnsafeMutableRawBufferPointer
    let entries: Int

    init(entries: Int) {
        self.entries = entries
        buffer = .allocate(byteCount: LimiterLayout.size(entries: entries), alignment: 4096)
        buffer.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit { buffer.deallocate() }

    func create(key: (low: UInt64, high: UInt64) = (1, 2)) -> LimiterBench {
        LimiterBench(Limiter(creatingIn: buffer, entries: entries, key: key), in: self)
    }

    func adopt() -> LimiterBench? {
        switch Limiter(adopting: buffer) {
        case .some(let limiter): LimiterBench(limiter, in: self)
        case .none: nil
        }
    }

    var words: UnsafeMutableBufferPointer<UInt64> { buffer.bindMemory(to: UInt64.self) }
}

/// A limiter and its memory. A class, because `#expect` copies what it looks at.
final class LimiterBench {
    private let limiter: Limiter
    private let memory: Memory

    init(_ limiter: consuming Limiter, in memory: Memory) {
        self.limiter = limiter
        self.memory = memory
    }

    func ticket(user: String, realm: String = "default", source: LoginSource) -> LimiterTicket {
        limiter.ticket(user: user, realm: realm, source: source)
    }

    func admission(_ ticket: LimiterTicket, pending: Int = 0, now: Duration) -> LimiterAdmission {
        limiter.admission(ticket, pending: pending, now: now)
    }

    func failed(_ ticket: LimiterTicket, now: Duration) { limiter.failed(ticket, now: now) }

    func undecided(_ ticket: LimiterTicket, now: Duration) { limiter.undecided(ticket, now: now) }

    func account(_ user: String, of ticket: LimiterTicket) -> LimiterAccount {
        limiter.account(user: user, realm: "default", of: ticket)
    }

    func mayTell(_ account: LimiterAccount, now: Duration) -> Bool { limiter.mayTell(account, now: now) }

    func failed(_ ticket: LimiterTicket, account: LimiterAccount, now: Duration) {
        limiter.failed(ticket, account: account, now: now)
    }

    func succeeded(
        _ ticket: LimiterTicket, entered: String, account: LimiterAccount, user: String, now: Duration
    ) -> LoginHistory {
        limiter.succeeded(ticket, entered: entered, account: account, user: user, realm: "default", now: now)
    }

    func succeeded(_ ticket: LimiterTicket, user: String, realm: String = "default", now: Duration) -> LoginHistory {
        limiter.succeeded(ticket, user: user, realm: realm, now: now)
    }

    func list(realms: Set<String>? = nil, now: Duration) -> [LimitedAccount] { limiter.list(realms: realms, now: now) }

    func entry(user: String, realm: String = "default", now: Duration) -> LimitedAccount? {
        limiter.entry(user: user, realm: realm, now: now)
    }

    func clear(user: String, realm: String = "default") -> Bool { limiter.clear(user: user, realm: realm) }
    func clear(realms: Set<String>?) { limiter.clear(realms: realms) }
}
