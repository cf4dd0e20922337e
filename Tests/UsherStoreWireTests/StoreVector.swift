import UsherLinkWire
import UsherTestKit

/// A call of `protocol/cluster/vectors.json`, and what real servers answer to it: `Tests/Store/run` compares them.
struct StoreVector: CustomStringConvertible, Sendable {
    let name: String
    let function: String
    let arguments: [[UInt8]]
    /// What the link says of it.
    let message: LinkMessage

    var description: String { name }

    private static let file = JSONValue(json: File.bytes("\(Built.package)/protocol/cluster/vectors.json"))

    /// The calls, one after the other.
    static let all: [StoreVector] = (file?["vectors"]?.array ?? []).compactMap(StoreVector.init)

    /// The stream after them.
    static let stream: [LinkEntry] = (file?["stream"]?.array ?? []).compactMap { pair in
        guard let parts = pair.array, parts.count == 2, let id = parts[0].text, let body = parts[1].text else {
            return nil
        }
        let numbers = id.split(separator: "-").compactMap { UInt64($0) }
        return numbers.count == 2 ? LinkEntry(ordinal: numbers[0], number: numbers[1], body: bytes(body)) : nil
    }

    private init?(_ entry: JSONValue) {
        guard let name = entry["name"]?.text, let function = entry["function"]?.text,
            let arguments = entry["arguments"]?.array
        else { return nil }
        self.name = name
        self.function = function
        self.arguments = arguments.map { Self.bytes($0.text ?? "") }
        if let error = entry["error"]?.text {
            message = .failure(1, Array(error.utf8))
        } else if let answer = entry["answer"] {
            message = .reply(1, Self.value(answer))
        } else {
            return nil
        }
    }

    private static func value(_ json: JSONValue) -> LinkValue {
        switch json {
        case .integer(let number): .number(number)
        case .text(let hexadecimal): .bytes(bytes(hexadecimal))
        case .array(let values): .list(values.map(value))
        default: .none
        }
    }

    private static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = Array(hexadecimal.utf8)
        return stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
        }
    }
}
