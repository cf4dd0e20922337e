import CLinux
import Testing
import UsherTestKit

@Suite("usherd --dev")
struct DevTests {
    @Test("makes its files for nobody but the one who started it")
    func files() throws {
        let parent = try TestDirectory()
        let directory = parent.path("d")
        let process = try TestProcess([Built.usherd, "--dev", "--directory", directory], output: parent.path("log"))
        defer { process.kill() }
        try eventually("it answers") { (try? TestClient("\(directory)/usher.sock").call("server.ping").result) == [:] }
        #expect(File.mode(directory) & 0o777 == 0o700)
        for name in ["usher.sock", "pam.sock", "login.json", "users", "seed", "pam.d/default", "pam.d/other", "lock"] {
            #expect(File.mode("\(directory)/\(name)") & 0o777 == 0o600, "\(name)")
        }
        let login = JSONValue(json: File.bytes("\(directory)/login.json"))
        #expect(login?["user"]?.text?.isEmpty == false)
        #expect((login?["password"]?.text?.utf8.count ?? 0) >= 22)
        #expect(!File.text("\(directory)/users").contains(login?["password"]?.text ?? ""))
    }

    @Test("its stacks are run by the doctor for their owner alone")
    func doctor() throws {
        let daemon = try DevDaemon()
        let command = [Built.directory + "/usherctl", "doctor", "--user", "x", "--directory"]
        let own = try TestProcess.run(command + [daemon.directory], in: TestDirectory())
        #expect(own.text.contains("Steps for x"), "\(own.text)")
        let place = try TestDirectory()
        try File.write(daemon.password + "\n", to: place.path("password"))
        let input = ["sh", "-c", "exec \"$@\" <\"$0\"", place.path("password")]
        let user = command.map { $0 == "x" ? daemon.user : $0 }
        let known = try TestProcess.run(input + user + [daemon.directory], in: place)
        #expect(known.end == .status(0) && known.text.contains("let in as \(daemon.user)"), "\(known.text)")
        try File.write("auth required pam_deny.so\n", to: daemon.directory + "/pam.d/second")
        let second = try TestProcess.run(command + [daemon.directory, "--service", "second"], in: place)
        #expect(second.end == .status(1) && second.text.contains("Service second"), "\(second.text)")
        let usual = try TestProcess.run(command + [daemon.directory], in: place)
        #expect(usual.text.contains("Service default"), "\(usual.text)")
        chmod(daemon.directory + "/pam.d", 0o777)
        defer { chmod(daemon.directory + "/pam.d", 0o700) }
        let (end, text) = try TestProcess.run(command + [daemon.directory], in: TestDirectory())
        #expect(
            end == .status(1) && text.contains("is not a directory of yours alone") && !text.contains("Steps"),
            "\(end) \(text)")
    }

    @Test("does the main job: log in, validate, list, update, rotate, revoke")
    func mainJob() throws {
        let daemon = try DevDaemon()
        let client = try daemon.client()
        let other = try daemon.client()
        let step = try client.call("auth.start", ["user": .text(daemon.user), "password": .text(daemon.password)])
        let first = try #require(step["token"]?.text)
        let session = try #require(step["session"])
        #expect(step["state"] == "complete" && step["failures_since"] == 0 && step["last_login"] == .null)
        #expect(
            session["user"]?.text == daemon.user && session["service"] == "default" && session["methods"] == ["pwd"])

        let valid = try other.call("session.validate", ["token": .text(first)])
        #expect(valid["valid"] == true && valid["session"]?["handle"] == session["handle"])
        let update = try other.call(
            "session.update", ["token": .text(first), "data": ["theme": "dark"], "if_version": 1])
        #expect(update["version"] == 2)
        let conflict = try client.call("session.update", ["token": .text(first), "data": [:], "if_version": 1])
        #expect(conflict.reason == "conflict")

        let rotated = try client.call("session.rotate", ["token": .text(first)])
        let second = try #require(rotated["token"]?.text)
        #expect(rotated["session"]?["handle"] == session["handle"] && rotated["session"]?["data"] == ["theme": "dark"])
        #expect(try !daemon.accepts(first) && daemon.accepts(second))

        let list = try client.call("session.list", ["token": .text(second)])
        #expect(list["sessions"]?.array?.map { $0["handle"] } == [session["handle"]])
        #expect(try client.call("session.revoke", ["token": .text(second)])["revoked"] == 1)
        #expect(try other.call("session.validate", ["token": .text(second)]).result == ["valid": false])
        #expect(try client.call("session.revoke", ["token": .text(second)])["revoked"] == 0)
    }

    @Test("ends all sessions but one, and a login under way, by one call")
    func revokeAll() throws {
        let daemon = try DevDaemon([.chaos("ask", "prompts=1")])
        let client = try daemon.client()
        let tokens = try (0..<5).map { _ in try daemon.login(client) }
        let handle = try client.call("session.validate", ["token": .text(tokens[2])])["session"]?["handle"] ?? .null
        let challenge = try client.call("auth.start", ["user": .text(daemon.user), "service": "ask"])
        let transaction = try #require(challenge["transaction"])
        let answer = try client.call("session.revoke_all", ["token": .text(tokens[0]), "except": handle])
        #expect(answer["revoked"] == 4)
        #expect(try tokens.map(daemon.accepts) == [false, false, true, false, false])
        let response = try client.call("auth.respond", ["transaction": transaction, "answers": ["x"]])
        #expect(["cancelled", "no_such_transaction"].contains(response.reason))
    }

    @Test("refuses wrong and unknown alike, not before the floor")
    func refusals() throws {
        let daemon = try DevDaemon(floor: "400ms")
        let client = try daemon.client()
        _ = try daemon.login(client)
        var answers: [JSONValue?] = []
        for user in [daemon.user, "nobody-\(UInt32.random(in: 0 ... .max))"] {
            let time = try elapsed {
                let answer = try client.call("auth.start", ["user": .text(user), "password": "wrong"])
                #expect(answer.reason == "denied")
                answers.append(answer.message["error"])
            }
            #expect(time >= .milliseconds(400))
        }
        #expect(answers[0] == answers[1])
        #expect(try daemon.login(client).utf8.count == 43)
    }

    @Test("makes a name wait after several refusals, others not")
    func limiter() throws {
        let daemon = try DevDaemon()
        let client = try daemon.client()
        let wrong: JSONValue = ["user": "victim", "password": "wrong"]
        for _ in 0..<5 { #expect(try client.call("auth.start", wrong).reason == "denied") }
        let answer = try client.call("auth.start", wrong)
        #expect(answer.reason == "rate_limited" && (answer.retryAfter ?? 0) > 0)
        #expect(try daemon.login(client).utf8.count == 43)
    }

    @Test("keeps its credentials over a restart, and its sessions not")
    func restart() throws {
        let daemon = try DevDaemon()
        let before = daemon.credentials
        let token = try daemon.login(daemon.client())
        daemon.process.signal(SIGTERM)
        #expect(try daemon.process.wait() == .status(0))
        try daemon.restart()
        #expect(daemon.credentials == before)
        #expect(try !daemon.accepts(token))
        #expect(try daemon.accepts(daemon.login(daemon.client())))
    }

    @Test("knows who asks by what the kernel says")
    func peer() throws {
        let hello = try DevDaemon().client().call("server.hello", ["client": "test"])
        #expect(hello["peer"]?["uid"]?.integer == Int64(geteuid()))
        #expect(hello["peer"]?["pid"]?.integer == Int64(getpid()))
        #expect(hello["protocol"] == 1)
        #expect(hello["roles"]?.array?.count == 6)
    }

    /// Starts one in a directory of that name, with these further arguments.
    private func start(_ name: String, in parent: TestDirectory, _ arguments: [String] = []) throws -> TestProcess {
        let directory = parent.path(name)
        let process = try TestProcess(
            [Built.usherd, "--dev", "--directory", directory] + arguments, output: parent.path("log"))
        try eventually("it answers: \(process.written)") {
            (try? TestClient("\(directory)/usher.sock").call("server.ping").result) == [:]
        }
        return process
    }

    private func login(in directory: String) throws -> JSONValue {
        try #require(JSONValue(json: File.bytes(directory + "/login.json")))
    }

    @Test(
        "runs in a directory of any name",
        arguments: ["a b", "a#b", "a\"b", "a'b", "a\\b", "a]b", "[a", "a\nb", "a$b", "a%b", "é"])
    func anyDirectory(_ name: String) throws {
        let parent = try TestDirectory()
        let process = try start(name, in: parent)
        defer { process.kill() }
        let directory = parent.path(name)
        let login = try login(in: directory)
        #expect(login["socket"]?.text == directory + "/usher.sock")
        let client = try TestClient("\(directory)/usher.sock")
        let user = try #require(login["user"]?.text), password = try #require(login["password"]?.text)
        let answer = try client.call("auth.start", ["user": .text(user), "password": .text(password)])
        #expect(answer["token"] != nil, "\(answer) \(process.written)")
        let tour = try TestProcess.run(
            [Built.directory + "/usherctl", "tour", "--directory", directory], in: parent)
        #expect(tour.end == .status(0), "\(tour.text)")
        #expect(tour.text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(tour.text)")
        try File.write(password + "\n", to: parent.path("password"))
        let doctor = try TestProcess.run(
            ["sh", "-c", "exec \"$@\" <\"$0\"", parent.path("password"), Built.directory + "/usherctl", "doctor"]
                + ["--user", user, "--directory", directory], in: parent)
        #expect(doctor.end == .status(0) && doctor.text.contains("let in as \(user)"), "\(doctor.text)")
    }

    @Test("has the users, codes and expired passwords that its command line names")
    func users() throws {
        let parent = try TestDirectory()
        let options = ["--user", "ada", "--user", "bob:simple,otp", "--user", "eve,expired"]
        var process = try start("d", in: parent, options)
        defer { process.kill() }
        let users = try #require(try login(in: parent.path("d"))["users"]?.array)
        #expect(users.map { $0["user"] } == ["ada", "bob", "eve"] && users[1]["password"] == "simple")
        var client = try TestClient("\(parent.path("d"))/usher.sock")
        func begin(_ user: JSONValue) throws -> Answer {
            try client.call("auth.start", ["user": user["user"]!, "password": user["password"]!])
        }
        func answer(_ step: Answer, _ texts: [JSONValue]) throws -> Answer {
            try client.call("auth.respond", ["transaction": step["transaction"]!, "answers": .array(texts)])
        }
        #expect(try begin(users[0])["state"] == "complete")
        let code = try #require(users[1]["otp"])
        let asked = try begin(users[1])
        #expect(asked["prompts"] == [["style": "visible", "text": "One-time code: "]])
        #expect(try answer(asked, [code])["state"] == "complete")
        #expect(try answer(begin(users[1]), ["000"]).reason == "denied")
        func change() throws -> Answer {
            var step = try begin(users[2])
            while step["state"] == "challenge" { step = try answer(step, ["a new password"]) }
            return step
        }
        #expect(try change()["state"] == "complete")
        #expect(try begin(["user": "eve", "password": "a new password"])["state"] == "complete")
        process.signal(SIGTERM)
        try process.wait()
        process = try start("d", in: parent, options)
        client = try TestClient("\(parent.path("d"))/usher.sock")
        #expect(try login(in: parent.path("d"))["users"]?.array == users)
        #expect(try change()["state"] == "complete")
    }

    @Test("asks all users for a code, or for a new password, by one flag")
    func flags() throws {
        let parent = try TestDirectory()
        let process = try start("d", in: parent, ["--user", "ada", "--user", "bob", "--otp", "--expired"])
        defer { process.kill() }
        let users = try login(in: parent.path("d"))["users"]?.array ?? []
        #expect(users.map { $0["expired"] } == [true, true] && users.allSatisfy { $0["otp"]?.text?.utf8.count == 6 })
    }

    @Test("ends with the process that it was told to end with")
    func parent() throws {
        let parent = try TestDirectory()
        let script = "\"$0\" --dev --directory \"$1\" --parent $$ & exec sleep 60"
        let shell = try TestProcess(
            ["sh", "-c", script, Built.usherd, parent.path("d")], output: parent.path("log"))
        try eventually("it answers") {
            (try? TestClient("\(parent.path("d"))/usher.sock").call("server.ping").result) == [:]
        }
        let pid = try #require(pid_t(File.text(parent.path("d/lock")).prefix { $0 != "\n" }))
        #expect(ProcessTable.isRunning(pid))
        shell.kill()
        try eventually("it ends") { !ProcessTable.isRunning(pid) }
    }

    @Test("needs no root", .enabled(if: Machine.nobodyMayRun))
    func unprivileged() throws {
        let daemon = try DevDaemon(wrapper: Machine.asNobody, owner: Machine.nobody)
        let client = try daemon.client()
        // Its own user has all roles; root, who tests, all but `issue`.
        let hello = try client.call("server.hello")
        #expect(hello["roles"]?.array?.count == (Machine.isRoot ? 5 : 6))
        let script = "\(Built.package)/protocol/examples/usher_login.py"
        let directory = try TestDirectory()
        let arguments = ["python3", script, daemon.socket, "\(daemon.directory)/login.json"]
        let (end, text) = try TestProcess.run(Machine.asNobody + arguments, in: directory)
        #expect(end == .status(0) && text.hasSuffix("valid: False\n"), "\(text)")
    }
}

