import CLinux
import Testing
import UsherEventLoop
import UsherNames
import UsherPOSIX
import UsherTestKit

@testable import UsherPAMBroker

@Suite("Account files", .serialized)
struct AccountFilesTests {
    private let place: TestDirectory
    private let loop: EventLoop

    init() throws {
        place = try TestDirectory()
        place.makeDirectory("pam.d", mode: 0o755)
        loop = try EventLoop()
    }

    private var directory: String { place.path }

    private var places: AccountFiles.Places {
        AccountFiles.Places(
            top: directory, files: ["passwd", "shadow", "nologin"],
            directories: [directory + "/pam.d", directory + "/security"],
            stacks: [directory + "/pam.d", directory + "/nologin"])
    }

    private func unexpected(_ warning: String) { Issue.record("\(warning)") }

    private func write(_ name: String) {
        let file = usher_open(directory + "/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        _ = CLinux.write(file, "x", 1)
        close(file)
    }

    /// How often a change is said while `change` happens and for a second after that.
    private func changes(_ change: () -> Void) throws -> Int {
        var count = 0
        let loop = try EventLoop()
        let files = try AccountFiles(places, loop: loop, warn: unexpected) { _ in count += 1 }
        change()
        let timer = try loop.timer { [unowned loop] in loop.exit(0) }
        timer.arm(at: usher_boottime() + 700_000_000)
        _ = try loop.run()
        return withExtendedLifetime((files, timer)) { count }
    }

    @Test("that tools replace are one change, whatever they touch on their way")
    func renamed() throws {
        let count = try changes {
            write("passwd.lock")
            write("passwd+")
            rename(directory + "/passwd+", directory + "/passwd")
            write("shadow+")
            rename(directory + "/shadow+", directory + "/shadow")
            unlink(directory + "/passwd.lock")
        }
        #expect(count == 1)
    }

    @Test("nothing else in the directory is a change")
    func others() throws {
        #expect(try changes { for name in ["passwd-", "hosts", "mtab"] { write(name) } } == 0)
    }

    @Test("every file below is one, and so is a directory that is made or replaced")
    func directories() throws {
        #expect(try changes { write("pam.d/usher") } == 1)
        #expect(try changes { unlink(directory + "/pam.d/usher") } == 1)
        #expect(try changes { mkdir(directory + "/security", 0o755) } == 1)
        #expect(
            try changes {
                rename(directory + "/pam.d", directory + "/old.d")
                mkdir(directory + "/pam.d", 0o755)
            } == 1)
        #expect(try changes { write("security/access.conf") } == 1)
        #expect(try changes { write("pam.d/usher") } == 1)
    }

