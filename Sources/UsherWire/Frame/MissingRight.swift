/// The members of `error.data` of `forbidden`: what the configuration does not grant, and to which user.
///
/// They contain no secret: a peer learns its own uid, its own roles and the name of its own entry.
package struct MissingRight: Hashable, Sendable {
    /// The method that was refused.
    package var method: String
    /// The roles that may call the method: the peer needs one. Or `board`, if the entry says `board = false`.
    package var lacks: [String]
    /// The peer's user, as the daemon sees it.
    package var uid: UInt32
    /// The name of the entry that matches the peer; nil where none does.
    package var entry: String?
    /// The roles that this entry grants.
    package var roles: [String]

    /// What a peer lacks.
    package init(method: String, lacks: [String], uid: UInt32, entry: String?, roles: [String]) {
        self.method = method
        self.lacks = lacks
        self.uid = uid
        self.entry = entry
        self.roles = roles
    }

    /// One line for a person; `userName` is the name of `uid`, where it is known.
    package func text(userName: String? = nil) -> String {
        let user = "uid \(uid)" + (userName.map { " (\($0))" } ?? "")
        let role = lacks.joined(separator: " or ")
        guard let entry else { return "\(user) lacks the role \(role) (\(method)); no [[client]] entry matches it" }
        guard lacks != ["board"] else { return "\(user) lacks the board (\(method)); the entry \"\(entry)\" denies it" }
        let grants = roles.isEmpty ? "no role" : roles.joined(separator: ", ")
        return "\(user) lacks the role \(role) (\(method)); the entry \"\(entry)\" grants \(grants)"
    }
}

extension FrameBuffer {
    /// Members of `error.data`.
    package mutating func missingRight(_ missing: MissingRight) {
        key("method")
        value(missing.method)
        key("lacks")
        strings(missing.lacks)
        key("uid")
        value(Int64(missing.uid))
        if let entry = missing.entry {
            key("entry")
            value(entry)
        }
        key("roles")
        strings(missing.roles)
    }
}

extension MissingRight {
    /// The members as they are read from `error.data`, in whatever order.
    struct Parts {
        private var method: String?
        private var lacks: [String] = []
        private var uid: UInt32?
        private var entry: String?
        private var roles: [String] = []

        /// Reads the value of `key`, if it is one of these members.
        mutating func read(_ key: JSONText, _ reader: inout JSONReader, _ bytes: Span<UInt8>) throws(Refusal) {
            if key.equals("method", in: bytes) {
                method = try reader.wholeText(bytes).string(in: bytes)
            } else if key.equals("lacks", in: bytes) {
                lacks = try reader.strings(bytes)
            } else if key.equals("uid", in: bytes) {
                uid = try UInt32(reader.integer(bytes, in: 0...Int64(UInt32.max)))
            } else if key.equals("entry", in: bytes) {
                entry = try reader.wholeText(bytes).string(in: bytes)
            } else if key.equals("roles", in: bytes) {
                roles = try reader.strings(bytes)
            }
        }

        /// The value, once all members were read; nil if one is missing, or has a control or direction character.
        var whole: MissingRight? {
            guard let method, let uid, !lacks.isEmpty else { return nil }
            guard ([method, entry ?? ""] + lacks + roles).allSatisfy(Self.isPrintable) else { return nil }
            return MissingRight(method: method, lacks: lacks, uid: uid, entry: entry, roles: roles)
        }

        private static func isPrintable(_ text: String) -> Bool {
            text.unicodeScalars.allSatisfy { scalar in
                switch scalar.value {
                case ..<0x20, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: false
                default: true
                }
            }
        }
    }
}
