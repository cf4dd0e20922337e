import CLinux
import Testing
import UsherEventLoop
import UsherSecrets

@testable import UsherPAMBroker

@Suite("Account files", .serialized)
struct AccountFilesTests {
    private let directory: String
    private let loop: EventLoop

    init() throws {
        directory = "/tmp/usher-account-files-\(Random.word())"
        mkdir(directory, 0o755)
        mkdir(directory + "/pam.d", 0o755)
        loop = try EventLoop()
    }

    private var places: AccountFiles.Places {
        AccountFiles.Places(
            top: directory, files: ["passwd", "shadow", "nologin"],
            directories: [directory + "/pam.d", directory + "/security"],
            stacks: [directory + "/pam.d", directory + "/nologin"])
    }

    private func write(_ name: String) {
        let file = usher_open(directory + "/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        _ = CLinux.write(file, "x", 1)
        close(file)
    }

    /// How often a change is said while `change` happens and for a second after that.
    private func changes(_ change: () -> Void) throws -> Int {
        var count = 0
        let loop = try EventLoop()
        let files = try AccountFiles(places, loop: loop) { _ in count += 1 }
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
        let files = try AccountFiles(places, loop: loop) { _ in count += 1 }
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

    @Test("those by which everybody is denied once they are broken are told apart")
    func stacks() throws {
        let changes: [(String, Bool)] = [
            ("passwd", false), ("pam.d/usher", true), ("shadow", false), ("nologin", true), ("passwd", false),
        ]
        var said: [Bool] = []
        let files = try AccountFiles(places, loop: loop) { said.append($0) }
        for (step, change) in changes.enumerated() {
            write(change.0)
            while said.count == step { try loop.turn() }
        }
        withExtendedLifetime(files) { #expect(said == changes.map(\.1)) }
    }
}
