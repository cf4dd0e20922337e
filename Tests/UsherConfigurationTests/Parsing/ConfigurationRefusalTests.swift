import Testing
import UsherConfiguration
import UsherEngine

@Suite("Faults of a configuration")
struct ConfigurationRefusalTests {
    @Test(
        "are told where a table's header begins no name, at which the parser would end the process",
        arguments: [
            "[\n", "[ü]\n", "[[\u{fffd}]]\n", " \t[ .a]\n", "[#]\n", "[\r\n", "[[ =\n", "[[[a]]]\n", "[", "[[", "[]\n",
            "[[]]\n",
            "[ [a]]\n", "[\u{a0}a]\n",
        ])
    func headers(_ header: String) async {
        await #expect(processExitsWith: .success) { [header] in
            for start in ["", "\u{feff}", "[limits]\ncapacity = 1\n"] {
                let file = ConfigurationFile(name: "usherd.toml", text: start + header)
                let (_, faults) = Configuration.draft([file]).resolved(by: ConfigurationBench.lookUp([]))
                #expect(faults.first?.code == .syntax, "\(faults)")
                #expect(faults.first?.line == (start.contains("limits") ? 3 : 1), "\(faults)")
            }
        }
    }

    @Test(
        "are told where a brace stands in place of a list's value, at which the parser would end the process",
        arguments: [
            ("a = [}\n", 1), ("a = [\n# why\n  }]", 3), ("a = [1, }", 1), ("a = [\"]\", '\\', }", 1),
            ("a = [\"\"\"\nx\\\"\n\"\"\", }]", 3), ("a = [[1], }]", 1), ("a = [}\u{7f}}\"}}va|\n", 1),
        ])
    func braces(_ text: String, _ line: Int) async {
        await #expect(processExitsWith: .success) { [text, line] in
            let (_, faults) = Configuration.draft([ConfigurationFile(name: "usherd.toml", text: text)])
                .resolved(by: ConfigurationBench.lookUp([]))
            #expect(faults.first?.code == .syntax && faults.first?.line == line, "\(faults)")
        }
    }

    @Test("are not seen where a brace closes a table, or stands in a string or a comment")
    func tables() {
        for value in ["[{b = 1}]", "[\"}\"]", "['[}']", "[ # }\n]", "[{b = [1]}, {}]", "\"\"\"[}\"\"\""] {
            let fault = ConfigurationBench.fault("a = \(value)")
            #expect(fault?.contains("a: unknown key") == true, "\(fault ?? "none")")
        }
    }

    @Test(
        "are told with file, line and words where it is no TOML",
        arguments: [
            ("[limits\ncapacity = 1", "1.toml:1: Error while parsing table header: expected ']', saw '\\n'"),
            (
                "# x\n[limits]\ncapacity = \n",
                "1.toml:3: Error while parsing key-value pair: expected value, saw '\\n'"
            ),
            (
                "[limits]\ncapacity = 1\ncapacity = 2",
                "1.toml:3: Error while parsing key-value pair: cannot redefine existing integer 'capacity'"
            ),
            ("a = \"\u{0}\"", "1.toml: NUL is not allowed, not even escaped"),
            ("[pam]\nsocket = \"/tmp/a\\u0000b\"", "1.toml: NUL is not allowed, not even escaped"),
            ("\"\\U00000000\" = 1", "1.toml: NUL is not allowed, not even escaped"),
        ])
    func syntax(_ text: String, _ fault: String) {
        #expect(ConfigurationBench.fault(text) == fault)
    }

    @Test(
        "are told with file and key where a key or a type is wrong",
        arguments: [
            ("limit = 1", "1.toml: limit: unknown key; here belong client, cluster, limits, pam, service"),
            ("[pam]\nport = 1", "1.toml: pam.port: unknown key; here belong socket"),
            ("limits = 1", "1.toml: limits: expected a table [limits], found an integer"),
            ("[service]\nname = \"a\"", "1.toml: service: expected tables [[service]], found a table"),
            ("service = [1]", "1.toml: service[0]: expected a table [[service]], found an integer"),
            ("[limits]\ncapacity = \"1\"", "1.toml: limits.capacity: expected an integer, found a string"),
            ("[limits]\ncapacity = 1.5", "1.toml: limits.capacity: expected an integer, found a floating-point number"),
            ("[limits]\ncapacity = true", "1.toml: limits.capacity: expected an integer, found a bool"),
            ("[pam]\nsocket = 1979-05-27", "1.toml: pam.socket: expected a string, found a date"),
        ])
    func keysAndTypes(_ text: String, _ fault: String) {
        #expect(ConfigurationBench.fault(text) == fault)
    }

    @Test(
        "of limits",
        arguments: [
            ("capacity = 0", "capacity: must be 1 to 16777216, is 0"),
            ("capacity = -9223372036854775808", "capacity: must be 1 to 16777216, is -9223372036854775808"),
            ("capacity = 16777217", "capacity: must be 1 to 16777216, is 16777217"),
            ("capacity = 2147483648", "capacity: must be 1 to 16777216, is 2147483648"),
            ("logins = 1025", "logins: must be 1 to 1024, is 1025"),
            ("frame_timeout = 10", "frame_timeout: expected a duration such as \"30m\", found an integer"),
            ("frame_timeout = \"1h\"", "frame_timeout: must be 100ms to 5m, is 1h"),
            ("connections = 64", "connections_for_root: must be less than connections, which is 64"),
            (
                "connections = 100\nconnections_for_root = 60\nconnections_without_role = 40",
                "connections_without_role: must be less than what connections and connections_for_root leave, which is 40"
            ),
            ("limiter_names = 1001", "limiter_names: must be a multiple of 8, is 1001"),
            ("sessions_per_user_policy = \"drop\"", "sessions_per_user_policy: must be \"evict\" or \"refuse\""),
        ])
    func limits(_ line: String, _ fault: String) {
        #expect(ConfigurationBench.fault("[limits]\n" + line) == "1.toml: limits." + fault)
    }

    @Test(
        "of services",
        arguments: [
            ("", "name: is missing"),
            ("name = \"\"", "name: must be 1 to 32 of a-z, 0-9, - and _, beginning with a letter or a digit"),
            ("name = \"../x\"", "name: must be 1 to 32 of a-z, 0-9, - and _, beginning with a letter or a digit"),
            (
                "name = \"a\"\npam = \"etc/login\"",
                "pam: must be 1 to 32 of a-z, 0-9, - and _, beginning with a letter or a digit"
            ),
            (
                "name = \"a\"\nrealm = \"A\"",
                "realm: must be 1 to 32 of a-z, 0-9, - and _, beginning with a letter or a digit"
            ),
            ("name = \"other\"", "pam: \"other\" is what PAM falls back to, and no service"),
            ("name = \"a\"\nmethods = []", "methods: must not be empty"),
            ("name = \"a\"\nmethods = [\"pwd\", 1]", "methods[1]: expected a string, found an integer"),
            ("name = \"a\"\nmethods = [\"pwd\", \"pwd\"]", "methods[1]: \"pwd\" is there twice"),
            (
                "name = \"a\"\nmethods = [\"password\"]",
                "methods[0]: \"password\" is no method of RFC 8176, such as \"pwd\", \"otp\" or \"mfa\""
            ),
            (
                "name = \"a\"\nidle = \"30\"",
                "idle: \"30\" is no duration; write a number and ms, s, m, h or d, such as \"30m\""
            ),
            ("name = \"a\"\nidle = \"31d\"", "idle: must be 1s to 30d, is 31d"),
            ("name = \"a\"\nidle = \"13h\"", "idle: must not be longer than absolute, which is 12h"),
            ("name = \"a\"\nfloor = \"0s\"", "floor: must be 50ms to 1m, is 0s"),
            (
                "name = \"a\"\nfloor = \"2s\"\nlogin_timeout = \"3s\"",
                "floor: must not be longer than half of login_timeout, which is 3s"
            ),
            ("name = \"a\"\naccount_check = \"59s\"", "account_check: must be 1m to 7d, or 0s for never"),
            ("name = \"a\"\naccount_check = \"8d\"", "account_check: must be 0s to 7d, is 8d"),
            ("name = \"a\"\non_password_change = \"no\"", "on_password_change: must be \"end\" or \"keep\""),
            ("name = \"a\"\ncheck = \"other\"", "check: \"other\" is what PAM falls back to, and no service"),
            ("name = \"a\"\nminimum_uid = 0", "minimum_uid: must be 1 to 4294967294, is 0"),
            ("name = \"a\"\nundecided = \"no\"", "undecided: must be \"denied\" or \"unavailable\", is \"no\""),
            (
                "name = \"a\"\nundecided_codes = [9, 7]",
                "undecided_codes[1]: is 7; undecided may be 9 (AUTHINFO_UNAVAIL), 24 (TRY_AGAIN) and 4 (SYSTEM_ERR)"
            ),
            ("name = \"a\"\nundecided_codes = [9, 9]", "undecided_codes[1]: 9 is there twice"),
            ("name = \"a\"\nundecided_codes = 9", "undecided_codes: expected a list of integers, found an integer"),
            ("name = \"a\"\nundecided_codes = [\"9\"]", "undecided_codes[0]: expected an integer, found a string"),
            ("name = \"a\"\nallow_root = \"yes\"", "allow_root: expected true or false, found a string"),
            (
                "name = \"a\"\nidel = \"1m\"",
                """
                idel: unknown key; here belong absolute, account_check, allow_no_account, allow_password_change, \
                allow_root, answer_timeout, check, floor, idle, login_timeout, methods, minimum_uid, name, \
                on_password_change, pam, realm, relay_messages, reveal_account_state, setcred, undecided, \
                undecided_codes, unknown_ends
                """
            ),
        ])
    func services(_ lines: String, _ fault: String) {
        #expect(ConfigurationBench.fault("[[service]]\n" + lines) == "1.toml: service[0]." + fault)
    }

    @Test(
        "of clients",
        arguments: [
            (
                "roles = [\"login\"]",
                "user: is missing, and so are group and uids: one of them says whom the entry is about"
            ),
            ("user = 1\ngroup = 1", "group: must not stand beside user: write an entry for each"),
            ("user = 1\nuids = \"1-2\"", "uids: must not stand beside user: write an entry for each"),
            ("group = 1\nuids = \"1-2\"", "uids: must not stand beside group: write an entry for each"),
            ("uids = 100000", "uids: expected a string, found an integer"),
            ("uids = \"\"", "uids: \"\" is no range of uids, such as \"100000-165535\""),
            ("uids = \"1000\"", "uids: \"1000\" is no range of uids, such as \"100000-165535\""),
            ("uids = \"1-2-3\"", "uids: \"1-2-3\" is no range of uids, such as \"100000-165535\""),
            ("uids = \"-1-2\"", "uids: \"-1-2\" is no range of uids, such as \"100000-165535\""),
            ("uids = \"+1-2\"", "uids: \"+1-2\" is no range of uids, such as \"100000-165535\""),
            ("uids = \"1 - 2\"", "uids: \"1 - 2\" is no range of uids, such as \"100000-165535\""),
            ("uids = \"1-\"", "uids: \"1-\" is no range of uids, such as \"100000-165535\""),
            (
                "uids = \"1-4294967295\"",
                "uids: \"1-4294967295\" is no range of uids, such as \"100000-165535\""
            ),
            ("uids = \"2-1\"", "uids: the first uid, 2, is greater than the last, 1"),
            ("uids = \"0-65535\"", "uids: must not begin with 0: root takes an entry of its own"),
            ("user = \"nobody\"", "user: there is no user \"nobody\""),
            ("group = \"wheel\"", "group: there is no group \"wheel\""),
            ("group = \"*\"", "group: there is no group \"*\""),
            ("user = -1", "user: must be 0 to 4294967294, is -1"),
            ("user = 4294967295", "user: must be 0 to 4294967294, is 4294967295"),
            ("user = true", "user: expected a name or a number, found a bool"),
            ("user = 1", "roles: is missing"),
            ("user = 1\nroles = \"login\"", "roles: expected a list of strings, found a string"),
            (
                "user = 1\nroles = [\"login\", \"root\"]",
                "roles[1]: \"root\" is none of login, validate, issue, watch, admin, metrics"
            ),
            (
                "user = 1\nroles = [\"issue\"]",
                "services: must be named where the role issue is given: it is impersonation"
            ),
            ("user = 1\nroles = [\"login\"]\nservices = []", "services: must not be empty"),
            ("user = 1\nroles = [\"login\"]\nservices = [\"x\"]", "services[0]: there is no service \"x\""),
            ("user = 1\nroles = [\"login\"]\nname = \"a\\nb\"", "name: must be 1 to 261 bytes without control bytes"),
            (
                "user = 1\nroles = [\"login\"]\nrole = 1",
                "role: unknown key; here belong board, group, name, relays_source, roles, services, uids, user"
            ),
        ])
    func clients(_ lines: String, _ fault: String) {
        #expect(ConfigurationBench.fault("[[client]]\n" + lines) == "1.toml: client[0]." + fault)
    }

    @Test("of ranges of uids that overlap, within a file and across files")
    func ranges() {
        let first = "[[client]]\nuids = \"1000-1999\"\nroles = []\n"
        for range in ["1999-3000", "1-1000", "1500-1500", "1-4294967294"] {
            let second = "[[client]]\nuids = \"\(range)\"\nroles = []\n"
            let fault = "uids: overlaps the uids of the entry \"uids 1000-1999\""
            #expect(ConfigurationBench.fault(first + second) == "1.toml: client[1].\(fault)")
            #expect(ConfigurationBench.fault(first, second) == "2.toml: client[0].\(fault)")
        }
        #expect(ConfigurationBench.fault(first, "[[client]]\nuids = \"2000-2000\"\nroles = []") == nil)
        #expect(ConfigurationBench.fault("[[client]]\nuser = 1500\nroles = []\n" + first) == nil)
    }

    @Test(
        "of paths",
        arguments: [
            ("[pam]\nsocket = \"usher.sock\"", "pam.socket: must be an absolute path"),
            ("[pam]\nsocket = \"\"", "pam.socket: must be an absolute path"),
            (
                "[pam]\nsocket = \"/\(String(repeating: "x", count: 107))\"",
                "pam.socket: must not be longer than 107 bytes"
            ),
        ])
    func paths(_ text: String, _ fault: String) {
        #expect(ConfigurationBench.fault(text) == "1.toml: " + fault)
    }

    @Test("name the file of a name that was used before, within a file and across files")
    func duplicates() {
        let service = "[[service]]\nname = \"web\"\n"
        #expect(
            ConfigurationBench.fault(service + service) == "1.toml: service[1].name: there is a service web already")
        #expect(ConfigurationBench.fault(service, service) == "2.toml: service[0].name: there is a service web already")
        let client = "[[client]]\nuser = \"alice\"\nroles = []\n"
        #expect(
            ConfigurationBench.fault(client, client) == "2.toml: client[0].name: there is a client user alice already")
    }

    @Test("carry a code for programs")
    func codes() {
        for (text, code) in [
            ("[", .syntax), ("x = 1", .unknownKey), ("[[service]]", .missingKey), ("limits = 1", .wrongType),
            ("[limits]\nlogins = 0", .badValue), ("[[client]]\nuser = \"nobody\"", .unknownAccount),
        ] as [(String, ConfigurationError.Code)] {
            let error = #expect(throws: ConfigurationError.self) { try ConfigurationBench.load(text) }
            #expect(error?.code == code)
        }
    }

    @Test("of too many services and clients")
    func bounds() {
        let services = (0...255).map { "[[service]]\nname = \"s\($0)\"\n" }.joined()
        #expect(ConfigurationBench.fault(services) == "1.toml: service[255].name: more than 255 services")
        let clients = (0...1024).map { "[[client]]\nuser = \($0)\nroles = []\n" }.joined()
        #expect(ConfigurationBench.fault(clients) == "1.toml: client[1024].name: more than 1024 clients")
    }

    @Test("of more realms than the ledger can tell apart, wherever they stand")
    func realms() {
        func services(_ range: Range<Int>) -> String {
            range.map { "[[service]]\nname = \"s\($0)\"\nrealm = \"r\($0)\"\n" }.joined()
        }
        let known = services(0..<64) + "[[service]]\nname = \"again\"\nrealm = \"r7\"\n"
        #expect(ConfigurationBench.fault(known) == nil)
        #expect(ConfigurationBench.fault(services(0..<65)) == "1.toml: service[64].realm: more than 64 realms")
        #expect(ConfigurationBench.fault(known, services(64..<65)) == "2.toml: service[0].realm: more than 64 realms")
    }
}
