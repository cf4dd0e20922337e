import UsherClient
import UsherConfiguration
import UsherWebCore

@testable import UsherGate

/// A configuration with two sites beside the portal, and what is needed around it.
enum GateBench {
    static let text = """
        [gate]
        portal = "https://login.corp.example"
        proxies = ["www-data"]
        [[site]]
        origin = "https://wiki.corp.example"
        name = "Wiki"
        rules = ["wiki", "admin", "public", "fresh"]
        [[site]]
        origin = "https://ci.corp.example:8443"
        rules = ["wiki"]
        [[rule]]
        name = "wiki"
        [[rule]]
        name = "admin"
        groups = ["staff", "o,d%d"]
        users = ["root2"]
        headers = ["Remote-User", "Remote-Groups", "Remote-Email"]
        email = "{user}@corp.example"
        [[rule]]
        name = "public"
        anonymous = true
        [[rule]]
        name = "fresh"
        max_age = "15m"
        methods = ["otp"]
        preflight = true

        """

    static func read(_ texts: String...) -> (configuration: GateConfiguration?, faults: [ConfigurationError]) {
        var content = ConfigurationFiles("/none").read()
        content.files = texts.map { ConfigurationFile(name: "gate.toml", text: $0) }
        content.faults = []
        return GateConfiguration.read(content)
    }

    static var configuration: GateConfiguration {
        let (configuration, faults) = read(text)
        precondition(faults.isEmpty, "\(faults)")
        return configuration ?? GateConfiguration(portal: origin("https://none.example"))
    }

    static func origin(_ text: String) -> Origin {
        guard let origin = Origin(text) else { preconditionFailure(text) }
        return origin
    }

    static func session(_ user: String = "ann", age: Int64 = 0, methods: [String] = ["pwd"]) -> Session {
        guard let handle = SessionHandle("h_AAAAAAAAAAAAAAAB") else { preconditionFailure("a handle") }
        return Session(
            handle: handle, user: user, created: UnixTime(seconds: 1_000_000),
            authenticated: UnixTime(seconds: 1_000_000 - age), methods: methods)
    }

    static let now = UnixTime(seconds: 1_000_000)

    /// Fields of a request, names in small letters.
    static func fields(_ fields: [(String, String)]) -> (String) -> [String] {
        { name in fields.filter { $0.0 == name }.map(\.1) }
    }
}

extension GateAnswer {
    func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }
    func one(_ name: String) -> String? { all(name).first }
}
