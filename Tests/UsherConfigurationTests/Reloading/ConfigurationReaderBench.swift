import CLinux
import UsherDaemon
import UsherEngine
import UsherEventLoop
import UsherPOSIX
import UsherTestKit

@testable import UsherConfiguration

/// A reader of one file, over a directory that answers for each name with what stands in a file for it, and hangs while
/// there is none.
final class ConfigurationReaderBench {
    let directory: TestDirectory
    let loop: EventLoop
    let reader: ConfigurationReader
    var applied: [[ClientEntry.Subject]] = []
    var heard: [String] = []

    init() throws {
        Signals.block([SIGCHLD])
        directory = try TestDirectory()
        loop = try EventLoop()
        let (path, program) = (directory.path("usherd.toml"), directory.path("program"))
        try File.write(
            """
            #!/bin/sh
            echo "$*" >>\(directory.path("asked"))
            index=0
            for name; do
                answer=\(directory.path("answer-"))${name#*:}
                [ -e $answer ] && printf "\\00$index\\000\\000\\000$(cat $answer)" >&3
                index=$((index + 1))
            done
            exec sleep 1000
            """, to: program, mode: 0o700)
        let lookup = try AccountLookup(loop, program: program, patience: 1_000_000_000)
        reader = try ConfigurationReader(lookup, loop: loop, pauses: 50_000_000...100_000_000) {
            Configuration.draft(ConfigurationFiles(path).read())
        }
        try write("ada")
    }

    /// One that serves with an entry for `user`, where the directory need not be asked.
    static func serving(_ user: String = "root") throws -> ConfigurationReaderBench {
        let bench = try ConfigurationReaderBench()
        try bench.write(user)
        _ = try bench.reader.start()
        bench.serve()
        return bench
    }

    /// Asks for a reload with an entry for `user`.
    func reload(_ user: String, roles: String = "\"validate\"") throws {
        try write(user, roles: roles)
        reader.reload()
    }

    func write(_ user: String, roles: String = "\"validate\"") throws {
        try write(entries: ["user = \"\(user)\""], roles: roles)
    }

    func write(entries: [String], roles: String = "") throws {
        let text = entries.map { "[[client]]\n\($0)\nroles = [\(roles)]\n" }.joined()
        try File.write(text, to: directory.path("usherd.toml"))
    }

    /// From now on the directory answers that `name` is there, with number 881, or is not.
    func answer(_ name: String = "ada", isThere: Bool = true) throws {
        let number = #"\161\003\000\000"#
        let zero = #"\000\000\000\000"#
        try File.write(isThere ? zero + number : #"\001\000\000\000"# + zero, to: directory.path("other"))
        let renamed = rename(directory.path("other"), directory.path("answer-\(name)"))
        guard renamed == 0 else { throw TestFailure.last("rename") }
    }

    /// From now on the directory hangs for `name`.
    func hang(_ name: String) { unlink(directory.path("answer-\(name)")) }

    /// The names of each lookup.
    var lookups: [Substring] { File.text(directory.path("asked")).split(separator: "\n") }
    var asked: Int { lookups.count }

    func serve() {
        reader.serve(
            ConfigurationReader.Actions(
                apply: { [unowned self] (fresh) throws(StartupError) in applied.append(fresh.clients.map(\.subject)) },
                begin: { [unowned self] in heard.append("begin") }, end: { [unowned self] in heard.append($0) },
                record: { [unowned self] in heard.append("\($0)") }))
    }

    /// Turns the loop until `condition` holds; false where it does not for ten seconds.
    func turn(until condition: () -> Bool) throws -> Bool {
        let end = usher_boottime() + 10_000_000_000
        let timer = try loop.timer {}
        while !condition() {
            guard usher_boottime() < end else { return false }
            timer.fired()
            timer.arm(at: usher_boottime() + 5_000_000)
            try loop.turn()
        }
        return true
    }

    /// Turns it for as long as it takes to look names up twice.
    func wait() throws {
        let end = usher_boottime() + 2_400_000_000
        _ = try turn { usher_boottime() > end }
    }

    func count(_ text: String) -> Int { heard.count { $0.contains(text) } }
}
