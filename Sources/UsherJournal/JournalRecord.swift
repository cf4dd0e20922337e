/// The weight of an entry; the raw value is the priority of syslog(3).
package enum JournalLevel: Int, Sendable {
    /// Nobody is served.
    case critical = 2
    /// Something is broken that an administrator has to mend.
    case error
    /// Something may break, or somebody may be up to something.
    case warning
    /// What an administrator wants to find later.
    case notice
    /// The usual course.
    case info
}

/// An entry of the journal as it is written.
package struct JournalRecord: Equatable, Sendable {
    /// The MESSAGE_ID, where the entry has one.
    package var id: String?
    /// What it is about, in a few words.
    package var title: String
    /// Its weight.
    package var level: JournalLevel
    /// Its fields, by the names that lines show; in the journal `user` is `USHER_USER`.
    package var fields: [String: String]

    /// An entry of a kind that journalctl(1) can explain; fields without a value are left out.
    package init(_ message: JournalMessage, _ level: JournalLevel, _ fields: [String: String?]) {
        self.init(id: message.id, title: message.title, level: level, fields: fields.compactMapValues(\.self))
    }

    /// An entry with these words.
    package init(id: String? = nil, title: String, level: JournalLevel, fields: [String: String] = [:]) {
        self.id = id
        self.title = title
        self.level = level
        self.fields = fields
    }
}
