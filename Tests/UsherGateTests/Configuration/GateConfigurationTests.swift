import Testing
import UsherConfiguration
import UsherWebCore

@testable import UsherGate

@Suite("Configuration of the gate")
struct GateConfigurationTests {
    @Test("is read whole, with defaults for what it leaves out")
    func whole() throws {
        let gate = GateBench.configuration
        #expect(gate.portal.text == "https://login.corp.example")
        #expect(gate.sites.map(\.name) == ["Wiki", "https://ci.corp.example:8443"])
        let wiki = try #require(gate.site(GateBench.origin("https://WIKI.corp.example:443")))
        #expect(gate.rule("admin", of: wiki)?.groups == ["staff", "o,d%d"])
        #expect(gate.rule("wiki", of: wiki)?.headers == [.user, .groups])
        #expect(gate.rule("fresh", of: wiki)?.maxAge == .seconds(900))
        let ci = try #require(gate.sites.last)
        #expect(gate.rule("admin", of: ci) == nil, "a rule that is not the site's")
        #expect(gate.groups(of: wiki) == ["staff", "o,d%d"] && gate.groups(of: ci).isEmpty)
        #expect(Set(gate.origins.map(\.text)).count == 3)
    }

    @Test("has two groups where names look the same and differ in their bytes")
    func twins() throws {
        let groups = "groups = [\"M\u{fc}ller\", \"Mu\u{308}ller\"]"
        let text = GateBench.text.replacing("groups = [\"staff\", \"o,d%d\"]", with: groups)
        let gate = try #require(GateBench.read(text).configuration)
        let site = try #require(gate.site(GateBench.origin("https://wiki.corp.example")))
        for names in [gate.groups, gate.groups(of: site)] {
            #expect(names.map { Array($0.utf8) } == ["M\u{fc}ller", "Mu\u{308}ller"].map { Array($0.utf8) })
        }
    }

    @Test("says every fault with its key")
    func faults() {
        let (configuration, faults) = GateBench.read(
            """
            [gate]
            portal = "http://login.corp.example"
            hsts = "3000d"
            [[site]]
            origin = "https://wiki.corp.example/"
            rules = ["wiki", "none"]
            [[site]]
            origin = "https://a.example"
            rules = ["wiki"]
            [[site]]
            origin = "https://A.example:443"
            rules = ["wiki"]
            [[rule]]
            name = "wiki"
            touch = "always"
            headers = ["X-User"]
            colour = "red"
            [[rule]]
            name = "open"
            anonymous = true
            groups = ["staff"]
            """)
        #expect(configuration == nil)
        let keys = faults.compactMap(\.key)
        for key in [
            "gate.portal", "gate.hsts", "gate.proxies", "site[0].origin", "site[2].origin", "rule[0].touch",
            "rule[0].headers[0]", "rule[0].colour", "rule[1].anonymous", "site[0].rules[1]",
        ] {
            #expect(keys.contains(key), "\(key) in \(faults)")
        }
    }

    @Test("has at most 2 KiB of origins of sites, which each page names")
    func origins() {
        func sites(_ count: Int) -> String {
            let label = String(repeating: "a", count: 60)
            let names = (0..<count).map { "https://\(label).\(label).\(label).\(100 + $0).corp.example" }
            return GateBench.text + names.map { "\n[[site]]\norigin = \"\($0)\"\nrules = [\"wiki\"]\n" }.joined()
        }
        #expect(GateBench.read(sites(9)).faults.isEmpty)
        let faults = GateBench.read(sites(10)).faults
        #expect(faults.map(\.key) == ["site[11].origin"] && faults[0].message.contains("2 KiB"))
    }

    @Test("has limits, which a later file changes one by one")
    func limits() throws {
        let usual = GateBench.configuration.limits
        #expect(usual == GateLimits())
        #expect(usual.text.contains("\nflows = 20\n") && usual.text.contains("\nheaders = \"40K\"\n"))
        let read = GateBench.read(GateBench.text + "[limits]\nflows = 60\nbody = \"16K\"", "[limits]\nflows = 50")
        let limits = try #require(read.configuration?.limits)
        #expect(limits.flows == 50 && limits.body == 16_384 && limits.codes == usual.codes)
        #expect(GateBench.read(GateBench.text + limits.text).configuration?.limits == limits)
        let faults = GateBench.read(
            GateBench.text + """
                [limits]
                flows = 0
                codes = 1000000
                connections = "many"
                sessions = -1
                body = "1G"
                headers = "40KiB"
                colour = 1
                """
        ).faults
        let names = ["body", "codes", "colour", "connections", "flows", "headers", "sessions"]
        #expect(faults.compactMap(\.key).sorted() == names.map { "limits." + $0 })
    }

