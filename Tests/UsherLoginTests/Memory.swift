import UsherLogin

/// Memory for a throttle, as a memfd would give it.
final class Memory {
    let buffer: UnsafeMutableRawBufferPointer
    let entries: Int

    init(entries: Int) {
        self.entries = entries
        buffer = .allocate(byteCount: ThrottleLayout.size(entries: entries), alignment: 4096)
        buffer.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit { buffer.deallocate() }

    func create(key: (low: UInt64, high: UInt64) = (1, 2)) -> ThrottleBench {
        ThrottleBench(Throttle(creatingIn: buffer, entries: entries, key: key), in: self)
    }

    func adopt() -> ThrottleBench? {
        switch Throttle(adopting: buffer) {
        case .some(let throttle): ThrottleBench(throttle, in: self)
        case .none: nil
        }
    }

    var words: UnsafeMutableBufferPointer<UInt64> { buffer.bindMemory(to: UInt64.self) }
}

/// A throttle and its memory. A class, because `#expect` copies what it looks at.
final class ThrottleBench {
    private let throttle: Throttle
    private let memory: Memory

    init(_ throttle: consuming Throttle, in memory: Memory) {
        self.throttle = throttle
        self.memory = memory
    }

    func ticket(user: String, realm: String = "default", source: LoginSource) -> ThrottleTicket {
        throttle.ticket(user: user, realm: realm, source: source)
    }

    func admission(_ ticket: ThrottleTicket, pending: Int = 0, now: Duration) -> ThrottleAdmission {
        throttle.admission(ticket, pending: pending, now: now)
    }

    func failed(_ ticket: ThrottleTicket, now: Duration) { throttle.failed(ticket, now: now) }

    func undecided(_ ticket: ThrottleTicket, now: Duration) { throttle.undecided(ticket, now: now) }

    func account(_ user: String, of ticket: ThrottleTicket) -> ThrottleAccount {
        throttle.account(user: user, realm: "default", of: ticket)
    }

    func mayTell(_ account: ThrottleAccount, now: Duration) -> Bool { throttle.mayTell(account, now: now) }

    func failed(_ ticket: ThrottleTicket, account: ThrottleAccount, now: Duration) {
        throttle.failed(ticket, account: account, now: now)
    }

    func succeeded(
        _ ticket: ThrottleTicket, entered: String, account: ThrottleAccount, user: String, now: Duration
    ) -> LoginHistory {
        throttle.succeeded(ticket, entered: entered, account: account, user: user, realm: "default", now: now)
    }

    func succeeded(_ ticket: ThrottleTicket, user: String, realm: String = "default", now: Duration) -> LoginHistory {
        throttle.succeeded(ticket, user: user, realm: realm, now: now)
    }

    func list(realms: Set<String>? = nil, now: Duration) -> [ThrottleEntry] { throttle.list(realms: realms, now: now) }

    func entry(user: String, realm: String = "default", now: Duration) -> ThrottleEntry? {
        throttle.entry(user: user, realm: realm, now: now)
    }

    func clear(user: String, realm: String = "default") -> Bool { throttle.clear(user: user, realm: realm) }
    func clear(realms: Set<String>?) { throttle.clear(realms: realms) }
}
