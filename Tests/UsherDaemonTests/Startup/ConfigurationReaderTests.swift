import CLinux
import Testing
import UsherSystem
import UsherTestKit

@testable import UsherDaemon

/// Each in a process of its own: children that nobody waits for would disturb whoever else waits there.
@Suite("Configuration reader")
struct ConfigurationReaderTests {
    private static let open = ClientEntry.Subject.named(AccountName(.user, "ada"))

    /// A reader of one file, over a directory that answers for the user ada, who is 1001, with what stands in a file, and
    /// hangs while that is not there.
    private final class Bench {
        let directory: TestDirectory
        let loop: EventLoop
        let reader: ConfigurationReader
        var applied: [ClientEntry.Subject] = []
        var heard: [String] = []

        init() throws {
            Signals.block([SIGCHLD])
            directory = try TestDirectory()
            loop = try EventLoop()
            let (path, answer) = (directory.path("usherd.toml"), directory.path("answer"))
            let program = directory.path("program")
            try File.write(
                "#!/bin/sh\necho >>\(directory.path("asked"))\n[ -e \(answer) ] || exec sleep 1000\ncat \(answer) >&3\n",
                to: program, mode: 0o700)
            let lookup = try AccountLookup(loop, program: program, patience: 200_000_000)
            reader = try ConfigurationReader(lookup, loop: loop, pauses: 50_000_000...100_000_000) {
                () throws(StartupError) in Configuration.draft(try ConfigurationFiles(path).read())
            }
            try write("ada")
        }

        func write(_ user: String, roles: String = "\"validate\"") throws {
            try File.write(
                "[[client]]\nuser = \"\(user)\"\nroles = [\(roles)]\n", to: directory.path("usherd.toml"))
        }

        /// From now on the directory answers that ada is there, or is not.
        func answer(isThere: Bool = true) throws {
            let words = isThere ? "\0\0\0\0\0\0\0\0\u{71}\u{03}\0\0" : "\0\0\0\0\u{01}\0\0\0\0\0\0\0"
            try File.write(words, to: directory.path("other"))
            let renamed = rename(directory.path("other"), directory.path("answer"))
            guard renamed == 0 else { throw TestFailure.last("rename") }
        }

        var asked: Int { File.text(directory.path("asked")).count }

        func serve() {
            reader.serve(
                ConfigurationReader.Actions(
                    apply: { [unowned self] (fresh) throws(StartupError) in applied.append(fresh.clients[0].subject) },
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

        func count(_ text: String) -> Int { heard.count { $0.contains(text) } }
    }

    @Test("a directory that hangs at the start leaves an entry open, which is told once, until it answers")
    func start() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let bench = try Bench()
            let configuration = try bench.reader.start()
            guard configuration.clients.map(\.subject) == [Self.open] else { _exit(1) }
            bench.serve()
            guard bench.count("client[0].user: ") == 1, bench.count("match nobody") == 1 else { _exit(2) }
            guard try bench.turn(until: { bench.asked >= 3 }), bench.heard.count == 2 else { _exit(3) }
            try bench.answer()
            guard try bench.turn(until: { !bench.applied.isEmpty }) else { _exit(4) }
            _exit(bench.applied == [.user(0x371)] && bench.heard.last == "" ? 7 : 5)
        }
    }

    @Test("who is not there when it starts leaves an entry open, until there is such an account, and refuses a reload")
    func none() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let bench = try Bench()
            try bench.answer(isThere: false)
            let subject = try bench.reader.start().clients[0].subject
            guard subject == .absent(AccountName(.user, "ada")) else { _exit(1) }
            bench.serve()
            guard bench.count(#"there is no user \"ada\""#) == 1 else { _exit(2) }
            try bench.write("ada", roles: "\"login\"")
            bench.reader.reload()
            guard try bench.turn(until: { bench.count("reloadRefused") == 1 }), bench.applied.isEmpty else { _exit(3) }
            guard bench.heard.last?.contains("errors") == true else { _exit(4) }
            try bench.answer()
            guard try bench.turn(until: { !bench.applied.isEmpty }) else { _exit(5) }
            _exit(bench.applied == [.user(0x371)] && bench.heard.last == "" ? 7 : 6)
        }
    }

    @Test("any other error keeps it from starting")
    func wrong() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let bench = try Bench()
            try bench.answer()
            try bench.write("ada", roles: "\"king\"")
            do throws(StartupError) { _ = try bench.reader.start() } catch {
                _exit(error.description.contains("client[0].roles[0]: ") ? 7 : 1)
            }
            _exit(2)
        }
    }

    @Test("while a reload's names are not found the one from before holds, and the one that was read is tried again")
    func reload() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let bench = try Bench()
            try bench.write("root")
            guard try bench.reader.start().clients[0].subject == .user(0), bench.asked == 0 else { _exit(1) }
            bench.serve()
            try bench.write("ada")
            bench.reader.reload()
            guard bench.heard == ["begin"] else { _exit(2) }
            guard try bench.turn(until: { bench.count("the one from before holds") == 1 }) else { _exit(3) }
            guard bench.applied.isEmpty, bench.count(".user: ") == 1 else { _exit(4) }
            // What stands in the file by now nobody has asked for.
            try bench.write("root")
            try bench.answer()
            guard try bench.turn(until: { !bench.applied.isEmpty }) else { _exit(5) }
            _exit(bench.applied == [.user(0x371)] && bench.heard.last == "" ? 7 : 6)
        }
    }

    @Test("reloads that come while one is under way are one more, by what stands in the files then")
    func coalesced() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let bench = try Bench()
            try bench.write("root")
            _ = try bench.reader.start()
            bench.serve()
            try bench.write("ada")
            bench.reader.reload()
            for _ in 0..<100 { bench.reader.reload() }
            guard bench.heard == ["begin"] else { _exit(1) }
            try bench.write("root")
            guard try bench.turn(until: { !bench.applied.isEmpty }) else { _exit(2) }
            guard bench.count("begin") == 2, bench.applied == [.user(0)], bench.asked == 1 else { _exit(3) }
            // What waited for names is not tried again any more.
            try bench.answer()
            let end = usher_boottime() + 300_000_000
            _ = try bench.turn { usher_boottime() > end }
            _exit(bench.asked == 1 && bench.applied.count == 1 ? 7 : 4)
        }
    }

    @Test("an end while names are being looked up ends that")
    func stop() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let bench = try Bench()
            try bench.write("root")
            _ = try bench.reader.start()
            bench.serve()
            try bench.write("ada")
            bench.reader.reload()
            bench.reader.stop()
            bench.reader.reload()
            guard try bench.turn(until: { ProcessTable.children(of: getpid()).isEmpty }) else { _exit(1) }
            _exit(bench.heard == ["begin"] && bench.applied.isEmpty ? 7 : 2)
        }
    }
}
