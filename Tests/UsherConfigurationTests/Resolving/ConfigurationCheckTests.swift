import CLinux
import Testing
import UsherConfiguration
import UsherEngine
import UsherNames
import UsherTestKit

@Suite("Configuration check")
struct ConfigurationCheckTests {
    let bench: ConfigurationCheckBench

    init() throws { bench = try ConfigurationCheckBench() }

    @Test("says how many sessions of which size fit")
    func room() throws {
        try bench.write("[limits]\ncapacity = 1000000\nmemory = \"256M\"\n")
        #expect(
            bench.check().output.contains(
                "# limits.memory holds 1000000 sessions with 60 bytes of context, 588674 sessions with 250 bytes of context, "
                    + "37076 sessions with 6656 bytes of context, or fewer with data."))
    }

    @Test("as a process of the unit it warns of memory that may not be locked, else not", arguments: [true, false])
    func lockable(_ isOfUnit: Bool) async {
        await #expect(processExitsWith: .success) { [isOfUnit] in
            let directory = try TestDirectory()
            try File.write("[limits]\nmemory = \"64M\"\n", to: directory.path("usherd.toml"))
            var limit = rlimit(rlim_cur: 4 << 20, rlim_max: 4 << 20)
            #expect(setrlimit(CInt(__RLIMIT_MEMLOCK.rawValue), &limit) == 0)
            let report = ConfigurationCheck(
                ConfigurationFiles(directory.path("usherd.toml")), serviceDirectories: [], isOfUnit: isOfUnit
            ).run(nil, lookUp: ConfigurationBench.lookUp)
            let warning =
                "warning: limits.memory is 64M, and 4M of it may be locked: the rest may be written to a swap device; "
                + "raise LimitMEMLOCK= of the unit"
            #expect(report.isFine && report.complaints.contains(warning) == isOfUnit)
        }
    }

    @Test("what it prints of an entry without a name reads back, however long the name of its account is")
    func longTitle() throws {
        let user = String(repeating: "x", count: 255)
        let text = "[[service]]\nname = \"web\"\n[[client]]\ngroup = \"\(user)\"\nroles = [\"validate\"]\n"
        let draft = Configuration.draft([ConfigurationFile(name: "a", text: text)], base: Configuration())
        let (configuration, faults) = draft.resolved(by: Accounts([AccountName(.group, user): .found(1000)]))
        #expect(faults.isEmpty && configuration.text.contains("name = \"group \(user)\""))
        let again = Configuration.draft([ConfigurationFile(name: "b", text: configuration.text)], base: Configuration())
        let (read, refused) = again.resolved(by: Accounts([:]))
        #expect(refused.map(\.description) == [] && read.text == configuration.text)
    }

    @Test("what it prints reads back as the same configuration")
    func roundTrip() throws {
        try bench.write(
            """
            [limits]
            sessions_per_user_policy = "refuse"
            frame_timeout = "1500ms"
            connections_without_role = 100
            [[service]]
            name = "web"
            methods = ["pwd", "otp"]
            floor = "750ms"
            setcred = true
            minimum_uid = 1000
            undecided_codes = []
            undecided = "unavailable"
            reveal_account_state = false
            account_check = "0s"
            on_password_change = "keep"
            unknown_ends = false
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
            uids = "100000-165535"
            roles = ["validate"]
            [[client]]
            user = "*"
            roles = ["validate"]
            """)
        let report = bench.check()
        #expect(report.isFine && report.complaints.isEmpty)
        let text = report.output.joined(separator: "\n")
        #expect(text.contains("# No entry is for root, who has the roles login, validate, watch, admin, metrics.\n"))
        #expect(
            text.contains(
                "# Of 4096 connections, 64 are root's, 100 of users without a role (12 each), 655 kept for each entry "
                    + "with a role, 1967 common.\n"))
        #expect(text.contains("# Of 1048576 sessions, session.create leaves 131072 to logins.\n"))
        let files = ConfigurationFiles(bench.directory.path("usherd.toml")).read().files
        let read = try ConfigurationBench.load(files)
        #expect(try ConfigurationBench.load(text) == read)
        #expect(read.services[0].setsCredentials && read.clients.count == 4)
    }

    @Test("notes what the broker's unit must say for services that it does not serve as it is shipped, and for root")
    func broker() throws {
        try bench.write(
            """
            [[service]]
            name = "usher"
            [[service]]
            name = "usher-web"
            pam = "usher-web"
            check = "quiet"
            [[service]]
            name = "web"
            allow_root = true
            """)
        let notes = bench.check().output.filter { $0.hasPrefix("# usher-pam") }
        #expect(
            notes == [
                "# usher-pam refuses the PAM service quiet unless a drop-in of usher-pam.service says "
                    + "USHER_SERVICES=usher,usher-*,quiet",
                "# usher-pam refuses the PAM service web unless a drop-in of usher-pam.service says "
                    + "USHER_SERVICES=usher,usher-*,web",
                "# usher-pam refuses root in the service \"web\" unless a drop-in of usher-pam.service says "
                    + "USHER_MINIMUM_UID=0",
            ])
    }

    @Test("lines of the account phase that do more than answer are warned of, wherever they stand")
    func activeAccountLines() throws {
        try bench.write("[[service]]\nname = \"usher\"\n")
        let told =
            "warning: the service \"usher\" has pam_faillock.so in the account phase of usher, which does more than "
            + "answer: checks of accounts do it as well, unless check = \"NAME\" names a PAM service without it"
        for (text, isTold) in [
            ("account required pam_faillock.so dir=/x", true),
            ("-account\t[default=ignore bad=die] pam_faillock.so", true),
            ("auth required pam_faillock.so preauth\naccount required pam_unix.so", false),
            ("# account required pam_faillock.so", false), ("@include web", true), ("account include web", true),
            ("account substack dist-only", false), ("@include usher", false),
        ] {
            try bench.write("account required /lib/security/pam_faillock.so\n", to: "pam.d/web")
            try bench.write(text + "\n", to: "pam.d/usher")
            #expect(bench.complaints() == (isTold ? [told] : []), "\(text)")
        }
        try bench.write("[[service]]\nname = \"usher\"\naccount_check = \"0s\"\n")
        try bench.write("account required pam_faillock.so\n", to: "pam.d/usher")
        #expect(bench.complaints().isEmpty)
        try bench.write("[[service]]\nname = \"usher\"\ncheck = \"quiet\"\n")
        try bench.write("account required pam_unix.so\n", to: "pam.d/quiet")
        #expect(bench.complaints().isEmpty)
    }

    @Test("further files count in the order of their names, lists append, single settings change")
    func dropIns() throws {
        bench.directory.makeDirectory("usherd.d")
        try bench.write("[limits]\nlogins = 1\nsubscribers = 1\n[[client]]\nuser = 1\nroles = []\n")
        try bench.write("[limits]\nlogins = 3\n[[client]]\nuser = 3\nroles = []\n", to: "usherd.d/20.toml")
        try bench.write("[limits]\nlogins = 2\n[[client]]\nuser = 2\nroles = []\n", to: "usherd.d/10.toml")
        for name in [".hidden.toml", "30.toml.dpkg-old", "README"] {
            try bench.write("nonsense [", to: "usherd.d/\(name)")
        }
        let files = ConfigurationFiles(bench.directory.path("usherd.toml")).read().files
        let read = try ConfigurationBench.load(files)
        #expect(read.limits.logins == 3 && read.limits.subscribers == 1)
        #expect(read.clients.map(\.subject) == [.user(1), .user(2), .user(3)])
        #expect(bench.check().output.prefix(2) == ["# \(files[0].name)", "# \(files[1].name)"])
    }

    @Test("tells every error with its file and key, and none that only follows from another")
    func everyError() throws {
        bench.directory.makeDirectory("usherd.d")
        try bench.write(
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
            nam = "x"
            idle = "1 h"
            [[client]]
            user = "nobody"
            roles = ["validate", "king"]
            services = ["web"]
            [[client]]
            services = ["nowhere"]
            baord = true
            [[client]]
            user = 7
            roles = ["issue"]
            board = 1
            """)
        try bench.write(
            "[limits]\nlogins = 0\n[[client]]\nuser = 1\nroles = []\nservices = [\"x\"]\n", to: "usherd.d/a.toml")
        let report = bench.check()
        #expect(!report.isFine)
        let (main, second) = (bench.directory.path("usherd.toml"), bench.directory.path("usherd.d/a.toml"))
        let expected = [
            "\(main): limits.capacity:", "\(main): limits.logins:", "\(main): limits.typo:",
            "\(main): service[0].idle:", "\(main): service[0].floor:", "\(main): service[1].name:",
            "\(main): service[1].realm:", "\(main): service[1].idle:", "\(main): service[1].nam:",
            "\(main): client[0].user:", "\(main): client[0].roles[1]:", "\(main): client[1].user:",
            "\(main): client[1].roles:", "\(main): client[1].baord:", "\(main): client[2].board:",
            "\(main): client[2].services:", "\(main): wrong:", "\(second): limits.logins:",
            "\(main): client[1].services[0]:", "\(second): client[0].services[0]:",
        ]
        #expect(report.output.isEmpty && report.complaints.count == expected.count, "\(report.complaints)")
        for (line, start) in zip(report.complaints, expected) { #expect(line.hasPrefix(start), "\(line)") }
    }

    @Test("what cannot be read is an error beside those of the other files, and hides none that is in them")
    func unreadable() throws {
        bench.directory.makeDirectory("usherd.d")
        bench.directory.makeDirectory("usherd.d/10.toml")
        mkfifo(bench.directory.path("usherd.d/20.toml"), 0o600)
        symlink("/nowhere", bench.directory.path("usherd.d/30.toml"))
        symlink("/dev/zero", bench.directory.path("usherd.d/40.toml"))
        try bench.write("[limits]\nlogins = 0\n[[client]]\nuser = 1\nroles = []\nservices = [\"of 20.toml\"]\n")
        try bench.write("logins [", to: "usherd.d/50.toml")
        #expect(!bench.check().isFine)
        let told = bench.complaints()
        #expect(
            told.dropLast() == [
                "usherd.d/10.toml: is no regular file", "usherd.d/20.toml: is no regular file",
                "usherd.d/30.toml: is a link to nothing", "usherd.d/40.toml: is no regular file",
                "usherd.toml: limits.logins: must be 1 to 1024, is 0",
            ])
        #expect(told.last?.hasPrefix("usherd.d/50.toml:1: ") == true)
    }

    @Test("the one file may be missing only where it was not named, and its directory be no link to nothing")
    func missing() throws {
        #expect(bench.complaints() == ["usherd.toml: there is no such file"])
        try bench.write("")
        symlink("/nowhere", bench.directory.path("usherd.d"))
        #expect(bench.complaints() == ["usherd.d: opendir: No such file or directory"])
        unlink(bench.directory.path("usherd.d"))
        try bench.write("x", to: "usherd.d")
        #expect(bench.complaints() == ["usherd.d: opendir: Not a directory"])
        let elsewhere = ConfigurationCheck(ConfigurationFiles(nil, usual: bench.directory.path("none.toml")))
        #expect(elsewhere.run(lookUp: ConfigurationBench.lookUp).isFine)
    }

    @Test(
        "as root tells what the daemon's user cannot read: an error of the usual files, a warning of one that is named",
        .enabled(if: geteuid() == 0, "only root can become another user"))
    func daemonUser() throws {
        let nobody = try #require(HostUser("nobody"))
        bench.directory.makeDirectory("usherd.d", mode: 0o755)
        try File.write("", to: bench.directory.path("usherd.toml"), mode: 0o644)
        try File.write("[limits]\nlogins = 0\n", to: bench.directory.path("usherd.d/a.toml"), mode: 0o600)
        let hidden = "usherd.d/a.toml: user nobody cannot read it: open: Permission denied"
        #expect(bench.complaints(daemon: nobody).last == "warning: \(hidden)")
        let usual = ConfigurationCheck(
            ConfigurationFiles(nil, usual: bench.directory.path("usherd.toml")), daemon: nobody)
        let report = usual.run(lookUp: ConfigurationBench.lookUp)
        #expect(
            !report.isFine
                && report.complaints.prefix(2).map { $0.replacing("\(bench.directory.path)/", with: "") } == [
                    "usherd.d/a.toml: limits.logins: must be 1 to 1024, is 0", hidden,
                ])
        try bench.write("", to: "usherd.d/a.toml")
        chmod(bench.directory.path("usherd.d/a.toml"), 0o644)
        #expect(bench.complaints(daemon: nobody).isEmpty)
        chmod(bench.directory.path("usherd.d"), 0o700)
        #expect(
            bench.complaints(daemon: nobody)
                == ["warning: usherd.d: user nobody cannot read it: opendir: Permission denied"])
        #expect(geteuid() == 0 && getegid() == 0)
    }
}
