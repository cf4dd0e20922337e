// What `validate` costs the tool that asks: from memory, over the socket, and beside one GET of Redis.
//
//     swift build -c release
//     USHER_BENCHMARKS=1 swift run -c release ClientBenchmark
//
// A call from memory is shorter than a look at the clock, so sixteen are timed together; the figures are quantiles of
// their means. Tokens are taken in random order, as a tool sees them. The servers run on CPU 1. What a round trip takes
// depends most on where the asker runs: a wake-up of the other CPU costs several times what the servers do.

import CLinux
import UsherClient

@main
enum ClientBenchmark {
    static let sessions = 1000

    static func main() async throws {
        let arguments = CommandLine.arguments
        if arguments.count == 5, arguments[1] == "asked", let count = Int(arguments[3]), let depth = Int(arguments[4]) {
            return try await Asking.run(arguments[2], count: count, depth: depth)
        }
        if CommandLine.arguments.count == 4, CommandLine.arguments[1] == "remembered" {
            return try await remembered(CommandLine.arguments[2], service: CommandLine.arguments[3])
        }
        try await withTemporaryDirectory { directory in
            let daemon = try Child([beside("usherd"), "--dev", "--directory", directory + "/usher"])
            defer { daemon.end() }
            let client = UsherClient(.development(directory: directory + "/usher"))
            let tokens = try await makeSessions(client)
            print("\(sessions) sessions; nanoseconds a call".padded(44), "p50".padded(-10), "p99".padded(-10))
            let cached = try await fromMemory(client, tokens)
            let redis = try Redis(in: directory)
            defer { redis?.child.end() }
            try compare(directory, tokens, cached, redis)
        }
    }

    /// The median of validations from memory, alone on a line: of sessions of a service of the daemon that runs there.
    private static func remembered(_ directory: String, service: String) async throws {
        let client = UsherClient(.development(directory: directory))
        let tokens = try await makeSessions(client, service: service)
        for token in tokens { _ = try await client.validate(token) }
        let shown = { (times: [Double]) in
            print(Int(times.sorted()[times.count / 2]))
            return 0.0
        }
        _ = try time(shown, batches: 50_000, of: 16) { number in
            guard try client.blocking.validate(tokens[pick(number)]) != nil else { throw Failure("not valid") }
        }
    }

    private static func compare(_ directory: String, _ tokens: [Token], _ cached: Double, _ redis: Redis?) throws {
        let all = affinity()
        defer { pin(to: all) }
        for cpu: UInt in [0, 1] {
            pin(to: 1 << cpu)
            print(cpu == 0 ? "the server on the other CPU:" : "the server on the same CPU:")
            _ = try overSocket(directory, tokens)
            guard let get = try redis?.measure(show("Redis GET of 100 bytes")) else { continue }
            print("from memory / Redis GET".padded(44), "1/\(Int(get / cached))".padded(-10))
        }
    }

    /// New sessions, twenty for each user.
    static func makeSessions(_ client: UsherClient, service: String? = nil) async throws -> [Token] {
        var tokens: [Token] = []
        for number in 0..<sessions {
            let issued = try await client.create(
                user: "user\(number / 20)", service: service, methods: ["pwd"],
                context: ["remote_ip": "192.0.2.17", "tty": "pts/3", "host": "build-17"])
            tokens.append(issued.token)
        }
        return tokens
    }

    /// The median of validations that ask the daemon.
    private static func overSocket(_ directory: String, _ tokens: [Token]) throws -> Double {
        var configuration = ClientConfiguration.development(directory: directory + "/usher")
        configuration.cacheCapacity = 0
        let client = UsherClient(configuration).blocking
        return try time(show("validate over the socket"), batches: 10_000, of: 1) { number in
            guard try client.validate(tokens[pick(number)]) != nil else { throw Failure("not valid") }
        }
    }

    /// The median of validations that memory answers, of one thread.
    private static func fromMemory(_ client: UsherClient, _ tokens: [Token]) async throws -> Double {
        for token in tokens { _ = try await client.validate(token) }
        let before = try await client.stats()["validations"]
        let blocking = try time(show("validate from memory, a thread"), batches: 100_000, of: 16) { number in
            guard try client.blocking.validate(tokens[pick(number)]) != nil else { throw Failure("not valid") }
        }
        let task = try await inTask(client, tokens)
        try twoThreads("two threads, the same 1000 sessions", client, tokens)
        try twoThreads("two threads, one and the same session", client, [tokens[0]])
        try twoThreads("two threads, 500 sessions each", client, tokens, apart: true)
        let questions = try await client.stats()["validations"].map { $0 - (before ?? 0) }
        print("questions to the daemon meanwhile: \(questions ?? -1)")
        return max(blocking, task)
    }

    private static func inTask(_ client: UsherClient, _ tokens: [Token]) async throws -> Double {
        var times: [Double] = []
        for batch in 0..<100_000 {
            let start = usher_clock(CLOCK_MONOTONIC)
            for number in 0..<16 {
                guard try await client.validate(tokens[pick(batch &* 16 &+ number)]) != nil else {
                    throw Failure("not valid")
                }
            }
            times.append(Double(usher_clock(CLOCK_MONOTONIC) - start) / 16)
        }
        return show("validate from memory, a task")(times)
    }

    private static func twoThreads(
        _ name: String, _ client: UsherClient, _ tokens: [Token], apart: Bool = false
    ) throws {
        let times = try inTwoThreads { thread in
            let own = apart ? Array(tokens[thread * 500..<thread * 500 + 500]) : tokens
            var times: [Double] = []
            let keep = { (all: [Double]) in
                times = all
                return 0.0
            }
            _ = time(keep, batches: 100_000, of: 16) { number in
                _ = try? client.blocking.validate(own[pick(number) % own.count])
            }
            return times
        }
        _ = show("from memory, " + name)(times)
    }
}

/// Takes times in nanoseconds, shows them under `name` and gives their median.
func show(_ name: String) -> ([Double]) -> Double {
    { times in
        let sorted = times.sorted()
        let quantile = { (q: Double) in sorted[Int(q * Double(sorted.count - 1))] }
        print(name.padded(44), "\(Int(quantile(0.5)))".padded(-10), "\(Int(quantile(0.99)))".padded(-10))
        return quantile(0.5)
    }
}

/// Times `batches` times `count` calls of `body`, and gives the means to `show`.
func time(
    _ show: ([Double]) -> Double, batches: Int, of count: Int, _ body: (Int) throws -> Void
) rethrows -> Double {
    var times: [Double] = []
    for batch in 0..<batches {
        let start = usher_clock(CLOCK_MONOTONIC)
        for number in 0..<count { try body(batch &* count &+ number) }
        times.append(Double(usher_clock(CLOCK_MONOTONIC) - start) / Double(count))
    }
    return show(times)
}

/// A session in no order that a cache could foresee.
func pick(_ number: Int) -> Int { number &* 7_919 % ClientBenchmark.sessions }
