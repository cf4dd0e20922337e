/// An origin (RFC 6454): scheme, host and port, in the text that browsers write into their `Origin` field.
///
/// The host is in small letters and without a dot at its end, the default port is left out, an IPv6 address stands
/// compressed in brackets, punycode stays as it is. Two origins are the same exactly if their texts are: there are no
/// suffixes and no wildcards.
public struct Origin: Sendable, Hashable, CustomStringConvertible {
    /// `https://host` or `https://host:port`.
    public let text: String

    /// `https://host[:port]` with nothing behind it, not even a slash; nil for anything else. Host and scheme are read
    /// in any case.
    ///
    /// With `insecureLocalhost`, for development, also `http://` of `localhost`, names that end in `.localhost`,
    /// `127.0.0.1` and `[::1]`, which browsers trust without TLS (W3C Secure Contexts, section 3.1).
    public init?(_ text: some StringProtocol, insecureLocalhost: Bool = false) {
        let origin = String(text).withBytes { Origin(utf8: $0, insecureLocalhost: insecureLocalhost) }
        guard let origin else { return nil }
        self = origin
    }

    /// As ``init(_:insecureLocalhost:)``, of UTF-8 bytes.
    public init?(utf8 text: Span<UInt8>, insecureLocalhost: Bool = false) {
        guard let scheme = Scheme(text) else { return nil }
        let rest = scheme.prefix.utf8.count..<text.count
        guard let (name, port) = Self.split(text, rest, scheme), let host = Host.canonical(text.extracting(name)),
            scheme == .https || insecureLocalhost && Self.isLoopback(host)
        else { return nil }
        self.text = scheme.prefix + host + (port.map { ":\($0)" } ?? "")
    }

    private enum Scheme {
        case https
        case http

        init?(_ text: Span<UInt8>) {
            if text.begins(withAnyCaseOf: Scheme.https.prefix) {
                self = .https
            } else if text.begins(withAnyCaseOf: Scheme.http.prefix) {
                self = .http
            } else {
                return nil
            }
        }

        var prefix: String { self == .https ? "https://" : "http://" }
        var defaultPort: UInt16 { self == .https ? 443 : 80 }
    }

    /// The places of the host, and the port unless it is the default. The last colon outside of brackets begins the
    /// port.
    private static func split(
        _ text: Span<UInt8>, _ range: Range<Int>, _ scheme: Scheme
    ) -> (host: Range<Int>, port: UInt16?)? {
        let bracket = range.last { text[$0] == UInt8(ascii: "]") } ?? range.lowerBound
        guard let colon = text.first(UInt8(ascii: ":"), in: bracket..<range.upperBound) else { return (range, nil) }
        guard let port = port(text.extracting(colon + 1..<range.upperBound)) else { return nil }
        return (range.lowerBound..<colon, port == scheme.defaultPort ? nil : port)
    }

    /// 1 to 65535, without leading zeros.
    private static func port(_ digits: Span<UInt8>) -> UInt16? {
        guard 1...5 ~= digits.count, digits[0] != UInt8(ascii: "0") else { return nil }
        var value = 0
        for index in digits.indices {
            guard digits[index].isDigit else { return nil }
            value = value * 10 + Int(digits[index] - UInt8(ascii: "0"))
        }
        return UInt16(exactly: value)
    }

    private static func isLoopback(_ host: String) -> Bool {
        ["localhost", "127.0.0.1", "[::1]"].contains(host) || host.withBytes { $0.ends(with: ".localhost") }
    }

    /// The text.
    public var description: String { text }
}
