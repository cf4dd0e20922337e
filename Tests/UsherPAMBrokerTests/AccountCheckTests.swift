import CLinux
import Testing
import UsherNames
import UsherPAMWire
import UsherSecrets

@testable import UsherPAMBroker

@Suite("Broker: checks of accounts")
struct AccountCheckSchedulingTests {
    @Test("go when no login waits, and leave a slot free for the next one")
    func yields() {
        var host = Host(computing: 3)
        for number in 100..<110 as Range<UInt64> { host.check(number) }
        #expect(host.state.computing == 1 && host.state.checks.count == 9)
        host.start(1, peer: 1)
        host.start(2, peer: 2)
        #expect(host.state.computing == 3)
        host.start(3, peer: 3)
        #expect(host.state.waiting.count == 1)
        // Whichever ends, the login goes first.
        #expect(host.decideNext() == [3])
        #expect(host.state.checks.count == 9)
    }

    @Test("that have waited for a second go one at a time before logins that do not cease", arguments: [1, 3])
    func overdue(_ computing: Int) {
        var host = Host(computing: computing)
        for number in 1...20 as ClosedRange<UInt64> { host.start(number, peer: UInt32(number)) }
        host.check(100)
        host.check(101)
        #expect(!host.decideNext().contains(100))
        host.now += .milliseconds(900)
        #expect(!host.decideNext().contains(100))
        host.now += .milliseconds(200)
        #expect(host.decideNext() == [100])
        #expect(host.state.checks == [host.key(101)] && !host.state.waiting.isEmpty)
    }

    @Test("go one at a time where one worker may compute, and only while it has nothing else to do")
    func single() {
        var host = Host(computing: 1)
        host.start(1, peer: 1)
        host.check(100)
        host.check(101)
        #expect(host.state.checks.count == 2)
        #expect(host.decideNext() == [100])
        host.start(2, peer: 1)
        #expect(host.decideNext() == [2])
        #expect(host.decideNext() == [101])
    }

    @Test("that wait for a directory keep most workers for logins")
    func hanging() {
        var host = Host(computing: 4, conversing: 60)
        for number in 100..<150 as Range<UInt64> { host.check(number) }
        for _ in 0..<40 {
            host.now += .seconds(1)
            _ = host.state.timePassed(to: host.now)
        }
        #expect(host.state.occupied <= 16)
        for number in 1...4 as ClosedRange<UInt64> { host.start(number, peer: UInt32(number)) }
        #expect(host.state.waiting.isEmpty)
    }

    @Test("are told to come again when no worker became free in time, and when there are too many")
    func patience() {
        var host = Host(computing: 1, waiting: 2)
        host.start(1, peer: 1)
        host.check(100)
        host.check(101)
        #expect(host.check(102) == [.fail(host.key(102), .queueFull)])
        host.now += .seconds(10)
        let actions = host.state.timePassed(to: host.now)
        #expect(actions.contains(.discard(host.key(100))))
        #expect(host.state.checks.isEmpty)
    }

    @Test("are no guesses: a name that is closed is checked all the same")
    func guesses() {
        var host = Host(computing: 2, guesses: 1)
        host.start(1, peer: 1, user: "ada")
        _ = host.decideNext(denied: true)
        let closed = host.start(2, peer: 1, user: "ada")
        #expect(closed.contains { if case .fail(_, .busy) = $0 { true } else { false } })
        host.check(100)
        #expect(host.decideNext() == [])
        #expect(host.state.transactions.isEmpty)
    }
}

@Suite(
    "Checks of accounts of the host", .serialized,
    .enabled(if: Programs.isRoot, "only root may make accounts and read their hashes"))
struct AccountCheckTests {
    private static let key = CredentialKey(low: 1, high: 2)
    private static let unix = "auth required pam_unix.so\naccount required pam_unix.so\n"
    private let user = "usht\(Random.word() % 1_000_000)c"

    /// The verdict of a check.
    private func check(
        _ client: PAMClient, _ service: String = "unix", key: CredentialKey? = key, host: String? = nil,
        uid: UInt32? = nil
    ) throws -> PAMVerdict {
        client.check(service, user, key: key, host: host, uid: uid)
        guard case .verdict(let verdict) = try client.receive() else { throw ClientError.gone }
        return verdict
    }

