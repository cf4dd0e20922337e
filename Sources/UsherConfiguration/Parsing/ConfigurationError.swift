/// What is wrong with a configuration: the file, the key, the line where the parser knows it, and words.
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of fault.
    package enum Code: Hashable, Sendable {
        /// A file that cannot be read.
        case unreadable
        /// No TOML.
        case syntax
        /// A key that does not exist.
        case unknownKey
        /// A key that must be there is not.
        case missingKey
        /// A value of another type.
        case wrongType
        /// A value that is not allowed.
        case badValue
        /// A name that was used before.
        case duplicate
        /// A name that is not defined, such as an unknown service's.
        case unknownName
        /// A user or a group that does not exist.
        case unknownAccount
        /// A user or a group whose look-up failed.
        case unansweredAccount
    }

    /// The kind of fault.
    package var code: Code
    /// The file, as it was named to the loader.
    package var file: String
    /// The key, such as `service[0].idle`; nil for faults of syntax.
    package var key: String?
    /// The line, counted from 1; nil where the parser does not know it.
    package var line: Int?
    /// What is wrong, in words.
    package var message: String

    /// A fault.
    package init(_ code: Code, file: String, key: String? = nil, line: Int? = nil, message: String) {
        self.code = code
        self.file = file
        self.key = key
        self.line = line
        self.message = message
    }

    /// One line: `file:line: key: message`.
    package var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        return key.map { "\(place): \($0): \(message)" } ?? "\(place): \(message)"
    }
}

extension [ConfigurationError] {
    /// How many faults one entry of the journal tells, and how many characters of each, since a value may be as long as
    /// its file. Both fit `JournalFormat.longestValue`. `usherd --check` tells all faults.
    private static var most: Int { 6 }
    private static var longest: Int { 160 }

    /// The first of them in one line.
    package var summary: String {
        let more = count > Self.most ? ["and \(count - Self.most) more"] : []
        return (prefix(Self.most).map { String($0.description.prefix(Self.longest)) } + more).joined(separator: "; ")
    }
}
