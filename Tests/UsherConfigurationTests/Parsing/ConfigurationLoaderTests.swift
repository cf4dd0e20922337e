import Testing
import UsherConfiguration
import UsherEngine
import UsherLogin

@Suite("Configuration loader")
struct ConfigurationLoaderTests {
    @Test("without a file gives the defaults, open to root alone")
    func defaults() throws {
        let read = try ConfigurationBench.load()
        #expect(read == Configuration())
        #expect(try ConfigurationBench.load("", "# nothing\n") == read)
        #expect(read.services == [Service(name: "usher")])
        #expect(read.services[0].pam == "usher" && read.services[0].realm == "default")
        #expect(read.services[0].idle == .seconds(1800) && read.services[0].absolute == .seconds(43_200))
        #expect(read.services[0].rules.floor == .seconds(1) && !read.services[0].rules.allowsRoot)
        #expect(read.clients == [.root])
        #expect(read.limits.capacity == 1_048_576 && read.limits.sessionsPerUser == 100)
        #expect(read.limits.connections == 4096 && read.limits.connectionsPerUID == 256)
        #expect(read.limits.connectionsForRoot == 64 && read.limits.inFlight == 128)
        #expect(read.limits.logins == 64 && read.limits.loginsPerSource == 4 && read.limits.subscribers == 64)
        #expect(read.limits.frameTimeout == .seconds(10))
        #expect(read.limits.namesPerSource == 100 && read.limits.limiterNames == 65_536)
    }

    @Test("reads every key of a service")
    func service() throws {
        let read = try ConfigurationBench.load(
            """
            [[service]]
            name = "web"
            pam = "usher-web"
            realm = "intranet"
            methods = ["pwd", "otp"]
            idle = "10m"
            absolute = "8h"
            login_timeout = "90s"
            answer_timeout = "45s"
            floor = "500ms"
            relay_messages = true
            reveal_account_state = false
            allow_root = true
            minimum_uid = 1000
            allow_no_account = true
            allow_password_change = true
            undecided_codes = [9, 4]
            undecided = "unavailable"
            setcred = true
            account_check = "5m"
            on_password_change = "keep"
            unknown_ends = false
            check = "usher-web-account"
            [[service]]
            name = "cli"
            """)
        var rules = LoginRules(
            loginTimeout: .seconds(90), answerTimeout: .seconds(45), floor: .milliseconds(500), relaysMessages: true,
            revealsAccountState: false, allowsRoot: true, minimumUID: 1000,
            allowsNoAccount: true, allowsPasswordChange: true)
        rules.undecidedCodes = [4, 9]
        rules.revealsUndecided = true
        let web = Service(
            name: "web", pam: "usher-web", realm: "intranet", methods: ["pwd", "otp"], idle: .seconds(600),
            absolute: .seconds(28_800), rules: rules,
            accounts: AccountRules(
                interval: .seconds(300), onPasswordChange: .keep, unknownEnds: false, check: "usher-web-account"),
            setsCredentials: true)
        #expect(read.services == [web, Service(name: "cli")])
        #expect(!web.rules.changesPassword)
        #expect(read.service("web") == web && read.service("usher") == nil)
    }

    @Test("reads every key of the limits, and of pam")
    func limits() throws {
        let read = try ConfigurationBench.load(
            """
            [pam]
            socket = "/tmp/p.sock"
            [limits]
            capacity = 1000
            sessions_per_user = 5
            sessions_per_user_policy = "refuse"
            connections = 500
            connections_per_uid = 50
            connections_for_root = 10
            in_flight = 16
            frame_timeout = "5s"
            logins = 8
            logins_per_source = 2
            subscribers = 3
            names_per_source = 7
            limiter_names = 1024
            """)
        var limits = Limits()
        limits.capacity = 1000
        limits.sessionsPerUser = 5
        limits.sessionsPerUserPolicy = .refuse
        limits.connections = 500
        limits.connectionsPerUID = 50
        limits.connectionsForRoot = 10
        limits.inFlight = 16
        limits.frameTimeout = .seconds(5)
        limits.logins = 8
        limits.loginsPerSource = 2
        limits.subscribers = 3
        limits.namesPerSource = 7
        limits.limiterNames = 1024
        #expect(read.limits == limits)
        #expect(read.pam == .init(socket: "/tmp/p.sock"))
    }

