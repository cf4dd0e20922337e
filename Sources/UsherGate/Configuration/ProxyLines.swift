package import UsherWebCore

/// Lines for the configuration of a proxy, to be taken as they are: `usher-gate --print`.
package struct ProxyLines: Sendable {
    let configuration: GateConfiguration
    private let socket: String

    /// Lines for proxies that reach the gate at this path of a Unix socket.
    package init(_ configuration: GateConfiguration, socket: String) {
        self.configuration = configuration
        self.socket = socket
    }

    // MARK: nginx

    /// Lines for the block `http`: the gate's socket as an upstream, with connections that are kept.
    package var nginx: String {
        """
        # Made by usher-gate --print nginx. Belongs into /etc/nginx/conf.d.
        upstream usher_gate {
            server unix:\(socket);
            keepalive 16;
        }
        # The port in Host, as browsers write it.
        map $scheme:$server_port $usher_port {
            default :$server_port;
            http:80 "";
            https:443 "";
        }

        """
    }

    /// What belongs into the block `server` of a site; nil where the origin is neither a site nor the portal.
    package func nginx(of origin: Origin) -> String? {
        let site = configuration.site(origin)
        guard site != nil || origin == configuration.portal else { return nil }
        let pages = """
            # Made by usher-gate --print nginx --site \(origin). Belongs into the server block of that origin.
            # The gate's own pages.
            location ^~ /.usher/ {
                proxy_pass http://usher_gate/pages/nginx/;
            \(Self.nginxFields)
            }

            """
        return pages + (site?.rules ?? []).map(nginxRule).joined()
    }

    /// The locations that ask about one rule. nginx chose the server block by `$host`, not by `$http_host`.
    private func nginxRule(_ name: String) -> String {
        """
        location = /usher-auth-\(name) {
            internal;
            proxy_pass http://usher_gate/auth/nginx/\(name);
        \(Self.nginxQuestion)
        }
        location @usher-\(name) {
            rewrite ^ /refused/nginx/\(name)? break;
            proxy_pass http://usher_gate;
        \(Self.nginxQuestion)
        }

        """
    }

    private static var nginxQuestion: String {
        """
            proxy_method GET;
            proxy_pass_request_body off;
            client_max_body_size 0;
            proxy_set_header Content-Length "";
        \(nginxFields)
        """
    }

    /// `proxy_buffer_size` bounds the fields of an answer. An address of 2 KiB takes 6 KiB of the redirect to the
    /// login.
    private static var nginxFields: String {
        """
            proxy_http_version 1.1;
            proxy_buffer_size 8k;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Original-URL "$scheme://$host:$server_port$request_uri";
            proxy_set_header X-Original-Method $request_method;
            proxy_set_header X-Real-IP $remote_addr;
        """
    }

    /// What belongs into a block `location` that the rule protects; nil where there is no such rule.
    package func nginxLocation(of name: String) -> String? {
        guard let rule = configuration.rules.first(where: { $0.name == name }) else { return nil }
        let variables = rule.headers.map { field in
            "auth_request_set \(Self.variable(field)) $upstream_http_\(Self.underscored(field));\n"
        }
        return """
            # Made by usher-gate --print nginx --rule \(name). Belongs into each location that passes on what the rule protects,
            # also into nested ones, and behind fastcgi_params and its kin.
            auth_request /usher-auth-\(name);
            error_page 401 403 = @usher-\(name);
            \(variables.joined())\(Self.identity(rule))proxy_set_header Host $host$usher_port;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;

            """
    }

    /// What tells the tool who asks, for each protocol of nginx to tools: a line for another protocol has no effect.
    ///
    /// Every identity field has a line: nginx drops a client's field of a name that a line sets, even to the empty
    /// value. CGI names the user in `REMOTE_USER`; nginx would set it to the name that the client claims in
    /// `Authorization`.
    private static func identity(_ rule: GateConfiguration.Rule) -> String {
        func value(_ field: IdentityField) -> String { rule.headers.contains(field) ? variable(field) : "\"\"" }
        let fields = ["proxy_set_header", "grpc_set_header"].flatMap { directive in
            IdentityField.allCases.map { "\(directive) \($0.rawValue) \(value($0));\n" }
        }
        let parameters = ["fastcgi_param", "uwsgi_param", "scgi_param"].flatMap { directive in
            IdentityField.allCases.map { "\(directive) HTTP_\(underscored($0).uppercased()) \(value($0));\n" }
                + ["\(directive) REMOTE_USER \(value(.user));\n"]
        }
        return (fields + parameters).joined()
    }

    private static func underscored(_ field: IdentityField) -> String {
        String(
            decoding: field.rawValue.utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 | 0x20 }, as: UTF8.self
        )
    }

    private static func variable(_ field: IdentityField) -> String { "$usher_" + underscored(field) }

    // MARK: Caddy

    /// Snippets to import: `usher_pages` for each site, and `usher_RULE` before what a rule protects, inside `route`.
    package var caddy: String {
        let pages = """
            # Made by usher-gate --print caddy. Import it at the start of the Caddyfile.
            (usher_pages) {
            \thandle_path /.usher/* {
            \t\trewrite * /pages/forward{uri}
            \t\treverse_proxy unix/\(socket)
            \t}
            }

            """
        return pages + configuration.rules.map(caddy).joined()
    }

    /// `Connection: Remote-User` of a client would make Caddy drop that field on the way to the tool. The `?` at the
    /// end of `uri` drops the client's query, which Caddy would append.
    private func caddy(_ rule: GateConfiguration.Rule) -> String {
        """
        (usher_\(rule.name)) {
        \t@usher_odd_\(rule.name) header_regexp Connection (?i)(remote|forwarded|cookie)
        \trespond @usher_odd_\(rule.name) 400
        \trequest_header -Remote*
        \tforward_auth unix/\(socket) {
        \t\turi /auth/forward/\(rule.name)?
        \t\tcopy_headers \(rule.headers.map(\.rawValue).joined(separator: " "))
        \t}
        }

        """
    }
}
