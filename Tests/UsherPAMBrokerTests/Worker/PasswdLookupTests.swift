import CLinux
import Testing
import UsherPAMWire
import UsherSecrets

@testable import UsherPAMWorker

private let stacks = [
    "fine": "auth required CHAOS prompts=1\naccount required CHAOS",
    "deny": "auth required pam_deny.so\naccount required pam_deny.so",
    "show": "auth required pam_exec.so log=DIR/stray /usr/bin/printenv PAM_RUSER\naccount required pam_permit.so",
]

@Suite("Account look-up")
struct PasswdLookupTests {
    /// A path of its own, below /tmp.
    private let place = "/tmp/usher-pam-test-accounts-\(Random.word())"

    @Test("finds who is there, by name and by number, and says that nobody else is")
    func present() {
        #expect(PasswdLookup(name: "root") == .found(.init(name: "root", uid: 0)))
        #expect(PasswdLookup(name: "usher-nobody-\(Random.word())") == .missing)
        #expect(PasswdLookup(uid: 0) == .found(.init(name: "root", uid: 0)))
        #expect(PasswdLookup(uid: 3_999_999_999) == .missing)
    }

    /// A broker for which the file at `place` is the only database of accounts.
    private func broker() -> RunningBroker {
        RunningBroker(stacks, ["--no-spare"], program: Programs.broker(accounts: place))
    }

    @Test(
        "that fails lets nobody in, also where no account is needed: nobody knows that there is none",
        .enabled(if: Programs.isRoot, "only root may mount"), arguments: [[], .accountRequired] as [PAMOptions])
    func unavailable(_ options: PAMOptions) throws {
        // open(2) of a socket fails with ENXIO.
        let socket = usher_unix_socket(Int32(SOCK_SEQPACKET.rawValue), 0)
        #expect(usher_bind(socket, place) == 0)
        defer {
            close(socket)
            unlink(place)
        }
        let broker = broker()
        defer { broker.stop() }
        let client = try broker.client()
        #expect(try client.outcome("fine", "bob", "x", options: options) == "account 3")
        client.start("show", "bob", "x", remoteUser: "0")
        _ = try client.receive()
        let shown = Programs.text(of: broker.directory + "/stray")
        #expect(shown.hasSuffix("\n0\n"), "the number of who asks stays: \(shown)")
    }

    @Test(
        "that hangs ends its login when that has taken too long, and no other one",
        .enabled(if: Programs.isRoot, "only root may mount"))
    func hangs() throws {
        // Opening a FIFO waits for somebody who writes.
        mkfifo(place, 0o644)
        defer { unlink(place) }
        let broker = broker()
        defer { broker.stop() }
        let (client, other) = (try broker.client(), try broker.client())
        let start = usher_boottime()
        let hanging = client.start("fine", "bob", "x", timeout: .seconds(2))
        guard case .started(hanging, let worker) = try client.receiveAny() else { throw ClientError.gone }
        #expect(try other.outcome("deny", "bob", "x") == "authentication 7")
        #expect(kill(worker, 0) == 0)
        #expect(try client.receive() == .failed(transaction: hanging, .timeout))
        #expect((2_000_000_000..<7_000_000_000).contains(usher_boottime() - start))
        #expect(RunningBroker.eventually { kill(worker, 0) < 0 })
    }

    @Test(
        "takes entries of up to a mebibyte, and calls none missing that is longer",
        .enabled(if: Programs.isRoot, "only root may mount"))
    func long() throws {
        let entries = [("short", 10), ("long", 5_000), ("longest", 1_000_000), ("endless", 1 << 20)].enumerated().map {
            "\($1.0):x:\(4000 + $0):100:\(String(repeating: "x", count: $1.1)):/:/bin/false\n"
        }
        let file = usher_open(place, O_WRONLY | O_CREAT | O_EXCL, 0o644)
        defer { unlink(place) }
        for entry in entries { #expect(entry.withCString { write(file, $0, entry.utf8.count) } == entry.utf8.count) }
        close(file)
        let broker = broker()
        defer { broker.stop() }
        let client = try broker.client()
        for (name, uid) in [("short", 4000), ("long", 4001), ("longest", 4002)] as [(String, UInt32)] {
            let report = try client.login("fine", name, "x").report
            guard case .verdict(let verdict) = report else { throw ClientError.gone }
            #expect(verdict.account == .init(name: name, uid: uid))
        }
        #expect(try client.outcome("fine", "endless", "x") == "account 3")
    }
}
