import Testing
import UsherConfiguration
import UsherEngine
import UsherTestKit

@Suite("Configuration check")
struct ConfigurationCheckTests {
    let directory: TestDirectory

    init() throws { directory = try TestDirectory() }

    private func write(_ text: String, to name: String = "usherd.toml") throws {
        try File.write(text, to: directory.path(name))
    }

    private func check(_ question: PolicyQuestion? = nil) -> ConfigurationCheck.Report {
        ConfigurationCheck(ConfigurationFiles(directory.path("usherd.toml")))
            .run(question, lookUp: ConfigurationBench.lookUp)
    }

    @Test("what it prints reads back as the same configuration")
    func roundTrip() throws {
        try write(
            """
            [limits]
            sessions_per_user_policy = "refuse"
            frame_timeout = "1500ms"
            [[service]]
            name = "web"
            methods = ["pwd", "otp"]
            floor = "750ms"
            setcred = true
            reveal_account_state = false
            [[client]]
            user = "alice"
            name = "a \\"quoted\\" \\\\ name"
            roles = ["issue"]
            services = ["web"]
            relays_source = true
            [[client]]
            group = "staff"
            roles = []
            board = false
            [[client]]
            user = "*"
            roles = ["validate"]
            """)
        let report = check()
        #expect(report.isFine)
        let text = report.lines.joined(separator: "\n")
        let files = try ConfigurationFiles(directory.path("usherd.toml")).read()
        let read = try ConfigurationBench.load(files)
        #expect(try ConfigurationBench.load(text) == read)
        #expect(read.services[0].setsCredentials && read.clients.count == 3)
    }

    @Test("further files count in the order of their names, lists append, single settings change")
    func dropIns() throws {
        directory.makeDirectory("usherd.d")
        try write("[limits]\nlogins = 1\nsubscribers = 1\n[[client]]\nuser = 1\nroles = []\n")
        try write("[limits]\nlogins = 3\n[[client]]\nuser = 3\nroles = []\n", to: "usherd.d/20.toml")
        try write("[limits]\nlogins = 2\n[[client]]\nuser = 2\nroles = []\n", to: "usherd.d/10.toml")
        for name in [".hidden.toml", "30.toml.dpkg-old", "README"] { try write("nonsense [", to: "usherd.d/\(name)") }
        let files = try ConfigurationFiles(directory.path("usherd.toml")).read()
        let read = try ConfigurationBench.load(files)
        #expect(read.limits.logins == 3 && read.limits.subscribers == 1)
        #expect(read.clients.map(\.subject) == [.user(1), .user(2), .user(3)])
        #expect(check().lines.prefix(2) == ["# \(files[0].name)", "# \(files[1].name)"])
    }

    @Test("tells every error with its file and key, and none that only follows from another")
    func everyError() throws {
        directory.makeDirectory("usherd.d")
        try write(
            """
            wrong = 1
            [limits]
            capacity = 0
            logins = "x"
            typo = 1
            [[service]]
            name = "web"
            idle = "40d"
            floor = "0s"
            [[service]]
            realm = "A"
            [[client]]
            user = "nobody"
            roles = ["validate", "king"]
            services = ["web"]
            """)
        try write("[limits]\nlogins = 0\n[[client]]\nuser = 1\nroles = []\nservices = [\"x\"]\n", to: "usherd.d/a.toml")
        let report = check()
        #expect(!report.isFine)
        let (main, second) = (directory.path("usherd.toml"), directory.path("usherd.d/a.toml"))
        let expected = [
            "\(main): limits.capacity:", "\(main): limits.logins:", "\(main): limits.typo:",
            "\(main): service[0].idle:", "\(main): service[0].floor:", "\(main): service[1].name:",
            "\(main): client[0].user:", "\(main): client[0].roles[1]:", "\(main): wrong:",
            "\(second): limits.logins:", "\(second): client[0].services[0]:",
        ]
        #expect(report.lines.count == expected.count, "\(report.lines)")
        for (line, start) in zip(report.lines, expected) { #expect(line.hasPrefix(start)) }
    }

    @Test("a file that must be there and is not, or cannot be read, is an error")
    func missing() throws {
        let missing = check()
        #expect(!missing.isFine && missing.lines == ["\(directory.path("usherd.toml")): there is no such file"])
        try write("x", to: "usherd.d")
        try write("")
        #expect(!check().isFine)
    }

    @Test("explains which entry decides, and what follows")
    func explained() throws {
        try write(
            """
            [[service]]
            name = "web"
            [[client]]
            user = 33
            roles = ["login"]
            name = "wiki"
            board = false
            [[client]]
            group = 50
            roles = ["validate"]
            """)
        for (uid, groups, method, isAllowed, entry) in [
            (33, [50], "auth.start", true, "wiki"), (33, [50], "session.validate", false, "wiki"),
            (34, [4, 50], "session.validate", true, "group 50"), (34, [50], "session.list", true, "group 50"),
            (34, [50], "server.stats", false, "group 50"), (35, [], "server.hello", true, nil),
            (35, [], "auth.start", false, nil),
        ] as [(UInt32, [UInt32], String, Bool, String?)] {
            let report = check(try PolicyQuestion(uid: uid, gid: 1, groups: groups, method: method))
            #expect(report.isFine == isAllowed && report.lines[0].contains(isAllowed ? "allowed" : "refused"))
            #expect(report.lines[1].contains(entry.map { "entry \"\($0)\"" } ?? "no entry matches"), "\(report.lines)")
        }
        #expect(throws: PolicyQuestion.Fault.unknownMethod) {
            try PolicyQuestion(uid: 0, gid: 0, groups: [], method: "session.steal")
        }
    }
}
