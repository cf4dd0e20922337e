/// Where a store or a Sentinel listens.
package enum StoreEndpoint: Equatable, Sendable, CustomStringConvertible {
    /// TCP. The host is a name or an address.
    case network(host: String, port: UInt16)
    /// A Unix socket.
    case path(String)

    /// `HOST:PORT`, `[ADDRESS]:PORT` for IPv6, or the path of a Unix socket, which begins with `/`; nil for any other
    /// text.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        if bytes.first == UInt8(ascii: "/") {
            // sockaddr_un of unix(7) has 108 bytes.
            guard bytes.count <= 107, !bytes.contains(0) else { return nil }
            self = .path(text)
            return
        }
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")), let port = Self.port(bytes[(colon + 1)...]),
            let host = Self.host(bytes[..<colon])
        else { return nil }
        self = .network(host: host, port: port)
    }

    /// What a Sentinel says: an address and a port.
    init?(host: [UInt8], port: [UInt8]) {
        guard let port = Self.port(port[...]), Self.isHost(host[...]) else { return nil }
        self = .network(host: String(decoding: host, as: UTF8.self), port: port)
    }

    private static func port(_ digits: ArraySlice<UInt8>) -> UInt16? {
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let port = UInt16(String(decoding: digits, as: UTF8.self)), port > 0
        else { return nil }
        return port
    }

    private static func host(_ bytes: ArraySlice<UInt8>) -> String? {
        let isBracketed = bytes.first == UInt8(ascii: "[") && bytes.last == UInt8(ascii: "]")
        let inner = isBracketed ? bytes.dropFirst().dropLast() : bytes
        guard isHost(inner), isBracketed == inner.contains(UInt8(ascii: ":")) else { return nil }
        return String(decoding: inner, as: UTF8.self)
    }

    /// Letters, digits and what else names and addresses have; 253 bytes at most (RFC 1035, section 2.3.4).
    private static func isHost(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard (1...253).contains(bytes.count) else { return false }
        return bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: ":"), UInt8(ascii: "%"):
                true
            default: false
            }
        }
    }

    package var description: String {
        switch self {
        case .network(let host, let port):
            host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .path(let path): path
        }
    }
}