    @Test("reads clients in order, and resolves their names once")
    func clients() throws {
        let read = try ConfigurationBench.load(
            """
            [[service]]
            name = "web"
            [[client]]
            name = "web tool"
            user = "www-data"
            roles = ["login", "validate"]
            services = ["web"]
            relays_source = true
            board = false
            [[client]]
            group = "staff"
            roles = ["watch"]
            [[client]]
            user = 4294967294
            roles = ["issue"]
            services = ["web"]
            [[client]]
            group = 0
            roles = ["admin"]
            [[client]]
            uids = "100000-165535"
            roles = ["validate"]
            [[client]]
            user = "*"
            roles = []
            """)
        #expect(
            read.clients == [
                ClientEntry(
                    name: "web tool", subject: .user(33), roles: [.login, .validate], services: ["web"],
                    relaysSource: true, board: false),
                ClientEntry(name: "group staff", subject: .group(50), roles: .watch),
                ClientEntry(name: "user 4294967294", subject: .user(4_294_967_294), roles: .issue, services: ["web"]),
                ClientEntry(name: "group 0", subject: .group(0), roles: .admin),
                ClientEntry(name: "uids 100000-165535", subject: .users(100_000...165_535), roles: .validate),
                ClientEntry(name: "anyone", subject: .anyone),
            ])
    }

    @Test("lets later files change settings and add entries")
    func files() throws {
        let read = try ConfigurationBench.load(
            """
            [limits]
            capacity = 1000
            logins = 8
            [[service]]
            name = "web"
            [[client]]
            user = "root"
            roles = ["admin"]
            """,
            """
            [limits]
            capacity = 2000
            [[service]]
            name = "cli"
            [[client]]
            user = "alice"
            services = ["web", "cli"]
            roles = ["login"]
            """)
        #expect(read.limits.capacity == 2000 && read.limits.logins == 8)
        #expect(read.services.map(\.name) == ["web", "cli"])
        #expect(read.clients.map(\.name) == ["user root", "user alice"])
    }

    @Test("lets a client name a service of a later file, and one that holds without a file")
    func references() throws {
        let client = "[[client]]\nuser = \"alice\"\nroles = [\"login\"]\nservices = [\"NAME\"]\n"
        #expect(ConfigurationBench.fault(client.replacing("NAME", with: "usher")) == nil)
        #expect(ConfigurationBench.fault(client.replacing("NAME", with: "web"), "[[service]]\nname = \"web\"") == nil)
        #expect(
            ConfigurationBench.fault(client.replacing("NAME", with: "usher"), "[[service]]\nname = \"web\"")
                == "1.toml: client[0].services[0]: there is no service \"usher\"")
    }

    @Test("keeps what it was based on where the files say nothing")
    func base() throws {
        let base = Configuration.development(directory: "/run/user/1/usher", uid: 1001)
        #expect(try ConfigurationBench.load("[limits]\nlogins = 64", base: base) == base)
        #expect(base.services.map(\.name) == ["default"])
        #expect(base.pam.socket == "/run/user/1/usher/pam.sock")
        #expect(base.clients.map(\.roles) == [.all])
        let entry = try ConfigurationBench.load("[[service]]\nname = \"default\"\nidle = \"1m\"", base: base).services[
            0]
        #expect(entry.rules == base.services[0].rules && entry.idle == .seconds(60))
        let other = try ConfigurationBench.load("[[service]]\nname = \"other-one\"", base: base).services
        #expect(other.map(\.rules.allowsNoAccount) == [false])
    }

    @Test("root is whoever an entry's name turns out to be")
    func named() throws {
        for (text, roles) in [("\"root\"", []), ("0", []), ("\"alice\"", ClientEntry.root.roles)] as [(String, Roles)] {
            let read = try ConfigurationBench.load("[[client]]\nuser = \(text)\nroles = []\n")
            #expect(Policy(read).grant(uid: 0, gid: 0, groups: []).roles == roles, "\(text)")
        }
    }
}
