import Testing
import UsherTestKit

/// A vector of `protocol/vectors/web`: PROTOCOL.md, "Web tools".
struct WebVector: Sendable, CustomTestStringConvertible {
    let value: JSONValue

    /// Its name.
    var testDescription: String { value["name"]?.text ?? "?" }

    /// Those of the file of this name.
    static func all(_ family: String) -> [WebVector] {
        let path = "\(Built.package)/protocol/vectors/web/\(family).json"
        guard let vectors = JSONValue(json: File.bytes(path))?["vectors"]?.array else {
            fatalError("\(path) is no file of vectors")
        }
        return vectors.map { WebVector(value: $0) }
    }

    subscript(_ name: String) -> JSONValue { value[name] ?? .null }

    /// The text of a member.
    func text(_ name: String) -> String { self[name].text ?? "" }

    /// The texts of a member that is an array.
    func texts(_ name: String) -> [String] { self[name].array?.compactMap(\.text) ?? [] }

    /// The bytes that a member writes in hexadecimal.
    func bytes(_ name: String = "hex") -> [UInt8] { Self.bytes(text(name)) }

    /// The bytes that `hex` writes.
    static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8)
        return stride(from: 0, to: digits.count, by: 2).map { index in
            guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) else {
                preconditionFailure("not hexadecimal")
            }
            return byte
        }
    }
}