    @Test("has texts in place of PAM's, and says every fault in them")
    func prompts() throws {
        let text = """
            [page.prompts."Verification code:"]
            de = "Bestätigungscode"
            autocomplete = "one-time-code"
            """
        let prompts = try #require(GateBench.read(GateBench.text + text).configuration?.prompts)
        for spelt in ["Verification code: ", "Verification code:", " \tVerification code:\n"] {
            #expect(prompts.entry(spelt)?.texts == [.german: "Bestätigungscode"])
        }
        #expect(prompts.entry("verification code:") == nil && prompts.entry("") == nil)
        let faults = GateBench.read(
            GateBench.text + """
                [page]
                colour = "red"
                [page.prompts.A]
                de = ""
                nl = "x"
                autocomplete = "cc-number"
                [page.prompts." "]
                en = "x"
                [page.prompts]
                B = "x"
                """
        ).faults
        let keys = [
            "page.colour", "page.prompts. ", "page.prompts.A.autocomplete", "page.prompts.A.de", "page.prompts.A.nl",
        ]
        #expect(faults.compactMap(\.key).sorted() == (keys + ["page.prompts.B"]).sorted(), "\(faults)")
    }

    @Test("without the table [gate] is none")
    func empty() {
        #expect(GateBench.read("").faults.map(\.key) == ["gate"])
        #expect(GateBench.read("[gate").faults.map(\.code).contains(.syntax))
    }
}

@Suite("Lines for proxies")
struct ProxyLinesTests {
    private let lines = ProxyLines(GateBench.configuration, socket: "/run/usher-gate/http.sock")

    @Test("take each identity from the gate, and delete the others")
    func nginx() throws {
        let text = try #require(lines.nginxLocation(of: "wiki"))
        #expect(text.contains("auth_request /usher-auth-wiki;\n"))
        #expect(text.contains("auth_request_set $usher_remote_user $upstream_http_remote_user;\n"))
        #expect(text.contains("proxy_set_header Remote-User $usher_remote_user;\n"))
        #expect(text.contains("proxy_set_header Remote-Email \"\";\n"))
        #expect(text.contains("fastcgi_param HTTP_REMOTE_AUTH_METHODS \"\";\n"))
        #expect(text.contains("uwsgi_param REMOTE_USER $usher_remote_user;\n"))
        #expect(lines.nginxLocation(of: "none") == nil)
    }

    @Test("name the rules of a site alone, and never what a client says of its host")
    func site() throws {
        let text = try #require(lines.nginx(of: GateBench.origin("https://ci.corp.example:8443")))
        #expect(text.contains("/auth/nginx/wiki;") && !text.contains("admin"))
        let all = text + lines.nginx + lines.caddy
        #expect(!all.contains("$http_host"))
        #expect(lines.nginx(of: GateBench.origin("https://login.corp.example"))?.contains("/pages/nginx/") == true)
        #expect(lines.nginx(of: GateBench.origin("https://e.example")) == nil)
    }

    @Test("for Traefik empty what a client says before the gate is asked, and name every host")
    func traefik() throws {
        let text = lines.traefik(forwarder: "http://127.0.0.1:8089")
        #expect(text.contains("address = \"http://127.0.0.1:8089/auth/forward/admin\""))
        #expect(text.contains("authResponseHeaders = [\"Remote-User\", \"Remote-Groups\", \"Remote-Email\"]"))
        #expect(text.contains("middlewares = [\"usher-nobody\", \"usher-ask-admin\"]"))
        #expect(text.contains("Remote-Auth-Time = \"\"\n") && text.contains("Remote_Auth_Time = \"\"\n"))
        let hosts = ["wiki", "ci", "login"].map { "Host(`\($0).corp.example`)" }.joined(separator: " || ")
        #expect(text.contains("rule = \"(\(hosts)) && PathPrefix(`/.usher/`)\""))
        #expect(text.contains("regex = '^/\\.usher/(.*)'\n"))
    }
}
