import CLinux
import Testing
import UsherPAMWire
import UsherSecrets

/// How long a login takes through broker and worker. Run it alone, with optimised programs:
///
///     swift build -c release
///     USHER_MEASURE=1 USHER_PROGRAMS=$PWD/.build/release swift test --filter PAMMeasurements
@Suite("PAM measurements", .serialized, .enabled(if: Programs.variable("USHER_MEASURE") != nil, "set USHER_MEASURE"))
struct PAMMeasurements {
    @Test("of one login after the other", arguments: ["--spare", "--no-spare"])
    func logins(_ spare: String) throws {
        let name = "ushm\(Random.word() % 1_000_000)"
        if Programs.isRoot { Programs.run(["useradd", "-M", "-N", name]) }
        defer { if Programs.isRoot { Programs.run(["userdel", name]) } }
        let unix = "auth required pam_unix.so\naccount required pam_unix.so"
        let broker = RunningBroker(
            [
                "permit": "auth required pam_permit.so\naccount required pam_permit.so",
                "dev": "auth required DEV file=users\naccount required DEV file=users", "unix": unix,
            ], [spare])
        defer { broker.stop() }
        let client = try broker.client()
        try print("pam_permit \(spare): \(times(client, "permit", "dev"))")
        for (method, salt) in [("yescrypt", "$y$j9T$"), ("sha512", "$6$")] {
            if Programs.isRoot {
                Programs.run(["chpasswd", "-c", method.uppercased()], input: "\(name):right\n")
                try print("pam_unix \(method) \(spare): \(times(client, "unix", name))")
            }
            let hash = Programs.output(of: ["python3", "-c", Self.crypt, salt]).text
            broker.write("users", "dev:" + hash)
            try print("dev module \(method) \(spare): \(times(client, "dev", "dev"))")
        }
    }

    /// What an attacker feels who shares the machine: four guesses at names of a kind, and meanwhile a login of one's
    /// own. The ceiling lets `rounds` guesses through for each name.
    @Test("of a login beside guesses at known, unknown and locked names", .enabled(if: Programs.isRoot))
    func besideGuesses() throws {
        let rounds = 60
        let mark = Random.word() % 1_000_000
        let names = ["known", "unknown", "locked"].map { kind in (0..<4).map { "ush\(mark)\(kind)\($0)" } }
        let own = "ush\(mark)own"
        for name in [own] + names[0] + names[2] {
            Programs.run(["useradd", "-M", "-N", name])
            Programs.run(["chpasswd", "-c", Programs.variable("USHER_METHOD") ?? "YESCRYPT"], input: "\(name):right\n")
        }
        for name in names[2] { Programs.run(["usermod", "-L", name]) }
        defer { for name in [own] + names[0] + names[2] { Programs.run(["userdel", name]) } }
        let broker = RunningBroker(["unix": "auth required pam_unix.so\naccount required pam_unix.so"])
        defer { broker.stop() }
        let (attacker, client) = (try broker.client(), try broker.client())
        var (work, times): (PAMWork, [[Double]]) = (.none, [[], [], []])
        for round in 0..<rounds {
            for kind in 0..<3 {
                let index = (round + kind) % 3
                for name in names[index] { attacker.start("unix", name, "wrong", work: work) }
                let start = usher_boottime()
                guard case .verdict(let verdict) = try client.login("unix", own, "right").report, verdict.succeeded
                else { throw ClientError.gone }
                times[index].append(Double(usher_boottime() - start) / 1e6)
                if Programs.variable("USHER_NO_WORK") == nil { work = max(work, verdict.work) }
                for _ in names[index] { _ = try attacker.receive() }
            }
        }
        print("work \(work.microseconds) us")
        let sorted = times.map { $0.sorted() }
        for (kind, times) in zip(["known", "unknown", "locked"], sorted) {
            let distance = Self.distance(times, sorted[0])
            print("beside guesses at \(kind) names: p50 \(times[rounds / 2]) ms, KS \(distance) to known")
        }
    }

    /// Kolmogorov-Smirnov: how far two distributions lie apart, 0 to 1.
    private static func distance(_ one: [Double], _ other: [Double]) -> Double {
        (one + other).map { value in
            let shares = [one, other].map { Double($0.count { $0 <= value }) / Double($0.count) }
            return abs(shares[0] - shares[1])
        }.max() ?? 0
    }

    /// Python's crypt(3) with a salt of its own.
    private static let crypt = """
        import ctypes,sys;c=ctypes.CDLL("libcrypt.so.1");c.crypt.restype=ctypes.c_char_p
        print(c.crypt(b"right",(sys.argv[1]+"LdJMENpBABJJ3hIHjB1Bi.").encode()).decode())
        """

    /// 100 logins with a pause in between, in which a spare can be made ready; as a person would come.
    private func times(_ client: PAMClient, _ service: String, _ user: String) throws -> String {
        let times = try (0..<100).map { _ in
            poll(nil, 0, 10)
            let start = usher_boottime()
            guard try client.outcome(service, user, "right") == "ok " + user else { throw ClientError.gone }
            return usher_boottime() - start
        }.sorted()
        return
            "best \(Double(times[0] / 10_000) / 100) ms, p50 \(Double(times[50] / 10_000) / 100) ms, p90 \(Double(times[90] / 10_000) / 100) ms"
    }
}
