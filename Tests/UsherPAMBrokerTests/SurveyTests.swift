import CLinux
import Testing
import UsherNames
import UsherPAMWire
import UsherSecrets

@testable import UsherPAMBroker
@testable import UsherPAMWorker

@Suite("Broker: surveys")
struct SurveySchedulingTests {
    @Test("go before checks of accounts, and after logins")
    func order() {
        var host = Host(computing: 1)
        host.start(1, peer: 1)
        host.check(100)
        host.survey(200)
        host.start(2, peer: 1)
        #expect(host.decideNext() == [2])
        #expect(host.decideNext() == [200])
        #expect(host.answerSurvey() == [100])
    }

    @Test("wait for no directory that holds all checks up")
    func hanging() {
        var host = Host(computing: 1, conversing: 7)
        for number in 100..<110 as Range<UInt64> { host.check(number) }
        for _ in 0..<5 {
            host.now += .seconds(1)
            _ = host.state.timePassed(to: host.now)
        }
        let checks = host.state.checks.count
        host.survey(200)
        #expect(host.state.transactions[host.key(200)]?.worker != nil && host.state.checks.count == checks)
    }

    @Test("are answered by what they ask for and nothing else, and checks are not answered by that")
    func nonsense() {
        var host = Host(computing: 1)
        host.survey(200)
        #expect(host.decide(code: 0).contains(.fail(host.key(200), .protocolViolated)))
        host.survey(201)
        #expect(host.ask(.login).contains(.fail(host.key(201), .protocolViolated)))
        host = Host(computing: 1)
        host.check(100)
        #expect(host.surveyed().contains(.fail(host.key(100), .protocolViolated)))
        host = Host(computing: 1)
        host.start(1, peer: 1)
        #expect(host.surveyed().contains(.fail(host.key(1), .protocolViolated)))
    }
}

@Suite("Account survey")
struct AccountSurveyTests {
    private static let key = CredentialKey(low: 1, high: 2)
    private let place = "/tmp/usher-survey-\(Random.word())"

