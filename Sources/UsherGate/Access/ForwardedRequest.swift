package import UsherWebCore

/// The kind of proxy that asks. Each kind overwrites its own set of fields, and the gate reads that set alone: a client
/// cannot set a field that counts.
package enum ProxyKind: String, Sendable, CaseIterable {
    /// nginx with `auth_request`.
    case nginx
    /// Caddy with `forward_auth`, or Traefik with `forwardAuth`.
    case forward
}

/// The request that a proxy asks about, as the fields of its kind say it.
package struct ForwardedRequest: Sendable {
    /// Why a request is not understood. The proxy has another configuration than the printed lines, or serves http, or
    /// somebody forges requests.
    package enum Refusal: Error, Sendable, Hashable, CustomStringConvertible {
        /// A field of the proxy is not there.
        case missing(String)
        /// A field of the proxy is there twice or is a list.
        case several(String)
        /// The address does not begin with an origin.
        case address
        /// The browser came over http.
        case insecure

        /// The reason in words.
        package var description: String {
            switch self {
            case .missing(let name): "the field \(name) is missing or empty"
            case .several(let name): "the field \(name) is there twice"
            case .address: "the address has no origin"
            case .insecure: "the browser came over http"
            }
        }
    }

    /// Where the browser asked.
    package let origin: Origin
    /// Path and query as the browser sent them; `/` for a request for one of the gate's own pages.
    package let path: String
    /// The method.
    package let method: String
    /// The browser's address.
    package let remoteAddress: String?

    /// Reads the fields that a proxy of `kind` sets; `values` gives all values of a field, whose name is in small
    /// letters.
    package init(
        _ kind: ProxyKind, insecureLocalhost: Bool, values: (String) -> [String]
    ) throws(Refusal) {
        switch kind {
        case .nginx:
            let address = try Self.one("x-original-url", values)
            (origin, path) = try Self.split(address, insecureLocalhost)
            method = try Self.one("x-original-method", values)
            remoteAddress = try? Self.one("x-real-ip", values)
        case .forward:
            origin = try Self.forwardedOrigin(insecureLocalhost, values)
            path = try Self.one("x-forwarded-uri", values)
            method = try Self.one("x-forwarded-method", values)
            remoteAddress = Self.nearest(values("x-forwarded-for"))
        }
    }

    /// Reads the fields of a request for one of the gate's own pages, which has a method of its own.
    package init(
        pageBehind kind: ProxyKind, method: String, insecureLocalhost: Bool, values: (String) -> [String]
    ) throws(Refusal) {
        self.method = method
        path = "/"
        switch kind {
        case .nginx:
            origin = try Self.split(try Self.one("x-original-url", values), insecureLocalhost).0
            remoteAddress = try? Self.one("x-real-ip", values)
        case .forward:
            origin = try Self.forwardedOrigin(insecureLocalhost, values)
            remoteAddress = Self.nearest(values("x-forwarded-for"))
        }
    }

    /// The address to come back to after a login; the site's start page if `returnTo` refuses the address of the
    /// request.
    package func address(_ returnTo: ReturnTo) -> String {
        (try? returnTo.location(for: origin.text + path)) ?? origin.text + "/"
    }

    private static func one(_ name: String, _ values: (String) -> [String]) throws(Refusal) -> String {
        let found = values(name)
        guard let value = found.first, !value.isEmpty else { throw .missing(name) }
        guard found.count == 1 else { throw .several(name) }
        return value
    }

    private static func forwardedOrigin(
        _ insecureLocalhost: Bool, _ values: (String) -> [String]
    ) throws(Refusal) -> Origin {
        let scheme = try one("x-forwarded-proto", values)
        return try origin(scheme + "://" + (try one("x-forwarded-host", values)), insecureLocalhost)
    }

    /// The origin of an absolute address, and the rest.
    private static func split(_ address: String, _ insecureLocalhost: Bool) throws(Refusal) -> (Origin, String) {
        let bytes = address.utf8
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: "://".utf8) else {
            throw .address
        }
        // An index beside an ASCII byte lies between two characters, so both slices are whole UTF-8.
        let end = bytes[colon...].dropFirst(3).firstIndex { "/?#".utf8.contains($0) } ?? bytes.endIndex
        return (try origin(String(address[..<end]), insecureLocalhost), String(address[end...]))
    }

    private static func origin(_ text: String, _ insecureLocalhost: Bool) throws(Refusal) -> Origin {
        if let origin = Origin(text, insecureLocalhost: insecureLocalhost) { return origin }
        // A text that would be an origin with `https` in place of `http` came from a browser without TLS.
        let scheme = Array("http://".utf8)
        guard text.utf8.starts(with: scheme), Origin("https://" + text.dropFirst(scheme.count)) != nil else {
            throw .address
        }
        throw .insecure
    }

    /// The last address of the last field: the one that the proxy itself has added.
    private static func nearest(_ fields: [String]) -> String? {
        guard let last = fields.last?.utf8.split(separator: UInt8(ascii: ",")).last else { return nil }
        let text = String(decoding: last, as: UTF8.self)
        let address = text.utf8.filter { $0 != UInt8(ascii: " ") && $0 != 0x09 }
        return address.isEmpty ? nil : String(decoding: address, as: UTF8.self)
    }
}
