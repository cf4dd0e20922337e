import CLinux
import Testing
import UsherEngine
import UsherNames
import UsherPOSIX
import UsherTestKit

@testable import UsherConfiguration

/// What holds, and what a reload read, look their names up again, each without regard to the other.
@Suite("Configuration reader: again")
struct ConfigurationRetryTests {
    private typealias Bench = ConfigurationReaderBench
    private static let found = ClientEntry.Subject.user(881)
    private static let errors = "the configuration has errors"
    private static let open = "match nobody"
    private static let behind = "could not be looked up, the one from before holds"

    @Test("a name that was found is not asked for again, and stays found while the directory is away")
    func kept() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let bench = try Bench()
            try bench.write(entries: ["user = \"ghost\"", "group = \"staff\""])
            try bench.answer("ghost", isThere: false)
            try bench.answer("staff")
            let ghost = ClientEntry.Subject.absent(AccountName(.user, "ghost"))
            guard try bench.reader.start().clients.map(\.subject) == [ghost, .group(881)] else { exit(1) }
            bench.serve()
            bench.hang("staff")
            bench.hang("ghost")
            guard try bench.turn(until: { bench.asked >= 4 }), bench.applied.isEmpty else { exit(2) }
            guard bench.lookups.dropFirst().allSatisfy({ $0 == "user:ghost" }) else { exit(3) }
            guard bench.heard.count == 2 else { exit(4) }
            try bench.answer("ghost")
            guard try bench.turn(until: { !bench.applied.isEmpty }) else { exit(5) }
            exit(bench.applied == [[Self.found, .group(881)]] && bench.heard.last == "" ? 7 : 6)
        }
    }

    @Test("what waits for names is dropped by the next reload, also by one that is refused")
    func superseded() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let bench = try Bench.serving()
            try bench.reload("ada")
            // It waits, and then it is being asked for again.
            guard try bench.turn(until: { bench.asked == 2 }), bench.heard.last?.contains(Self.behind) == true
            else { exit(1) }
            try bench.reload("root", roles: "\"king\"")
            try bench.answer()
            guard try bench.turn(until: { bench.heard.last?.contains(Self.errors) == true }) else { exit(2) }
            try bench.wait()
            exit(bench.applied.isEmpty && bench.asked == 2 ? 7 : 3)
        }
    }

    @Test("a refused reload leaves it to what holds to find its names, and the status tells of both")
    func refused() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let bench = try Bench.serving("ada")
            try bench.reload("root", roles: "\"king\"")
            guard let told = bench.heard.last, told.contains(Self.open), told.contains(Self.errors) else { exit(1) }
            try bench.answer()
            guard try bench.turn(until: { !bench.applied.isEmpty }) else { exit(2) }
            guard bench.applied == [[Self.found]], let told = bench.heard.last else { exit(3) }
            exit(!told.contains(Self.open) && told.contains(Self.errors) ? 7 : 4)
        }
    }

    @Test("a reload that waits leaves it to what holds to find its names")
    func both() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let bench = try Bench.serving("ada")
            try bench.reload("bob")
            guard try bench.turn(until: { bench.count(Self.behind) == 1 }) else { exit(1) }
            guard bench.heard.last?.contains(Self.open) == true else { exit(2) }
            try bench.answer()
            guard try bench.turn(until: { !bench.applied.isEmpty }), bench.applied == [[Self.found]] else { exit(3) }
            guard let told = bench.heard.last, told.contains(Self.behind), !told.contains(Self.open) else { exit(4) }
            // Bob is not there after all: that is an error, and nothing waits any more.
            try bench.answer("bob", isThere: false)
            guard try bench.turn(until: { bench.heard.last?.contains(Self.errors) == true }) else { exit(5) }
            let asked = bench.asked
            try bench.wait()
            exit(bench.asked == asked && bench.applied.count == 1 ? 7 : 6)
        }
    }

    @Test("a change behind what one entry of the journal holds is a change")
    func many() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let bench = try Bench()
            let names = (0..<7).map { "ghost\($0)" }
            try bench.write(entries: names.map { "user = \"\($0)\"" })
            for name in names.dropLast() { try bench.answer(name, isThere: false) }
            _ = try bench.reader.start()
            bench.serve()
            try bench.answer("ghost6", isThere: false)
            guard try bench.turn(until: { !bench.applied.isEmpty }) else { exit(1) }
            exit(
                bench.applied == [names.map { .absent(AccountName(.user, $0)) }] && bench.count("namesNotFound") == 2
                    ? 7 : 2)
        }
    }
}
