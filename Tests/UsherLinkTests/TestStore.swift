import CLinux
import UsherTestKit

/// A redis-server of one test, on a Unix socket; without persistence.
final class TestStore {
    private let directory: TestDirectory
    private let more: [String]
    private(set) var process: TestProcess

    /// Where it listens.
    var path: String { directory.path("store.sock") }

    init(_ directory: TestDirectory, _ more: [String] = []) throws {
        (self.directory, self.more) = (directory, more)
        process = try Self.start(directory, more)
        try wait()
    }

    private static func start(_ directory: TestDirectory, _ more: [String]) throws -> TestProcess {
        try TestProcess(
            [
                "redis-server", "--port", "0", "--unixsocket", directory.path("store.sock"), "--save", "",
                "--appendonly", "no", "--dir", directory.path,
            ] + more, output: directory.path("store.log"))
    }

    /// Ends it as a crash does, and starts it anew: empty, without the library.
    func restart() throws {
        process.kill()
        process = try Self.start(directory, more)
        try wait()
    }

    private func wait() throws {
        try eventually("the store answers") { try ask(["PING"]).contains("PONG") || ask(["PING"]).contains("NOAUTH") }
    }

    /// How many functions it has called.
    func calls() throws -> Int {
        let line = try ask(["INFO", "commandstats"]).split(whereSeparator: \.isNewline)
            .first { $0.hasPrefix("cmdstat_fcall:calls=") }
        return Int(line?.dropFirst(20).prefix { $0.isNumber } ?? "") ?? 0
    }

    /// What redis-cli prints.
    @discardableResult
    func ask(_ words: [String]) throws -> String {
        try TestProcess.run(["redis-cli", "-s", path] + words, in: directory).text
    }
}
