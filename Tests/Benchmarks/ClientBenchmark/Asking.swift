import CLinux
import UsherClient

/// Asks the daemon over the socket, for `Tests/Benchmarks/Languages/run`, which reads CPU time before and after: says
/// `ready`, asks, says `done`, and waits for a line each time.
enum Asking {
    /// Asks `count` times, `depth` at once: by a thread that waits where that is one, else by tasks.
    static func run(_ directory: String, count: Int, depth: Int) async throws {
        let tokens = try await ClientBenchmark.makeSessions(UsherClient(.development(directory: directory)))
        var configuration = ClientConfiguration.development(directory: directory)
        configuration.cacheCapacity = 0
        let client = UsherClient(configuration)
        guard try await client.validate(tokens[0]) != nil else { throw Failure("not valid") }
        say("ready\n")
        if depth == 1 {
            for number in 0..<count where try client.blocking.validate(tokens[pick(number)]) == nil {
                throw Failure("not valid")
            }
        } else {
            try await inTasks(client, tokens, count: count, depth: depth)
        }
        say("done\n")
    }

    private static func inTasks(_ client: UsherClient, _ tokens: [Token], count: Int, depth: Int) async throws {
        try await withThrowingTaskGroup { group in
            for task in 0..<depth {
                group.addTask {
                    for number in stride(from: task, to: count, by: depth) {
                        guard try await client.validate(tokens[pick(number)]) != nil else { throw Failure("not valid") }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func say(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(1, $0.baseAddress, $0.count) }
        _ = readLine()
    }
}
