internal import UsherEngine
internal import UsherNames

extension ClientEntry {
    /// Uids and gids: 2³²−1 means "none" to the kernel.
    private static let identifiers = 0...Int(UInt32.max - 1)
    /// The longest name of an entry.
    private static let maximumName = 64

    /// Reads a `[[client]]`; a name of a user or a group is still to be looked up.
    init(reading section: inout ConfigurationSection) throws(ConfigurationError) {
        let (subject, title) = try Self.subject(&section)
        self.init(name: title, subject: subject)
        if let name = try section.string("name") {
            guard !name.isEmpty, name.utf8.count <= Self.maximumName, name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
            else {
                throw section.error(.badValue, "name", "must be 1 to \(Self.maximumName) bytes without control bytes")
            }
            self.name = name
        }
        roles = try Self.roles(&section)
        services = try section.strings("services")
        if let relays = try section.flag("relays_source") { relaysSource = relays }
        if let board = try section.flag("board") { self.board = board }
        if roles.contains(.issue) && services == nil {
            section.miss("services", "must be named where the role issue is given: it is impersonation")
        }
        try section.finish()
    }

    /// Which peers an entry matches: none where it does not say so, which is noted.
    static func subject(
        _ section: inout ConfigurationSection
    ) throws(ConfigurationError) -> (Subject, title: String) {
        let user = try section.nameOrNumber("user", in: identifiers)
        let group = try section.nameOrNumber("group", in: identifiers)
        switch (user, group) {
        case (.name("*"), nil):
            return (.anyone, "anyone")
        case (let user?, nil): return subject(.user, user)
        case (nil, let group?): return subject(.group, group)
        case (nil, nil):
            section.miss("user", "is missing, and so is group: one of them says whom the entry is about")
            return (.absent(AccountName(.user, "")), "")
        case (_?, _?):
            throw section.error(.badValue, "group", "must not stand beside user: write an entry for each")
        }
    }

    private static func subject(
        _ kind: AccountName.Kind, _ value: ConfigurationSection.NameOrNumber
    ) -> (Subject, title: String) {
        switch value {
        case .number(let number):
            (kind == .user ? .user(UInt32(number)) : .group(UInt32(number)), "\(kind.rawValue) \(number)")
        case .name(let name): (.named(AccountName(kind, name)), "\(kind.rawValue) \(name)")
        }
    }

    private static func roles(_ section: inout ConfigurationSection) throws(ConfigurationError) -> Roles {
        // An empty list shuts somebody out whom a later entry would let in.
        guard let names = try section.strings("roles", mayBeEmpty: true) else {
            section.miss("roles")
            return []
        }
        var roles: Roles = []
        for (index, name) in names.enumerated() {
            guard let role = Roles(name: name) else {
                let known = Roles.allNames.joined(separator: ", ")
                throw section.error(.unknownName, "roles[\(index)]", "\(String(reflecting: name)) is none of \(known)")
            }
            roles.insert(role)
        }
        return roles
    }
}
