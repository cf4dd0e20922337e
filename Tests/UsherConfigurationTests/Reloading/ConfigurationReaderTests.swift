import CLinux
import Testing
import UsherEngine
import UsherNames
import UsherPOSIX
import UsherTestKit

@testable import UsherConfiguration

/// Each in a process of its own: children that nobody waits for would disturb whoever else waits there.
@Suite("Configuration reader")
struct ConfigurationReaderTests {
    private static let open = ClientEntry.Subject.named(AccountName(.user, "ada"))
    private static let found = ClientEntry.Subject.user(881)

    private typealias Bench = ConfigurationReaderBench

    @Test("a directory that hangs at the start leaves an entry open, which is told once, until it answers")
    func start() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let bench = try Bench()
            let configuration = try bench.reader.start()
            guard configuration.clients.map(\.subject) == [Self.open] else { exit(1) }
            bench.serve()
            guard bench.count("client[0].user: ") == 1, bench.count("match nobody") == 1 else { exit(2) }
            guard try bench.turn(until: { bench.asked >= 3 }), bench.heard.count == 2 else { exit(3) }
            try bench.answer()
            guard try bench.turn(until: { !bench.applied.isEmpty }) else { exit(4) }
            exit(bench.applied == [[Self.found]] && bench.heard.last == "" ? 7 : 5)
        }
    }

    @Test("who is not there when it starts leaves an entry open, until there is such an account, and refuses a reload")
    func none() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let bench = try Bench()
            try bench.answer(isThere: false)
            let subject = try bench.reader.start().clients[0].subject
            guard subject == .absent(AccountName(.user, "ada")) else { exit(1) }
            bench.serve()
            guard bench.count(#"there is no user \"ada\""#) == 1 else { exit(2) }
            try bench.reload("ada", roles: "\"login\"")
            guard try bench.turn(until: { bench.count("reloadRefused") == 1 }), bench.applied.isEmpty else { exit(3) }
            guard bench.heard.last?.contains("errors") == true else { exit(4) }
            try bench.answer()
            guard try bench.turn(until: { !bench.applied.isEmpty }) else { exit(5) }
            // The reload stays refused, until there is another one.
            exit(bench.applied == [[Self.found]] && bench.heard.last?.contains("errors") == true ? 7 : 6)
        }
    }

    @Test("any other error keeps it from starting")
    func wrong() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let bench = try Bench()
            try bench.answer()
            try bench.write("ada", roles: "\"king\"")
            do throws(StartupError) { _ = try bench.reader.start() } catch {
                exit(error.description.contains("client[0].roles[0]: ") ? 7 : 1)
            }
            exit(2)
        }
    }

    @Test("while a reload's names are not found the one from before holds, and the one that was read is tried again")
    func reload() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let bench = try Bench()
            try bench.write("root")
            guard try bench.reader.start().clients[0].subject == .user(0), bench.asked == 0 else { exit(1) }
            bench.serve()
            try bench.reload("ada")
            guard bench.heard == ["begin"] else { exit(2) }
            guard try bench.turn(until: { bench.count("the one from before holds") == 1 }) else { exit(3) }
            guard bench.applied.isEmpty, bench.count(".user: ") == 1 else { exit(4) }
            // What stands in the file by now nobody has asked for.
            try bench.write("root")
            try bench.answer()
            guard try bench.turn(until: { !bench.applied.isEmpty }) else { exit(5) }
            exit(bench.applied == [[Self.found]] && bench.heard.last == "" ? 7 : 6)
        }
    }

    @Test("reloads that come while one is under way are one more, by what stands in the files then")
    func coalesced() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let bench = try Bench.serving()
            try bench.reload("ada")
            for _ in 0..<100 { bench.reader.reload() }
            guard bench.heard == ["begin"] else { exit(1) }
            try bench.write("root")
            guard try bench.turn(until: { !bench.applied.isEmpty }) else { exit(2) }
            guard bench.count("begin") == 2, bench.applied == [[.user(0)]], bench.asked == 1 else { exit(3) }
            // What waited for names is not tried again any more.
            try bench.answer()
            try bench.wait()
            exit(bench.asked == 1 && bench.applied.count == 1 ? 7 : 4)
        }
    }

    @Test("an end while names are being looked up ends that")
    func stop() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let bench = try Bench.serving()
            try bench.reload("ada")
            bench.reader.stop()
            bench.reader.reload()
            guard try bench.turn(until: { ProcessTable.children(of: getpid()).isEmpty }) else { exit(1) }
            exit(bench.heard == ["begin"] && bench.applied.isEmpty ? 7 : 2)
        }
    }

    @Test("reloading after the end, while nothing is under way, is nothing")
    func stopped() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let bench = try Bench.serving()
            try bench.write("ada")
            bench.reader.stop()
            bench.reader.reload()
            try bench.wait()
            exit(bench.asked == 0 && bench.heard.isEmpty && bench.applied.isEmpty ? 7 : 1)
        }
    }
}
