import CLinux
import Testing
import UsherTestKit

/// Real accounts in the real shadow file, checked by Debian's own modules.
@Suite("pam_unix", .serialized, .enabled(if: Machine.isRoot, "needs root to make accounts"))
struct AccountTests {
    private static let unix = "auth required pam_unix.so\naccount required pam_unix.so"
    private static let services = [
        DevDaemon.Service(name: "unix", stack: unix, allowsNoAccount: false),
        DevDaemon.Service(name: "discreet", stack: unix, keys: "reveal_account_state = false", allowsNoAccount: false),
    ]

    private func login(_ client: TestClient, _ user: String, _ password: String, _ service: String = "unix") throws
        -> Answer
    {
        try client.call("auth.start", ["user": .text(user), "password": .text(password), "service": .text(service)])
    }

    @Test("lets the right password in, as the account that it is of")
    func right() throws {
        let directory = try TestDirectory()
        let account = try TestAccount(directory)
        let daemon = try DevDaemon(Self.services)
        let client = try daemon.client()
        let answer = try login(client, account.name, account.password)
        #expect(answer["session"]?["user"]?.text == account.name)
        #expect(answer["session"]?["uid"]?.integer == Int64(account.uid))
        let token = try #require(answer["token"])
        let valid = try client.call("session.validate", ["token": token])
        #expect(valid["session"]?["uid"]?.integer == Int64(account.uid))
    }

    @Test("refuses wrong, unknown, locked and root alike")
    func refused() throws {
        let directory = try TestDirectory()
        let account = try TestAccount(directory)
        let locked = try TestAccount(directory)
        try locked.change("-L")
        let daemon = try DevDaemon(Self.services, floor: "300ms")
        let client = try daemon.client()
        let cases = [
            (account.name, "wrong"), (account.name, ""), ("usher-none", "wrong"), (locked.name, locked.password),
            ("root", "wrong"),
        ]
        let answers = try cases.map { user, password in
            var answer = Answer(.null)
            let time = try elapsed { answer = try login(client, user, password) }
            #expect(time >= .milliseconds(300), "\(user)")
            return answer.message["error"]
        }
        #expect(Set(answers.map { $0?.json ?? "" }).count == 1, "\(answers)")
        #expect(answers[0]?["data"]?["reason"] == "denied")
        #expect(try login(client, account.name, account.password)["state"] == "complete")
    }

    @Test("tells what is wrong with an account to who knows its password, unless the service is discreet")
    func states() throws {
        let directory = try TestDirectory()
        let expired = try TestAccount(directory)
        try expired.change("-e", "1990-01-01")
        let stale = try TestAccount(directory)
        try stale.expirePassword()
        let daemon = try DevDaemon(Self.services)
        let client = try daemon.client()
        for (account, reason) in [(expired, "account_expired"), (stale, "password_change_required")] {
            #expect(try login(client, account.name, account.password).reason == reason)
            #expect(try login(client, account.name, "wrong").reason == "denied")
            #expect(try login(client, account.name, account.password, "discreet").reason == "denied")
        }
    }

    @Test("changes an expired password within the login where the service allows it")
    func changed() throws {
        let directory = try TestDirectory()
        let account = try TestAccount(directory)
        try account.expirePassword()
        let stack = Self.unix + "\npassword required pam_unix.so sha512"
        let daemon = try DevDaemon([
            .init(name: "change", stack: stack, keys: "allow_password_change = true", allowsNoAccount: false)
        ])
        let client = try daemon.client()
        let fresh = account.password + "-anew-7"
        var step = try login(client, account.name, account.password, "change")
        var rounds = 0
        while step["state"] == "challenge", rounds < 4 {
            #expect(step["purpose"] == "password_change")
            let asked = (step["prompts"]?.array ?? []).filter { $0["style"] == "secret" }
            let answers = asked.map { $0["text"]?.text?.contains("Current") == true ? account.password : fresh }
            let response: JSONValue = [
                "transaction": step["transaction"] ?? .null, "answers": .array(answers.map { .text($0) }),
            ]
            step = try client.call("auth.respond", response)
            rounds += 1
        }
        #expect(step["state"] == "complete", "\(step)")
        #expect(rounds > 0)
        #expect(try login(client, account.name, account.password, "change").reason == "denied")
        #expect(try login(client, account.name, fresh, "change")["state"] == "complete")
    }

    @Test("asks for the password where none was given")
    func prompted() throws {
        let directory = try TestDirectory()
        let account = try TestAccount(directory)
        let daemon = try DevDaemon(Self.services)
        let client = try daemon.client()
        let step = try client.call("auth.start", ["user": .text(account.name), "service": "unix"])
        #expect(step["prompts"]?.array?.map { $0["style"] } == ["secret"])
        let answers: JSONValue = ["transaction": step["transaction"] ?? .null, "answers": [.text(account.password)]]
        #expect(try client.call("auth.respond", answers)["state"] == "complete")
    }

    @Test("takes the name that a module has put in the place of the one entered")
    func canonical() throws {
        let directory = try TestDirectory()
        let account = try TestAccount(directory)
        let stack = "auth required CHAOS setuser=\(account.name)\n\(Self.unix)"
        let daemon = try DevDaemon([.init(name: "mapped", stack: stack)])
        let answer = try login(daemon.client(), "an-alias", account.password, "mapped")
        #expect(answer["session"]?["user"]?.text == account.name)
        #expect(answer["session"]?["uid"]?.integer == Int64(account.uid))
    }

    @Test(
        "with pam_oath behind it: two prompts, each code once",
        .enabled(
            if: Machine.hasModule("pam_oath.so") && Machine.hasProgram("oathtool"), "needs libpam-oath and oathtool"))
    func oath() throws {
        let directory = try TestDirectory()
        let account = try TestAccount(directory)
        let secret = (0..<20).map { _ in
            let digits = String(UInt8.random(in: 0 ... .max), radix: 16)
            return digits.utf8.count < 2 ? "0" + digits : digits
        }.joined()
        let stack = """
            auth requisite pam_unix.so
            auth required pam_oath.so usersfile=DIR/oath digits=6 window=5
            account required pam_unix.so
            """
        let daemon = try DevDaemon([.init(name: "otp", stack: stack, keys: "methods = [\"pwd\", \"otp\", \"mfa\"]")])
        try File.write("HOTP \(account.name) - \(secret)\n", to: "\(daemon.directory)/oath")
        let client = try daemon.client()
        func attempt(_ code: String) throws -> Answer {
            let step = try login(client, account.name, account.password, "otp")
            #expect(step["state"] == "challenge" && step["prompts"]?.array?.count == 1, "\(step)")
            return try client.call(
                "auth.respond", ["transaction": step["transaction"] ?? .null, "answers": [.text(code)]])
        }
        func code(_ counter: Int) throws -> String {
            let tool = ["oathtool", "--hotp", "--counter=\(counter)", secret]
            return String(try TestProcess.run(tool, in: directory).text.prefix(6))
        }
        let first = try code(0)
        #expect(try attempt(first == "000000" ? "000001" : "000000").reason == "denied")
        let complete = try attempt(first)
        #expect(complete["session"]?["methods"] == ["pwd", "otp", "mfa"], "\(complete)")
        #expect(try attempt(first).reason == "denied")
        #expect(try attempt(code(1))["state"] == "complete")
    }
}
