/// Decides where a login may send the browser back to. The address came with the request, so an attacker may have
/// chosen it.
///
/// Answers with the text of one of its own origins and the path and query as they were given, byte for byte: `%2F`, `;`
/// and `&` arrive as they left. Nothing is decoded or encoded. Since the origin is never taken from the address, `//`,
/// `/\`, tabs, userinfo and what looks like our name cannot lead elsewhere.
public struct ReturnTo: Sendable {
    /// Why an address is refused. Go to the tool's start page then, and say so.
    public enum Refusal: Error, Sendable, Hashable {
        /// There are more than 2,048 bytes, or none.
        case length
        /// A byte that may not stand in a URL, or a `%` without two hexadecimal digits.
        case bytes
        /// Neither a path nor an address of one of the origins.
        case foreign
        /// The login itself, or another path that is reserved.
        case reserved
    }

    /// Bytes of an address at most.
    public static let limit = 2048

    private let own: Origin?
    private let origins: Set<Origin>
    private let reserved: [String]

    /// Takes paths of `own`, and addresses of `own` and of `origins`, but no path in `reserved`. A reserved path that
    /// ends in `/` covers all below it; any other covers itself alone. `/login` is also `/login/` and, with parameters,
    /// `/login;a`, but neither `/login/a` nor `/login-history`. Nothing is decoded: `/%6Cogin` and `/LOGIN` are other
    /// paths.
    public init(own: Origin?, origins: some Sequence<Origin> = [], reserved: [String] = ["/.usher/"]) {
        self.own = own
        self.origins = Set(origins).union(own.map { [$0] } ?? [])
        self.reserved = reserved
    }

    /// The address to go to, as the value of `Location`.
    public func location(for address: some StringProtocol) throws(Refusal) -> String {
        try String(address).withBytes { (bytes) throws(Refusal) in try location(for: bytes) }
    }

    /// The address to go to, as the value of `Location`, for an address in bytes.
    public func location(for address: Span<UInt8>) throws(Refusal) -> String {
        guard 1...Self.limit ~= address.count else { throw .length }
        guard Self.isWellFormed(address) else { throw .bytes }
        let (origin, rest) = try split(address)
        let end = address.first(UInt8(ascii: "#"), in: rest) ?? address.count
        let path = String(ascii: address, in: rest.lowerBound..<end)
        let location = path.utf8.first == UInt8(ascii: "/") ? path : "/" + path
        let isReserved = location.withBytes { bytes in reserved.contains { Self.isWithin($0, bytes) } }
        guard !isReserved else { throw .reserved }
        return origin.text + location
    }

    /// Whether a path, with its query, is the reserved one, or below it where that one ends in `/`.
    private static func isWithin(_ reserved: String, _ path: Span<UInt8>) -> Bool {
        guard path.begins(with: reserved) else { return false }
        if reserved.utf8.last == UInt8(ascii: "/") { return true }
        let slash = reserved.utf8.count
        let end = slash < path.count && path[slash] == UInt8(ascii: "/") ? slash + 1 : slash
        return end == path.count || "?;".utf8.contains(path[end])
    }

    /// The origin of the address and the places of its path, query and fragment.
    private func split(_ address: Span<UInt8>) throws(Refusal) -> (Origin, Range<Int>) {
        if address[0] == UInt8(ascii: "/") {
            guard let own, address.count == 1 || address[1] != UInt8(ascii: "/") else { throw .foreign }
            return (own, 0..<address.count)
        }
        let prefix = "https://".utf8.count
        guard address.count > prefix else { throw .foreign }
        let end = (prefix..<address.count).first { "/?#".utf8.contains(address[$0]) } ?? address.count
        let origin = Origin(utf8: address.extracting(first: end), insecureLocalhost: true)
        guard let origin, origins.contains(origin) else { throw .foreign }
        return (origin, end..<address.count)
    }

    /// Whether all bytes are visible ASCII that RFC 3986 allows in URLs, and each `%` stands before two hexadecimal
    /// digits.
    private static func isWellFormed(_ address: Span<UInt8>) -> Bool {
        for index in address.indices {
            let byte = address[index]
            guard 0x21...0x7E ~= byte, !#"\"<>^`{|}"#.utf8.contains(byte) else { return false }
            guard byte == UInt8(ascii: "%") else { continue }
            guard address.count - index > 2, address[index + 1].hexDigit != nil, address[index + 2].hexDigit != nil
            else { return false }
        }
        return true
    }
}
