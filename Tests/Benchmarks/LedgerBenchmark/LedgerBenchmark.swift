import CLinux
import UsherBoard
import UsherSecrets
import UsherSessions

/// Measures the ledger alone, without daemon and socket: a million sessions of 50,000 users with a context of 60 bytes,
/// in memfds, as the daemon has them. Run alone on a quiet machine:
/// `USHER_BENCHMARKS=1 swift run -c release --static-swift-stdlib LedgerBenchmark [sessions]`.
@main struct LedgerBenchmark {
    static func main() {
        let sessions = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1_000_000
        let bench = Bench(sessions: sessions)
        bench.digest()
        bench.create()
        bench.validate()
        bench.adopt()
        bench.endAll()
        bench.expire()
    }
}

@safe final class Bench {
    let sessions: Int
    let geometry = LedgerGeometry(capacity: 1 << 20)
    let files: (memory: CInt, board: CInt)
    var ledger: Ledger
    var service: ServiceID
    var digests: [TokenDigest] = []
    let realms: RealmSet
    let context = [UInt8](repeating: 120, count: 60)
    let methods = Array(#"["pwd"]"#.utf8)
    var now = LedgerSeconds(1000)
    let names = (0..<50_000).map { Array("user\($0)".utf8) }
    let before: Int

    init(sessions: Int) {
        self.sessions = sessions
        digests.reserveCapacity(sessions + 10_000)
        for number in 0..<sessions + 10_000 {
            digests.append(TokenDigest(low: UInt64(number) &* 0x9e37_79b9_7f4a_7c15, high: UInt64(number) &* 77))
        }
        files = unsafe (usher_memfd("ledger"), usher_memfd("board"))
        ftruncate(files.memory, geometry.ledgerSize)
        ftruncate(files.board, geometry.boardSize)
        before = Bench.resident()
        let (memory, board) = unsafe (
            Bench.map(files.memory, geometry.ledgerSize), Bench.map(files.board, geometry.boardSize)
        )
        guard let made = try? unsafe Ledger(formatting: memory, board: board, geometry: geometry) else {
            fatalError("no memory")
        }
        ledger = made
        guard let realm = try? ledger.realm(Array("site".utf8).span),
            let service = try? ledger.service(Array("web".utf8).span, realm: realm)
        else { fatalError("labels") }
        self.service = service
        realms = RealmSet(realm)
    }

    static func map(_ file: CInt, _ size: Int) -> UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(start: usher_map(file, size, 1), count: size)
    }

    /// Resident bytes of the process (/proc/self/statm, proc(5)).
    static func resident() -> Int {
        let file = unsafe usher_open("/proc/self/statm", O_RDONLY, 0)
        defer { close(file) }
        var text = [UInt8](repeating: 0, count: 128)
        let count = max(unsafe read(file, &text, 128), 0)
        let fields = String(decoding: text[..<count], as: UTF8.self).split(separator: " ")
        return (Int(fields[1]) ?? 0) * 4096
    }

    /// CPU time of the process (clock_gettime(2)): what others do on the machine at the same time matters less.
    static func nanoseconds() -> Int { Int(usher_clock(CLOCK_PROCESS_CPUTIME_ID)) }

    /// Runs `body` and prints what one of its `count` operations took.
    func time(_ what: String, _ count: Int, _ body: () -> Void) {
        let start = Bench.nanoseconds()
        body()
        let took = Bench.nanoseconds() - start
        print("\(what): \(took / max(count, 1)) ns each, \(took / 1000) µs in all")
    }

    func digest() {
        let token = SessionToken()
        var sum: UInt64 = 0
        time("digest of a token", 1_000_000) { for _ in 0..<1_000_000 { sum &+= TokenDigest(of: token).low } }
        if sum == 1 { print("") }
    }

    func make(_ number: Int, user: [UInt8]) {
        let quota = UserQuota(limit: .max, policy: .refuse)
        let (methods, context) = (methods, context)
        do {
            _ = try ledger.create(
                digests[number], user: user.span, uid: 1000, service: service, methods: methods.span,
                context: context.span, lifetime: Lifetime(idle: 1800, absolute: 43_200), created: now,
                authenticated: now, quota: quota, now: now
            ) { _, _, _ in }
        } catch {
            fatalError("\(error)")
        }
    }

