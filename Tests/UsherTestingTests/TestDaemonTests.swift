import Glibc
import Testing
import UsherClient
import UsherTesting

/// As the tests of a tool would use it.
@Suite("Daemon of a test")
struct TestDaemonTests {
    @Test("knows the users that it was given, and nobody else")
    func users() async throws {
        let daemon = try TestDaemon(users: ["ada", TestUser("zoe", password: "simple")])
        let login = try await daemon.login("ada", context: ["remote_ip": "192.0.2.7"])
        let session = try await daemon.client.validate(login.token)
        #expect(session?.user == "ada" && session?.context == ["remote_ip": "192.0.2.7"])
        #expect(try await daemon.client.login(user: "zoe", password: Secret("simple")).session.user == "zoe")
        for (name, password) in [("ada", "wrong"), ("bob", "simple")] {
            let error = await #expect(throws: UsherError.self) {
                _ = try await daemon.client.login(user: name, password: Secret(password))
            }
            #expect(error?.code == .denied)
        }
    }

    @Test("asks for a code, and answers it for its user")
    func code() async throws {
        let daemon = try TestDaemon(users: [TestUser("bob", oneTimeCode: "123456")])
        let bob = daemon.user("bob")
        guard case .challenge(let challenge) = try await daemon.client.startLogin(user: "bob", password: bob.secret)
        else { throw Unexpected() }
        #expect(challenge.prompts.map(\.style) == [.visible] && challenge.purpose == .login)
        let ofAnother = TestUser("bob").answers(to: challenge)?.count
        #expect(ofAnother == nil)
        guard let answers = bob.answers(to: challenge),
            case .complete(let login) = try await daemon.client.respond(to: challenge, with: answers)
        else { throw Unexpected() }
        #expect(login.session.user == "bob")
        #expect(try await daemon.login("bob").session.user == "bob")
    }

    @Test("demands a new password of whose has expired")
    func expired() async throws {
        let daemon = try TestDaemon(users: [TestUser("eve", oneTimeCode: "7", mustChangePassword: true)])
        let error = await #expect(throws: UsherError.self) { _ = try await daemon.login("eve") }
        #expect(error?.code == .cancelled)
        #expect(try await daemon.login("eve", newPassword: "another one").session.user == "eve")
        let later = try await daemon.client.login(user: "eve", password: Secret("another one")) {
            daemon.user("eve").answers(to: $0)
        }
        #expect(later.session.user == "eve")
    }

    @Test("takes more of the configuration, and says why it does not start with it")
    func configuration() async throws {
        let daemon = try TestDaemon(
            refusalDelay: .milliseconds(60),
            configuration: "[limits]\nsessions_per_user = 1\n[[service]]\nname = \"other-one\"\npam = \"default\"")
        #expect(try await daemon.client.hello().services == ["other-one", "default"])
        let error = #expect(throws: TestDaemonError.self) { _ = try TestDaemon(configuration: "[nonsense]") }
        #expect(error?.description.contains("nonsense") == true)
        let missing = #expect(throws: TestDaemonError.self) { _ = try TestDaemon(programs: "/nonexistent") }
        #expect(missing?.description.contains("USHER_PROGRAMS") == true)
    }

    @Test("is away between its end and its next start, which knows no session")
    func outage() async throws {
        let daemon = try TestDaemon()
        let token = try await daemon.login("ada").token
        daemon.stop()
        daemon.stop()
        let error = await #expect(throws: UsherError.self) { _ = try await daemon.client.validate(token) }
        #expect(error?.code == .unreachable)
        try daemon.start()
        #expect(try await daemon.client.validate(token) == nil)
        #expect(try await daemon.login("ada").session.user == "ada")
    }

    @Test("one stands beside another, and leaves nothing behind")
    func several() async throws {
        var directories: [String] = []
        do {
            let one = try TestDaemon(users: ["ada"])
            let other = try TestDaemon(users: ["ada"])
            directories = [one.directory, other.directory]
            #expect(one.user("ada").password != other.user("ada").password)
            let token = try await one.login("ada").token
            #expect(try await other.client.validate(token) == nil)
        }
        #expect(Set(directories).count == 2)
        for directory in directories { #expect(access(directory, F_OK) != 0) }
    }
}

private struct Unexpected: Error {}