    @Test("say what became of the account: locked, expired, with another password, another uid, gone")
    func changes() throws {
        Programs.run(["useradd", "-M", "-N", "-s", "/bin/false", user])
        Programs.run(["chpasswd", "-c", "SHA512"], input: "\(user):right\n")
        defer { Programs.run(["userdel", user]) }
        let broker = RunningBroker(["unix": Self.unix])
        defer { broker.stop() }
        let client = try broker.client()
        let alive = try check(client)
        let credential = try #require(alive.credential)
        #expect(alive.code == 0 && alive.account?.name == user && !credential.isLocked)
        guard case .verdict(let login) = try client.login("unix", user, "right", key: Self.key).report else {
            throw ClientError.gone
        }
        #expect(login.credential == credential && login.earlier == nil)
        #expect(try check(client, key: CredentialKey(low: 2, high: 1)).credential != credential)
        #expect(try check(client, key: nil).credential == nil)
        Programs.run(["usermod", "-L", user])
        #expect(try check(client).credential == AccountCredential(fingerprint: credential.fingerprint, isLocked: true))
        Programs.run(["usermod", "-U", user])
        #expect(try check(client).credential == credential)
        Programs.run(["chpasswd", "-c", "SHA512"], input: "\(user):other\n")
        let changed = try check(client).credential
        #expect(changed?.fingerprint != credential.fingerprint && changed?.isLocked == false)
        Programs.run(["chage", "-d", "0", user])
        let must = try check(client)
        #expect(must.code == 12 && must.account?.name == user && must.credential != nil)
        Programs.run(["chage", "-d", "1", "-E", "0", user])
        #expect(try check(client).code == 13)
        Programs.run(["usermod", "-u", "61234", user])
        Programs.run(["chage", "-E", "-1", user])
        #expect(try check(client).account?.uid == 61234)
        Programs.run(["userdel", user])
        let gone = try check(client)
        #expect(gone.code == 10 && gone.account == nil && gone.credential == nil)
    }

    @Test("say that another name has the uid, once nobody has the name any more")
    func heirs() throws {
        let (uid, heir) = (UInt32(50_000 + Random.word() % 10_000), user + "2")
        Programs.run(["useradd", "-M", "-N", "-o", "-u", "\(uid)", user])
        Programs.run(["useradd", "-M", "-N", "-o", "-u", "\(uid)", heir])
        defer { for name in [user, heir] { Programs.run(["userdel", name]) } }
        let permit = "auth required pam_deny.so\naccount required pam_permit.so\n"
        let broker = RunningBroker(["unix": Self.unix, "none": permit])
        defer { broker.stop() }
        let client = try broker.client()
        #expect(try !check(client, uid: uid).isUIDTaken)
        Programs.run(["userdel", user])
        for service in ["unix", "none"] {
            #expect(try check(client, service, uid: uid).isUIDTaken)
            #expect(try !check(client, service, uid: nil).isUIDTaken)
        }
        Programs.run(["userdel", heir])
        #expect(try !check(client, uid: uid).isUIDTaken)
    }

    @Test("are denied, as by a rule, where the service file is empty or libpam cannot parse it")
    func brokenFiles() throws {
        Programs.run(["useradd", "-M", "-N", user])
        defer { Programs.run(["userdel", user]) }
        let broker = RunningBroker([
            "empty": "", "comment": "# account required pam_permit.so\n", "word": "account requird pam_permit.so\n",
            "line": "account required\n", "module": "account required pam_permitt.so\n",
        ])
        defer { broker.stop() }
        let client = try broker.client()
        for service in ["empty", "comment", "word", "line"] {
            let verdict = try check(client, service)
            #expect([6, 7].contains(verdict.code) && verdict.account?.name == user, "\(service) \(verdict.code)")
        }
        // A module that is not there is no denial, and ends nobody.
        #expect(![0, 6, 7].contains(try check(client, "module").code))
    }

    @Test("ask nobody anything, and show no text; a module that asks decides nothing")
    func asks() throws {
        Programs.run(["useradd", "-M", "-N", user])
        defer { Programs.run(["userdel", user]) }
        let broker = RunningBroker(["asks": "auth required pam_deny.so\naccount required CHAOS accountasks=1"])
        defer { broker.stop() }
        let verdict = try check(try broker.client(), "asks")
        #expect(verdict.code == 19 && verdict.texts.isEmpty)
    }

    @Test("go by the address that the login came from")
    func addresses() throws {
        Programs.run(["useradd", "-M", "-N", user])
        Programs.run(["chpasswd", "-c", "SHA512"], input: "\(user):right\n")
        defer { Programs.run(["userdel", user]) }
        let broker = RunningBroker([
            "access": "auth required pam_unix.so\naccount required pam_access.so accessfile=DIR/access"
        ])
        defer { broker.stop() }
        broker.write("access", "+ : \(user) : 192.0.2.1\n- : ALL : ALL\n")
        chmod(broker.directory + "/access", 0o644)
        let client = try broker.client()
        #expect(try check(client, "access", host: "192.0.2.1").code == 0)
        #expect(try check(client, "access", host: "192.0.2.2").code == 6)
    }
}