    func create() {
        time("create", sessions) { for number in 0..<sessions { make(number, user: names[number % 50_000]) } }
        let bytes = Bench.resident() - before
        print("resident: \(bytes / sessions) bytes per session (\(Double(bytes) / Double(sessions)))")
    }

    func validate() {
        let order = digests[..<sessions].shuffled()
        var found = 0
        time("validate, hot, same second", 1_000_000) {
            for _ in 0..<1_000_000 { found += ledger.validate(order[7], in: realms, now: now) == nil ? 0 : 1 }
        }
        time("validate, random, same second", sessions) {
            for digest in order { found += ledger.validate(digest, in: realms, now: now) == nil ? 0 : 1 }
        }
        now = now + 1
        time("validate, random, touching", sessions) {
            for digest in order { found += ledger.validate(digest, in: realms, now: now) == nil ? 0 : 1 }
        }
        now = now + 200
        time("validate, random, touching, board moved", sessions) {
            for digest in order { found += ledger.validate(digest, in: realms, now: now) == nil ? 0 : 1 }
        }
        var bytes = 0
        time("validate, random, with user and context", sessions) {
            for digest in order {
                guard let session = ledger.validate(digest, in: realms, now: now) else { continue }
                ledger.lend(session) { _, _, _, _, user, _, context, _ in bytes += user.count + context.count }
            }
        }
        time("validate, unknown token", sessions) {
            for digest in order {
                let unknown = TokenDigest(low: digest.high &+ 1, high: digest.low)
                found += ledger.validate(unknown, in: realms, now: now) == nil ? 0 : 1
            }
        }
        print("found \(found), \(bytes) bytes")
    }

    /// Maps the memory anew, as the next process would, and takes it over.
    func adopt() {
        let start = Bench.nanoseconds()
        let memory = unsafe Bench.map(files.memory, geometry.ledgerSize)
        let board = unsafe Bench.map(files.board, geometry.boardSize)
        guard let adopted = try? unsafe Ledger(adopting: memory, board: board, now: now) else { fatalError("adopt") }
        print("adopt: \((Bench.nanoseconds() - start) / 1000) µs")
        ledger = adopted
        guard ledger.count == sessions, let realm = try? ledger.realm(Array("site".utf8).span),
            let service = try? ledger.service(Array("web".utf8).span, realm: realm)
        else { fatalError("adopted \(ledger.count)") }
        self.service = service
    }

    func endAll() {
        var rounds: [Int] = []
        for round in 0..<21 {
            let name = Array("one\(round)".utf8)
            for number in 0..<10_000 { make(sessions + number, user: name) }
            guard let user = ledger.user(named: name.span) else { fatalError("user") }
            useOthers()
            let start = Bench.nanoseconds()
            _ = ledger.endAll(of: user, in: realms, reason: .request, now: now) { _, _, _ in }
            rounds.append((Bench.nanoseconds() - start) / 1000)
        }
        rounds.sort()
        print("end 10000 of a user: best \(rounds[0]) µs, median \(rounds[10]), worst \(rounds[20])")
    }

    /// Uses a hundred thousand random sessions, as others do in a daemon, so that the caches hold theirs.
    private func useOthers() {
        for _ in 0..<100_000 { _ = ledger.validate(digests[Int.random(in: 0..<sessions)], in: realms, now: now) }
    }

    func expire() {
        now = now + 1800
        var (longest, calls, done, ended) = (0, 0, false, 0)
        time("a million expire, in calls of at most 256", sessions) {
            while !done {
                let start = Bench.nanoseconds()
                done = ledger.sweep(now: now, budget: SweepBudget(examined: 8192, ended: 256)) { _, _, _ in ended += 1 }
                longest = max(longest, Bench.nanoseconds() - start)
                calls += 1
            }
        }
        print("\(ended) ended in \(calls) calls, the longest \(longest / 1000) µs")
        time("next deadline", 1) { _ = ledger.nextDeadline }
    }
}
