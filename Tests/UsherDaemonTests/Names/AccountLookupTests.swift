import CLinux
import Testing
import UsherConfiguration
import UsherEventLoop
import UsherNames
import UsherPOSIX
import UsherTestKit

@testable import UsherDaemon

/// Each in a process of its own: children that nobody waits for would disturb whoever else waits there.
@Suite("Account lookup")
struct AccountLookupTests {
    private static let ada = AccountName(.user, "no-such-ada")

    /// Looks `names` up in a process of `program`, or of the real one.
    private static func lookUp(
        _ names: [AccountName], program: String? = nil, patience: Int64 = AccountLookup.patience
    ) throws -> (accounts: Accounts, time: Int64) {
        Signals.block([SIGCHLD])
        let lookup = try AccountLookup(
            EventLoop(), program: program ?? Built.names, patience: patience)
        let start = usher_boottime()
        return (try lookup.wait(for: names), usher_boottime() - start)
    }

    /// A program for /bin/sh, which finds the arguments and descriptor 3 as the real one does.
    private static func script(_ text: String, in directory: TestDirectory) throws -> String {
        try File.write("#!/bin/sh\n" + text, to: directory.path("program"), mode: 0o700)
        return directory.path("program")
    }

    @Test("knows the accounts of the host, and who is certainly not there")
    func real() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let names = [
                AccountName(.user, "daemon"), AccountName(.group, "daemon"), AccountName(.group, "tty"),
                Self.ada, AccountName(.group, "no-such-group"), AccountName(.user, "-x"), AccountName(.user, "a b"),
                AccountName(.user, "0"), AccountName(.group, "*"),
            ]
            let accounts = try Self.lookUp(names).accounts
            let expected: [AccountAnswer] = [
                .found(1), .found(1), .found(5), .none, .none, .none, .none, .none, .none,
            ]
            exit(names.map { accounts[$0] } == expected ? 7 : 1)
        }
    }

    @Test("root and what cannot be a name need no process")
    func known() throws {
        let accounts = Accounts()
        for kind in [.user, .group] as [AccountName.Kind] {
            #expect(accounts[AccountName(kind, "root")] == .found(0))
            for name in ["", "a:b", "a\nb", String(repeating: "x", count: 256)] {
                #expect(accounts[AccountName(kind, name)] == .none && !Accounts.mustBeAsked(AccountName(kind, name)))
            }
        }
        #expect(Accounts.mustBeAsked(Self.ada))
        let lookup = try AccountLookup(EventLoop(), program: "/nowhere")
        #expect(try lookup.wait(for: []) == Accounts())
    }

    @Test("a thousand names are no burden")
    func many() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let names = (0..<1000).map { AccountName(.user, "no-such-\($0)") } + [AccountName(.user, "daemon")]
            let accounts = try Self.lookUp(names).accounts
            let none = names.dropLast().allSatisfy { accounts[$0] == .none }
            exit(none && accounts[names[1000]] == .found(1) ? 7 : 1)
        }
    }

    @Test("who does not answer is not waited for beyond the time, and ends")
    func hang() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let directory = try TestDirectory()
            let program = try Self.script("exec sleep 1000", in: directory)
            let (accounts, time) = try Self.lookUp([Self.ada], program: program, patience: 200_000_000)
            guard case .failed = accounts[Self.ada], (200_000_000..<2_000_000_000).contains(time) else { exit(1) }
            while !ProcessTable.children(of: getpid()).filter({ ProcessTable.name(of: $0) == "sleep" }).isEmpty {
                usleep(1000)
            }
            exit(7)
        }
    }

    @Test("answers that came before the time was over count")
    func some() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let directory = try TestDirectory()
            // Index 1, found, number 33.
            let answer = #"printf '\001\000\000\000\000\000\000\000\041\000\000\000' >&3"#
            let program = try Self.script(answer + "\nexec sleep 1000", in: directory)
            let other = AccountName(.group, "x")
            let accounts = try Self.lookUp([Self.ada, other], program: program, patience: 500_000_000).accounts
            guard case .failed = accounts[Self.ada], accounts[other] == .found(33) else { exit(1) }
            exit(7)
        }
    }

    @Test("a process that crashes, ends or talks nonsense fails its lookup at once, and so does one that cannot start")
    func broken() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let directory = try TestDirectory()
            for text in [
                "kill -SEGV $$", "exit 0", "printf x >&3; exec sleep 1000", "printf 1234567890123 >&3; exec sleep 1000",
                #"printf '\001\000\000\000\000\000\000\000\041\000\000\000' >&3; exec sleep 1000"#,
                #"printf '\000\000\000\000\007\000\000\000\041\000\000\000' >&3; exec sleep 1000"#,
            ] {
                let program = try Self.script(text, in: directory)
                let (accounts, time) = try Self.lookUp([Self.ada], program: program)
                guard case .failed = accounts[Self.ada], time < 3_000_000_000 else { exit(1) }
            }
            guard case .failed = try Self.lookUp([Self.ada], program: "/nowhere").accounts[Self.ada] else { exit(2) }
            exit(7)
        }
    }

    @Test("no process is left behind, however few descriptors there are")
    func descriptors() async {
        await #expect(processExitsWith: .exitCode(7)) {
            Signals.block([SIGCHLD])
            let loop = try EventLoop()
            let lookup = try AccountLookup(loop, program: Built.names)
            let name = AccountName(.user, "daemon")
            var answers: [AccountAnswer] = []
            var isOver = false
            let timer = try loop.timer { isOver = true }
            func turn() throws {
                isOver = false
                timer.fired()
                timer.arm(at: usher_boottime() + 100_000_000)
                while !isOver { try loop.turn() }
            }
            // Whatever is opened has the lowest number that is free.
            let next = usher_open("/dev/null", O_RDONLY, 0)
            close(next)
            for free in 0..<64 as Range<rlim_t> where answers.last != .found(1) {
                var limit = rlimit(rlim_cur: rlim_t(next) + free, rlim_max: 1024)
                setrlimit(CInt(RLIMIT_NOFILE.rawValue), &limit)
                answers.append(try lookup.wait(for: [name])[name])
                try turn()
            }
            guard answers.first != .found(1), answers.last == .found(1) else { exit(1) }
            for _ in 0..<5 { try turn() }
            exit(waitpid(-1, nil, WNOHANG) == -1 ? 7 : 2)
        }
    }

    @Test("the process has a clean environment, and no descriptor of the daemon but one")
    func clean() async {
        await #expect(processExitsWith: .exitCode(7)) {
            setenv("USHER_TEST_SECRET", "1", 1)
            // Neither the channel's number nor one of the shell's own, of which the first is 10.
            let leak: CInt = 64
            dup2(STDERR_FILENO, leak)
            let directory = try TestDirectory()
            // Outcome 1: none.
            let program = try Self.script(
                #"""
                [ -z "$USHER_TEST_SECRET" ] && [ ! -e /proc/self/fd/\#(leak) ] && [ "$*" = "user:no-such-ada" ] \
                    && printf '\000\000\000\000\001\000\000\000\000\000\000\000' >&3
                """#, in: directory)
            exit(try Self.lookUp([Self.ada], program: program).accounts[Self.ada] == .none ? 7 : 1)
        }
    }
}