    private func write(_ suffix: String, _ text: String) {
        let file = usher_open(place + suffix, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        precondition(text.withCString { CLinux.write(file, $0, strlen($0)) } == text.utf8.count)
        close(file)
    }

    /// The digests of `names` where the files are these.
    private func digests(
        _ names: [String], _ passwd: String, _ shadow: String, key: CredentialKey = key
    ) -> [AccountDigest] {
        write(".passwd", passwd)
        write(".shadow", shadow)
        defer { for suffix in [".passwd", ".shadow"] { unlink(place + suffix) } }
        let survey = PAMSurvey(transaction: 1, timeout: .seconds(1), credentialKey: key, names: names)
        return AccountSurvey.digests(of: survey, passwd: place + ".passwd", shadow: place + ".shadow")
    }

    private static let passwd = "root:x:0:0:root:/root:/bin/sh\nada:x:1000:100:Ada,,,:/home/ada:/bin/sh\n"
    private static let shadow = "root:*:19000:0:99999:7:::\nada:$6$x$y:19000:0:99999:7:::\n"

    @Test("sees a change of each field but the comment, and of the key")
    func fields() throws {
        let before = try #require(digests(["ada"], Self.passwd, Self.shadow).first)
        for line in [
            "ada:!:1000:100:Ada,,,:/home/ada:/bin/sh", "ada:x:1001:100:Ada,,,:/home/ada:/bin/sh",
            "ada:x:1000:101:Ada,,,:/home/ada:/bin/sh", "ada:x:1000:100:Ada,,,:/home/eve:/bin/sh",
            "ada:x:1000:100:Ada,,,:/home/ada:/bin/false",
        ] { #expect(digests(["ada"], line + "\n", Self.shadow) != [before], "\(line)") }
        for line in [
            "ada:!$6$x$y:19000:0:99999:7:::", "ada:$6$x$z:19000:0:99999:7:::", "ada:$6$x$y:19001:0:99999:7:::",
            "ada:$6$x$y:19000:1:99999:7:::", "ada:$6$x$y:19000:0:90:7:::", "ada:$6$x$y:19000:0:99999:8:::",
            "ada:$6$x$y:19000:0:99999:7:5::", "ada:$6$x$y:19000:0:99999:7::0:",
        ] { #expect(digests(["ada"], Self.passwd, line + "\n") != [before], "\(line)") }
        #expect(digests(["ada"], Self.passwd, "") != [before])
        #expect(digests(["ada"], "ada:x:1000:100:Eve:/home/ada:/bin/sh\n", Self.shadow) == [before])
        #expect(digests(["ada"], Self.passwd, Self.shadow, key: CredentialKey(low: 2, high: 1)) != [before])
    }

    @Test("answers in the order of the names, each as often as it is asked, and says who is missing")
    func order() {
        let found = digests(["nobody", "ada", "root", "ada", "Ada"], Self.passwd, Self.shadow + "nobody:*:1::::::\n")
        #expect(found.count == 5 && found[1] == found[3] && found[1] != found[2])
        #expect(found[0] == .missing && found[4] == .missing && found[1] != .missing && found[2] != .missing)
    }

    @Test("goes by the first entry of a name, as look-ups do, and passes over what is no line")
    func odd() {
        let before = digests(["ada"], Self.passwd, Self.shadow)
        let other = "ada:x:7:7::/:/bin/false\n"
        #expect(
            digests(["ada"], "nonsense\n\n#\n" + Self.passwd + other, ":::\n" + Self.shadow + "ada:*:1::::::\n")
                == before)
        #expect(digests(["ada"], other + Self.passwd, Self.shadow) != before)
    }

    @Test("takes no name for another that looks the same, nor a name that is no text for one that is")
    func bytes() {
        let (composed, decomposed) = ("andr\u{E9}", "andre\u{301}")
        let lines = [decomposed, composed].map { "\($0):x:1000:100::/home/\($0):/bin/sh\n" }
        let found = digests([composed, decomposed], lines.joined(), "")
        #expect(digests([composed], lines[1], "") == [found[0]] && digests([decomposed], lines[0], "") == [found[1]])
        #expect(digests([decomposed], lines[1], "") == [.missing])
    }

    @Test("says nothing of anybody where a file cannot be read, or a line is longer than any entry")
    func unreadable() {
        #expect(digests(["ada"], Self.passwd + "x:" + String(repeating: "y", count: 1 << 17) + "\n", Self.shadow) == [])
        let survey = PAMSurvey(transaction: 1, timeout: .seconds(1), credentialKey: Self.key, names: ["ada"])
        #expect(AccountSurvey.digests(of: survey, passwd: place, shadow: place) == [])
        #expect(AccountSurvey.digests(of: survey, passwd: "/tmp", shadow: "/tmp") == [])
        write("", Self.passwd)
        defer { unlink(place) }
        #expect(AccountSurvey.digests(of: survey, passwd: place, shadow: place + ".none") == [])
    }

    @Test(
        "of the host's files says of an account what its login said",
        .enabled(if: Programs.isRoot, "only root may make accounts and read their hashes"))
    func login() throws {
        let user = "usht\(Random.word() % 1_000_000)s"
        Programs.run(["useradd", "-M", "-N", "-s", "/bin/false", user])
        Programs.run(["chpasswd", "-c", "SHA512"], input: "\(user):right\n")
        defer { Programs.run(["userdel", user]) }
        let unix = "auth required pam_unix.so\naccount required pam_unix.so\n"
        let broker = RunningBroker(["unix": unix], ["--minimum-uid", "1"])
        defer { broker.stop() }
        let client = try broker.client()
        guard case .verdict(let login) = try client.login("unix", user, "right", key: Self.key).report else {
            throw ClientError.gone
        }
        let known = try #require(login.digest)
        #expect(try client.survey([user, "usher-nobody"], key: Self.key) == [known, .missing])
        for change in [["usermod", "-L", user], ["usermod", "-U", user], ["chage", "-E", "0", user]] {
            Programs.run(change)
            #expect((try client.survey([user], key: Self.key) == [known]) == (change[1] == "-U"), "\(change)")
        }
        guard case .verdict(let refused) = try client.login("unix", user, "right", key: Self.key).report else {
            throw ClientError.gone
        }
        #expect(refused.code == 13 && refused.digest == nil)
    }
}
