internal import UsherConfiguration

/// What pages show in place of PAM's texts: the table `[page.prompts]`.
///
/// PAM's texts are in the host's language and do not say what a question is for. The bytes of a text, without the
/// blanks around it, are its key. Pages show a text without an entry as it is.
package struct PromptTable: Sendable, Hashable {
    /// What is known of one text.
    package struct Entry: Sendable, Hashable {
        /// The text in other words.
        package var texts: [Language: String] = [:]
        /// The value of `autocomplete` of its field.
        package var autocomplete: String?

        /// The values of `autocomplete` that suit questions of PAM (HTML, "Autofill").
        private static let purposes = ["one-time-code", "current-password", "new-password", "username", "off"]

        /// Reads the table of one text.
        static func read(_ table: inout ConfigurationSection) throws(ConfigurationError) -> Entry {
            var entry = Entry()
            for language in Language.allCases {
                entry.texts[language] = try GateConfigurationLoader.text(language.rawValue, in: &table)
            }
            entry.autocomplete = try table.string("autocomplete")
            if let purpose = entry.autocomplete, !purposes.contains(purpose) {
                throw table.error(.badValue, "autocomplete", "must be one of \(purposes.joined(separator: ", "))")
            }
            try table.finish()
            return entry
        }
    }

    /// Texts in all files.
    static let limit = 64

    private var entries: [[UInt8]: Entry] = [:]

    /// An empty table.
    package init() {}

    /// What is known of a text of PAM.
    package func entry(_ text: String) -> Entry? { entries.isEmpty ? nil : entries[Self.trimmed(text)] }

    /// Adds an entry, or replaces the one of the same text; false for a blank text, or without room.
    mutating func add(_ entry: Entry, for text: String) -> Bool {
        let text = Self.trimmed(text)
        guard !text.isEmpty, entries[text] != nil || entries.count < Self.limit else { return false }
        entries[text] = entry
        return true
    }

    private static func trimmed(_ text: String) -> [UInt8] {
        let blanks: [UInt8] = [0x20, 0x09, 0x0A, 0x0D]
        var bytes = Array(text.utf8)[...]
        while let first = bytes.first, blanks.contains(first) { bytes.removeFirst() }
        while let last = bytes.last, blanks.contains(last) { bytes.removeLast() }
        return Array(bytes)
    }
}
