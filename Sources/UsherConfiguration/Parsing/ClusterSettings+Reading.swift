internal import CLinux
internal import UsherEngine

extension ClusterSettings {
    /// Bytes of a host's name: HOST_NAME_MAX of gethostname(2).
    private static let hostNameSize = 64
    private static let leases = Duration.seconds(2)...Duration.seconds(3_600)

    /// Reads a `[cluster]` table.
    init(reading section: inout ConfigurationSection) throws(ConfigurationError) {
        let name = try section.string("name")
        if name == nil { section.miss("name") }
        guard Self.isName(name ?? "missing") else {
            throw section.error(.badValue, "name", "must be 1 to 32 of a-z, 0-9 and -")
        }
        let host = try section.string("host") ?? Self.hostName
        guard Self.isHost(host) else {
            throw section.error(
                .badValue, "host", "must be 1 to \(Self.hostNameSize) letters, digits, -, _ and . of ASCII")
        }
        self.init(name: name ?? "", host: host)
        if let path = try section.path("link", limit: ConfigurationSection.maximumSocketPath) { link = path }
        if let names = try section.strings("realms") { realms = names }
        if let duration = try section.duration("lease", in: Self.leases) { lease = duration }
        if let number = try section.integer("copies", in: 0...2) { copies = number }
        keyFile = try section.path("key_file")
        if let isSame = try section.flag("same_accounts") { hasSameAccounts = isSame }
        try section.finish()
    }

    private static func isName(_ name: String) -> Bool {
        (1...32).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    private static func isHost(_ name: String) -> Bool {
        (1...hostNameSize).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    /// What this host calls itself (gethostname(2)).
    private static var hostName: String {
        var bytes = [CChar](repeating: 0, count: hostNameSize + 1)
        guard unsafe gethostname(&bytes, bytes.count - 1) == 0 else { return "" }
        return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