@Suite("usherd refuses to start")
struct StartRefusalTests {
    private func refusal(_ arguments: [String], environment: [String] = []) throws -> (TestProcess.End, String) {
        let directory = try TestDirectory()
        let (end, text) = try TestProcess.run([Built.usherd] + arguments, in: directory, environment: environment)
        return (end, text)
    }

    @Test("a second time in the same directory")
    func second() throws {
        let daemon = try DevDaemon()
        let (end, text) = try refusal(["--dev", "--directory", daemon.directory])
        #expect(end == .status(1) && text.contains("another usherd"), "\(text)")
        #expect(try daemon.accepts(daemon.login(daemon.client())))
    }

    @Test("with --dev under socket activation")
    func activated() throws {
        let parent = try TestDirectory()
        let (end, text) = try refusal(["--dev", "--directory", parent.path("d")], environment: ["LISTEN_FDS=1"])
        #expect(end == .status(1) && text.contains("socket activation"), "\(text)")
        #expect(File.mode(parent.path("d")) == 0)
    }

    @Test("in a directory that others could write or replace")
    func directories() throws {
        let parent = try TestDirectory()
        parent.makeDirectory("real")
        symlink(parent.path("real"), parent.path("link"))
        parent.makeDirectory("group", mode: 0o770)
        parent.makeDirectory("world", mode: 0o755)
        try File.write("", to: parent.path("file"))
        var names = ["link", "group", "world", "file"]
        if Machine.isRoot {
            chown(parent.makeDirectory("foreign"), 65_534, 65_534)
            names.append("foreign")
        }
        for name in names {
            let (end, text) = try refusal(["--dev", "--directory", parent.path(name)])
            #expect(end == .status(1) && text.contains(parent.path(name)), "\(name): \(text)")
        }
        #expect(File.names(parent.path("group")).count { !$0.hasPrefix(".") } == 0)
    }

