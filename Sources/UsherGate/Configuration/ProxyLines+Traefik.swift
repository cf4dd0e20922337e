internal import UsherWebCore

extension ProxyLines {
    /// A file for Traefik's file provider. `forwarder` is the address that leads Traefik to the gate, such as
    /// `http://127.0.0.1:8089`: Traefik asks for forward-auth by TCP alone. A router uses the middleware `usher-RULE`;
    /// a router of its own serves the gate's pages.
    package func traefik(forwarder: String) -> String {
        """
        # Made by usher-gate --print traefik. Belongs into the directory of Traefik's file provider.
        # Routers of what a rule protects have the middleware usher-RULE@file.
        [http.middlewares.usher-pages.replacePathRegex]
        regex = '^/\\.usher/(.*)'
        replacement = "/pages/forward/$1"
        [http.middlewares.usher-nobody.headers.customRequestHeaders]
        \(Self.emptied)
        \(configuration.rules.map { middlewares($0, forwarder) }.joined())\
        [http.routers.usher-pages]
        rule = "(\(hosts)) && PathPrefix(`/.usher/`)"
        priority = 1000000
        middlewares = ["usher-pages"]
        service = "usher-gate"
        [http.routers.usher-pages.tls]
        [[http.services.usher-gate.loadBalancer.servers]]
        url = "\(forwarder)"

        """
    }

    /// Lines that delete a client's identity fields, by an empty value, before the gate is asked. Names with `_` are
    /// among them, since CGI takes `_` for `-`.
    private static var emptied: String {
        IdentityField.allCases.flatMap { field in
            let name = field.rawValue
            return [name, String(name.map { $0 == "-" ? "_" : $0 })]
        }.map { "\($0) = \"\"" }.joined(separator: "\n")
    }

    private func middlewares(_ rule: GateConfiguration.Rule, _ forwarder: String) -> String {
        """
        [http.middlewares.usher-ask-\(rule.name).forwardAuth]
        address = "\(forwarder)/auth/forward/\(rule.name)"
        trustForwardHeader = false
        authResponseHeaders = [\(rule.headers.map { "\"\($0.rawValue)\"" }.joined(separator: ", "))]
        [http.middlewares.usher-\(rule.name).chain]
        middlewares = ["usher-nobody", "usher-ask-\(rule.name)"]

        """
    }

    /// Traefik compares the host without its port.
    private var hosts: String {
        configuration.origins.map { "Host(`\(Self.host($0))`)" }.joined(separator: " || ")
    }

    private static func host(_ origin: Origin) -> String {
        let authority = origin.text.utf8.drop { $0 != UInt8(ascii: "/") }.dropFirst(2)
        guard authority.first != UInt8(ascii: "[") else {
            return String(decoding: authority.prefix { $0 != UInt8(ascii: "]") }, as: UTF8.self) + "]"
        }
        return String(decoding: authority.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
    }
}
