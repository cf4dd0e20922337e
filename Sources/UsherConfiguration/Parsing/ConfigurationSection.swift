internal import TOMLKit

/// One table of a file, read key by key. A key that nobody has asked for before ``finish()`` is unknown.
///
/// Rejected: TOMLKit's decoder, whose errors name neither the path of a key nor the type that was found.
package struct ConfigurationSection {
    /// The file's name.
    package let file: String
    private let path: String
    private let table: TOMLTable
    private var asked: Set<String> = []
    /// Keys that were at fault and are read as if they were not there.
    private var leftOut: Set<String> = []
    /// Faults about keys that are not there.
    private(set) var missing: [ConfigurationError] = []

    /// The top of a file.
    package init(_ file: ConfigurationFile) throws(ConfigurationError) {
        self.file = file.name
        path = ""
        // The parser works on C strings: what it would cut short must not reach it.
        guard !file.text.utf8.contains(0), !file.text.contains("\\u0000"), !file.text.contains("\\U00000000") else {
            throw ConfigurationError(.syntax, file: file.name, message: "NUL is not allowed, not even escaped")
        }
        if let line = TableHeader.firstFault(in: file.text) {
            throw ConfigurationError(
                .syntax, file: file.name, line: line,
                message: "the name of a table begins with a letter, a digit, _, - or a quotation mark")
        }
        if let line = ArrayBrace.firstFault(in: file.text) {
            throw ConfigurationError(
                .syntax, file: file.name, line: line, message: "expected a value or ']' in a list, saw '}'")
        }
        do {
            table = try TOMLTable(string: file.text)
        } catch let error as TOMLParseError {
            throw ConfigurationError(
                .syntax, file: file.name, line: error.source.begin.line, message: error.description)
        } catch {
            throw ConfigurationError(.syntax, file: file.name, message: "not readable as TOML")
        }
    }

    private init(file: String, path: String, table: TOMLTable) {
        self.file = file
        self.path = path
        self.table = table
    }

    /// The full name of `key`, as errors give it.
    package func name(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// The keys of the table, in the order of their bytes.
    package var keys: [String] { table.keys.sorted() }

    /// An error about `key`.
    package func error(_ code: ConfigurationError.Code, _ key: String, _ message: String) -> ConfigurationError {
        ConfigurationError(code, file: file, key: name(of: key), message: message)
    }

    /// Notes that `key` must be there and is not. The reading goes on, so that this hides no other fault.
    package mutating func miss(_ key: String, _ message: String = "is missing") {
        missing.append(error(.missingKey, key, message))
    }

    /// Ends the reading: a key that was not asked for is an error.
    package func finish() throws(ConfigurationError) {
        let known = asked.union(leftOut)
        guard let key = table.keys.sorted().first(where: { !known.contains($0) }) else { return }
        throw error(.unknownKey, key, "unknown key; here belong \(asked.sorted().joined(separator: ", "))")
    }

    /// Whether `fault` is about a key that was left out, and so follows from the fault of that key.
    func hasLeftOut(_ fault: ConfigurationError) -> Bool { leftOut.contains(key(of: fault)) }

    /// Reads on as if the key at fault were not there. Returns false if that changes nothing.
    @discardableResult
    mutating func leaveOut(_ fault: ConfigurationError) -> Bool {
        let key = key(of: fault)
        return table.keys.contains(key) && leftOut.insert(key).inserted
    }

    /// The key of this table that a fault is about: `methods` for `service[0].methods[1]`.
    private func key(of fault: ConfigurationError) -> String {
        let name = (fault.key ?? "").dropFirst(path.isEmpty ? 0 : path.count + 1)
        return table.keys.contains(String(name)) ? String(name) : String(name.prefix { $0 != "[" })
    }

    // MARK: Values

    private mutating func value(_ key: String) -> (any TOMLValueConvertible)? {
        asked.insert(key)
        guard !leftOut.contains(key) else { return nil }
        return table[key]
    }

    private func mismatch(_ key: String, _ expected: String, _ found: TOMLType) -> ConfigurationError {
        let article = [.array, .int].contains(found) ? "an" : "a"
        return error(.wrongType, key, "expected \(expected), found \(article) \(found)")
    }

    /// A string.
    package mutating func string(_ key: String) throws(ConfigurationError) -> String? {
        guard let value = value(key) else { return nil }
        guard let string = value.string else { throw mismatch(key, "a string", value.type) }
        return string
    }

    /// `true` or `false`.
    package mutating func flag(_ key: String) throws(ConfigurationError) -> Bool? {
        guard let value = value(key) else { return nil }
        guard let flag = value.bool else { throw mismatch(key, "true or false", value.type) }
        return flag
    }

    /// An integer within `range`.
    package mutating func integer(_ key: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
        guard let value = value(key) else { return nil }
        guard let integer = value.int else { throw mismatch(key, "an integer", value.type) }
        guard range.contains(integer) else {
            throw error(.badValue, key, "must be \(range.lowerBound) to \(range.upperBound), is \(integer)")
        }
        return integer
    }

    /// A string, or an integer within `range`.
    enum NameOrNumber {
        case name(String)
        case number(Int)
    }

    /// A name, or a number within `range`.
    mutating func nameOrNumber(
        _ key: String, in range: ClosedRange<Int>
    ) throws(ConfigurationError) -> NameOrNumber? {
        guard let value = value(key) else { return nil }
        switch value.type {
        case .string: return try string(key).map { .name($0) }
        case .int: return try integer(key, in: range).map { .number($0) }
        default: throw mismatch(key, "a name or a number", value.type)
        }
    }

    /// A duration within `range`.
    package mutating func duration(
        _ key: String, in range: ClosedRange<Duration>
    ) throws(ConfigurationError) -> Duration? {
        guard let value = value(key) else { return nil }
        guard let text = value.string else { throw mismatch(key, "a duration such as \"30m\"", value.type) }
        guard let duration = DurationText.parse(text) else {
            let message =
                "\(String(reflecting: text)) is no duration; write a number and ms, s, m, h or d, such as \"30m\""
            throw error(.badValue, key, message)
        }
        guard range.contains(duration) else {
            let (least, most) = (DurationText.write(range.lowerBound), DurationText.write(range.upperBound))
            throw error(.badValue, key, "must be \(least) to \(most), is \(text)")
        }
        return duration
    }

    /// A size in bytes within `range`, which units of 1024 can write.
    package mutating func size(_ key: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
        guard let value = value(key) else { return nil }
        guard let text = value.string else { throw mismatch(key, "a size such as \"512M\"", value.type) }
        guard let size = SizeText.parse(text) else {
            let message =
                "\(String(reflecting: text)) is no size; write a number and K, M, G or T (1024, 1024², …), such as \"512M\""
            throw error(.badValue, key, message)
        }
        guard range.contains(size) else {
            let (least, most) = (SizeText.write(range.lowerBound), SizeText.write(range.upperBound))
            throw error(.badValue, key, "must be \(least) to \(most), is \(text)")
        }
        return size
    }

    /// A list of strings, none twice by its bytes, and at least one unless told otherwise.
    package mutating func strings(_ key: String, mayBeEmpty: Bool = false) throws(ConfigurationError) -> [String]? {
        guard let value = value(key) else { return nil }
        guard let array = value.array else { throw mismatch(key, "a list of strings", value.type) }
        var strings: [String] = []
        for (index, element) in array.enumerated() {
            guard let string = element.string else { throw mismatch("\(key)[\(index)]", "a string", element.type) }
            guard !strings.contains(where: { $0.utf8.elementsEqual(string.utf8) }) else {
                throw error(.duplicate, "\(key)[\(index)]", "\(String(reflecting: string)) is there twice")
            }
            strings.append(string)
        }
        guard mayBeEmpty || !strings.isEmpty else { throw error(.badValue, key, "must not be empty") }
        return strings
    }

    /// A list of integers, none twice, which may be empty.
    mutating func integers(_ key: String) throws(ConfigurationError) -> [Int]? {
        guard let value = value(key) else { return nil }
        guard let array = value.array else { throw mismatch(key, "a list of integers", value.type) }
        var integers: [Int] = []
        for (index, element) in array.enumerated() {
            guard let integer = element.int else { throw mismatch("\(key)[\(index)]", "an integer", element.type) }
            guard !integers.contains(integer) else {
                throw error(.duplicate, "\(key)[\(index)]", "\(integer) is there twice")
            }
            integers.append(integer)
        }
        return integers
    }

    // MARK: Tables

    /// The table `[key]`.
    package mutating func section(_ key: String) throws(ConfigurationError) -> ConfigurationSection? {
        guard let value = value(key) else { return nil }
        guard let table = value.table else { throw mismatch(key, "a table [\(key)]", value.type) }
        return ConfigurationSection(file: file, path: name(of: key), table: table)
    }

    /// The tables `[[key]]`. An element that is no table is added to `faults`.
    package mutating func sections(_ key: String, faults: inout [ConfigurationError]) -> [ConfigurationSection] {
        guard let value = value(key) else { return [] }
        guard let array = value.array else {
            faults.append(mismatch(key, "tables [[\(key)]]", value.type))
            return []
        }
        var sections: [ConfigurationSection] = []
        for (index, element) in array.enumerated() {
            guard let table = element.table else {
                faults.append(mismatch("\(key)[\(index)]", "a table [[\(key)]]", element.type))
                continue
            }
            sections.append(ConfigurationSection(file: file, path: "\(name(of: key))[\(index)]", table: table))
        }
        return sections
    }
}
