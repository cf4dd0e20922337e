/// A vector of `protocol/vectors`: bytes, and what a codec (and, when it is live, a daemon) must make of them.
public struct Vector: Sendable, CustomStringConvertible {
    /// `family: name`.
    public let name: String
    /// Who reads the bytes: a daemon (`request`) or a client (`response`).
    public let isRequest: Bool
    /// Whole frames, their headers included.
    public let bytes: [UInt8]
    /// What the bytes mean; PROTOCOL.md, "Vectors".
    public let expect: JSONValue
    /// Of a result: the method that it answers.
    public let method: String?
    /// Whether any daemon answers it in the same way, whatever its state.
    public let isLive: Bool
    /// The whole answer of a live vector, for requests that are accepted.
    public let answer: JSONValue?

    /// Its name.
    public var description: String { name }

    /// All vectors of the directory, families in the order of their names.
    public static let all: [Vector] = load()

    private init?(_ entry: JSONValue, _ family: String) {
        guard let name = entry["name"]?.text, let side = entry["side"]?.text, let hex = entry["hex"]?.text,
            let expect = entry["expect"]
        else { return nil }
        self.name = "\(family): \(name)"
        isRequest = side == "request"
        bytes = Self.bytes(hex)
        self.expect = expect
        method = entry["method"]?.text
        isLive = entry["live"] == true
        answer = entry["answer"]
    }

    private static func load() -> [Vector] {
        let directory = "\(Built.package)/protocol/vectors"
        return File.names(directory).filter { $0.hasSuffix(".json") }.sorted().flatMap { name in
            guard let file = JSONValue(json: File.bytes("\(directory)/\(name)")), let family = file["family"]?.text,
                let entries = file["vectors"]?.array
            else { fatalError("\(directory)/\(name) is no file of vectors") }
            return entries.map { entry in
                guard let vector = Vector(entry, family) else { fatalError("\(name): \(entry)") }
                return vector
            }
        }
    }

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8)
        precondition(digits.count.isMultiple(of: 2))
        return stride(from: 0, to: digits.count, by: 2).map { index in
            guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) else {
                preconditionFailure("not hexadecimal")
            }
            return byte
        }
    }
}