    @Test("over a symbolic link where one of its files should be")
    func linkedFile() throws {
        let parent = try TestDirectory()
        let directory = parent.makeDirectory("d")
        try File.write("precious", to: parent.path("target"))
        symlink(parent.path("target"), "\(directory)/users")
        let (end, text) = try refusal(["--dev", "--directory", directory])
        #expect(end == .status(1), "\(text)")
        #expect(File.text(parent.path("target")) == "precious")
    }

    @Test("without a socket, with options that do not fit, with a configuration that is wrong")
    func others() throws {
        let parent = try TestDirectory()
        try File.write("[limits]\ncapasity = 3\n", to: parent.path("wrong.toml"))
        let cases: [([String], Int32, String)] = [
            ([], 1, "named api"),
            (["--directory", parent.path], 2, "--dev"), (["--user", "ada"], 2, "--dev"), (["--otp"], 2, "--dev"),
            (["--dev", "--user", "a/b"], 2, "no user name"), (["--dev", "--user", "a", "--user", "a"], 2, "each once"),
            (["--dev", "--directory", parent.path("c"), "--parent", "1"], 1, "--parent"),
            (["--dev", "--directory", parent.path("a"), "--config", parent.path("none")], 1, "no such file"),
            (["--dev", "--directory", parent.path("b"), "--config", parent.path("wrong.toml")], 1, "capasity"),
        ]
        for (arguments, status, word) in cases {
            let (end, text) = try refusal(arguments)
            #expect(end == .status(status) && text.contains(word), "\(arguments): \(text)")
        }
    }
}
