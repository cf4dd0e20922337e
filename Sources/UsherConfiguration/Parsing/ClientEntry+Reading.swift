internal import UsherEngine
internal import UsherNames

extension ClientEntry {
    /// Uids and gids: 2³²−1 means "none" to the kernel.
    private static let identifiers = 0...Int(UInt32.max - 1)
    /// The longest name of an entry: `group`, a space and the longest name of an account, as in the default name.
    private static let maximumName = 261

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

    /// The peers that an entry matches. If the entry names none, it matches none, which is noted as a fault.
    static func subject(
        _ section: inout ConfigurationSection
    ) throws(ConfigurationError) -> (Subject, title: String) {
        let user = try section.nameOrNumber("user", in: identifiers)
        let group = try section.nameOrNumber("group", in: identifiers)
        let uids = try uids(&section)
        switch (user, group, uids) {
        case (.name("*"), nil, nil):
            return (.anyone, "anyone")
        case (let user?, nil, nil): return subject(.user, user)
        case (nil, let group?, nil): return subject(.group, group)
        case (nil, nil, let uids?): return (.users(uids), "uids \(uids.lowerBound)-\(uids.upperBound)")
        case (nil, nil, nil):
            section.miss("user", "is missing, and so are group and uids: one of them says whom the entry is about")
            return (.absent(AccountName(.user, "")), "")
        case (_, _?, nil):
            throw section.error(.badValue, "group", "must not stand beside user: write an entry for each")
        case (_, _, _?):
            let message = "must not stand beside \(user == nil ? "group" : "user"): write an entry for each"
            throw section.error(.badValue, "uids", message)
        }
    }

    /// A range of uids, such as "100000-165535".
    private static func uids(
        _ section: inout ConfigurationSection
    ) throws(ConfigurationError) -> ClosedRange<UInt32>? {
        guard let text = try section.string("uids") else { return nil }
        let bounds = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map(number)
        guard bounds.count == 2, let first = bounds[0], let last = bounds[1] else {
            let message = "\(String(reflecting: text)) is no range of uids, such as \"100000-165535\""
            throw section.error(.badValue, "uids", message)
        }
        guard first <= last else {
            throw section.error(.badValue, "uids", "the first uid, \(first), is greater than the last, \(last)")
        }
        guard first > 0 else {
            throw section.error(.badValue, "uids", "must not begin with 0: root takes an entry of its own")
        }
        return first...last
    }

    /// A uid in decimal digits.
    private static func number(_ digits: Substring.UTF8View) -> UInt32? {
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return UInt32(Substring(digits)).flatMap { $0 < UInt32.max ? $0 : nil }
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
        // An empty list shuts out a peer that a later entry would let in.
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
