package import UsherClient

extension Session {
    /// A line for each member, for a person.
    package var rows: [[String]] {
        var rows = [
            ["handle", handle.text], ["user", uid.map { "\(user) (uid \($0))" } ?? user],
            ["service", "\(service) (realm \(realm))"], ["methods", methods.joined(separator: " ")],
            ["authenticated", authenticated.description], ["created", created.description],
            ["last seen", lastSeen.description], ["ends if idle", idleExpires.description],
            ["ends", expires.description],
        ]
        for (name, value) in context.sorted(by: { $0.key < $1.key }) { rows.append(["context \(name)", value]) }
        for (name, value) in data { rows.append(["data \(name)", value]) }
        return rows
    }
}