    @Test("a directory that is replaced while it is watched is watched again")
    func replaced() throws {
        var count = 0
        let places = AccountFiles.Places(
            top: directory, files: [], directories: [directory + "/pam.d"], stacks: [])
        let files = try AccountFiles(places, loop: loop, warn: unexpected) { _ in count += 1 }
        for step in 0..<2 {
            if step == 0 {
                rename(directory + "/pam.d", directory + "/old.d")
                mkdir(directory + "/pam.d", 0o755)
            } else {
                write("pam.d/usher")
            }
            while count == step { try loop.turn() }
        }
        withExtendedLifetime(files) { #expect(count == 2) }
    }

    @Test("entries of accounts, and those by which everybody is denied once they are broken, are told apart")
    func kinds() throws {
        let changes: [(String, AccountChanges)] = [
            ("passwd", .entries), ("pam.d/usher", [.rules, .stacks]), ("shadow", .entries),
            ("nologin", [.rules, .stacks]), ("security/access.conf", .rules), ("passwd", .entries),
        ]
        var said: [AccountChanges] = []
        mkdir(directory + "/security", 0o755)
        let files = try AccountFiles(places, loop: loop, warn: unexpected) { said.append($0) }
        for (step, change) in changes.enumerated() {
            write(change.0)
            while said.count == step { try loop.turn() }
        }
        withExtendedLifetime(files) { #expect(said == changes.map(\.1)) }
    }

    @Test("more changes than the kernel remembers are a change of everything")
    func overflow() throws {
        let remembered = try #require(Int(trimmed("/proc/sys/fs/inotify/max_queued_events")))
        var said: [AccountChanges] = []
        let files = try AccountFiles(places, loop: loop, warn: unexpected) { said.append($0) }
        // Files that do not count, each of which is several events.
        for number in 0...remembered / 2 + 100 { write("other\(number)") }
        while said.isEmpty { try loop.turn() }
        withExtendedLifetime(files) { #expect(said == [.all]) }
    }

    private func trimmed(_ path: String) throws -> String {
        String(decoding: try SmallFile.read(path, limit: 64).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    @Test("a directory that cannot be watched is told once and tried again, and then everything may have changed")
    func unwatched() throws {
        let path = directory + "/pam.d"
        rmdir(path)
        symlink(path, path)
        var (warnings, said) = ([String](), [AccountChanges]())
        let files = try AccountFiles(
            places, loop: loop, warn: { warnings.append($0) }, changed: { said.append($0) })
        let timer = try loop.timer {
            unlink(path)
            mkdir(path, 0o755)
        }
        // Two attempts fail before.
        timer.arm(at: usher_boottime() + 2_500_000_000)
        while warnings.count < 2 { try loop.turn() }
        while said.isEmpty { try loop.turn() }
        #expect(warnings[0].contains("\(path) are not seen") && warnings[1].contains("\(path) are seen again"))
        #expect(said == [.all] && warnings.count == 2)
        write("pam.d/usher")
        while said.count == 1 { try loop.turn() }
        withExtendedLifetime((files, timer)) { #expect(said == [.all, [.rules, .stacks]]) }
    }

    @Test("the directory above may be made later, too")
    func later() throws {
        let top = directory + "/later"
        let places = AccountFiles.Places(top: top, files: ["passwd"], directories: [top + "/pam.d"], stacks: [])
        var (warnings, said) = ([String](), 0)
        let files = try AccountFiles(places, loop: loop, warn: { warnings.append($0) }) { _ in said += 1 }
        #expect(warnings.count == 2)
        mkdir(top, 0o755)
        mkdir(top + "/pam.d", 0o755)
        while said == 0 { try loop.turn() }
        write("later/passwd")
        while said == 1 { try loop.turn() }
        withExtendedLifetime(files) { #expect(warnings.count == 4) }
    }

    @Test("changes without an end are said ever more rarely, and the last of them is said")
    func ceaseless() throws {
        var said: [Duration] = []
        let files = try AccountFiles(places, loop: loop, warn: unexpected) { [loop] _ in said.append(loop.now) }
        let (start, writing) = (loop.now, try loop.timer {})
        while loop.now < start + .seconds(4) {
            write("passwd")
            writing.arm(sinceBoot: loop.now + .milliseconds(50))
            try loop.turn()
        }
        let end = loop.now
        while said.last.map({ $0 < end }) ?? true { try loop.turn() }
        withExtendedLifetime((files, writing)) {
            #expect(said.count <= 5)
            #expect(said.last.map { $0 < end + .seconds(10) } ?? false)
        }
    }
}

@Suite("Change pace")
struct ChangePaceTests {
    @Test("one change is said at once, changes that go on more and more rarely, and after a quiet time at once again")
    func pauses() {
        var (pace, now) = (ChangePace(), Duration.seconds(100))
        var pauses: [Duration] = []
        for _ in 0..<6 {
            pauses.append(pace.pause(at: now))
            now += pauses[pauses.count - 1] + .milliseconds(1)
        }
        #expect(pauses == [200, 400, 800, 1600, 1600, 1600].map { .milliseconds($0) })
        now += ChangePace.quiet
        #expect(pace.pause(at: now) == ChangePace.shortest)
    }

    @Test("no change of an hour waits longer than the longest pause, and few are said")
    func bounded() {
        var (pace, now, count) = (ChangePace(), Duration.zero, 0)
        while now < .seconds(3600) {
            let pause = pace.pause(at: now)
            #expect(pause <= ChangePace.longest)
            now += pause
            count += 1
        }
        #expect(count < 2260)
    }
}
