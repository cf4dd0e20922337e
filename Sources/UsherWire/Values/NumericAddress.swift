internal import CLinux

/// An IP address as `context.remote_ip` writes it: dotted decimal without leading zeros, or RFC 4291 section 2.2
/// (inet_pton(3)). No names, ports, zones or brackets. IPv4 is kept as ::ffff:a.b.c.d, so that each address has one
/// value.
package struct NumericAddress: Equatable, Hashable, Sendable {
    /// The upper 64 bits.
    package let high: UInt64
    /// The lower 64 bits.
    package let low: UInt64

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads `text`; nil when it is no numeric address.
    package init?(_ text: Span<UInt8>) {
        guard text.count < Int(INET6_ADDRSTRLEN) else { return nil }
        let name = text.indices.map { CChar(bitPattern: text[$0]) } + [0]
        var bytes = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET6, name, &bytes) != 1 {
            guard unsafe inet_pton(AF_INET, name, &bytes) == 1 else { return nil }
            bytes = Array(repeating: 0, count: 10) + [0xFF, 0xFF] + bytes[..<4]
        }
        high = Self.word(bytes[..<8])
        low = Self.word(bytes[8...])
    }

    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    private var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// The canonical text: RFC 5952 for IPv6, dotted decimal for IPv4, even if the IPv4 address was written as an IPv6
    /// one (inet_ntop(3)).
    package var text: String {
        let bytes = [high, low].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
        }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let isWritten =
            isIPv4
            ? unsafe inet_ntop(AF_INET, Array(bytes[12...]), &text, socklen_t(text.count)) != nil
            : unsafe inet_ntop(AF_INET6, bytes, &text, socklen_t(text.count)) != nil
        precondition(isWritten, "every address has a text")
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The part of the address that one host or subscriber has to itself: an IPv4 address, or the /64 of an IPv6
    /// address (RFC 6177). Its user chooses the other 64 bits freely.
    package var network: NumericAddress { isIPv4 ? self : NumericAddress(high: high, low: 0) }
}
