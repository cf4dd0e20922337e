import Testing
import UsherTestKit
import UsherWire

@Suite("Mutations")
struct MutationTests {
    /// Bytes that matter to a reader of JSON.
    private static let bait = Array("\"\\{}[],:0-9.eutfn \u{0}\u{1f}\u{7f}".utf8) + [0x80, 0xC3, 0xED, 0xF4, 0xFF]

    private func mutated(_ bytes: [UInt8], _ dice: inout SplitMix) -> [UInt8] {
        var bytes = bytes
        for _ in 0...Int.random(in: 0..<3, using: &dice) {
            let at = Int.random(in: 4..<bytes.count, using: &dice)
            let byte = Self.bait.randomElement(using: &dice) ?? 0
            switch Int.random(in: 0..<4, using: &dice) {
            case 0: bytes[at] = byte
            case 1: bytes.insert(byte, at: at)
            case 2 where bytes.count > 6: bytes.remove(at: at)
            default: bytes.insert(contentsOf: bytes[at..<min(at + 9, bytes.count)], at: at)
            }
        }
        let length = UInt32(bytes.count - 4)
        for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: length >> UInt32(24 - index * 8)) }
        return bytes
    }

    @Test("of vectors never trap, and a request is malformed exactly when it is not JSON")
    func agree() {
        var dice = SplitMix(seed: 20_240_229)
        let short = Vector.all.filter { $0.bytes.count > 6 && $0.bytes.count < 600 }
        for round in 0..<40 {
            for vector in short {
                let bytes = mutated(vector.bytes, &dice)
                if vector.isRequest {
                    _ = Describe.request(bytes)
                } else {
                    _ = Describe.response(bytes, to: vector.method)
                }
                let request = Request(bytes.span, body: 4..<bytes.count)
                let isJSON = Oracle.accepts(Array(bytes[4...]))
                #expect((request.fault != .parse) == isJSON, "round \(round): \(bytes)")
            }
        }
    }
}

/// RFC 8259 once more, in the plainest way: Swift's own UTF-8 check and a recursive descent.
private struct Oracle {
    private let bytes: [UInt8]
    private var at = 0

    static func accepts(_ bytes: [UInt8]) -> Bool {
        guard String(validating: bytes, as: UTF8.self) != nil else { return false }
        var oracle = Oracle(bytes: bytes)
        guard oracle.value(1) else { return false }
        oracle.space()
        return oracle.at == bytes.count
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func space() { while at < bytes.count, " \t\r\n".utf8.contains(bytes[at]) { at += 1 } }

    private mutating func take(_ text: String) -> Bool {
        guard bytes[at...].starts(with: text.utf8) else { return false }
        at += text.utf8.count
        return true
    }

    private mutating func value(_ depth: Int) -> Bool {
        space()
        guard at < bytes.count else { return false }
        if take("{") { return depth <= 16 && elements("}") { $0.string() && $0.colon() && $0.value(depth + 1) } }
        if take("[") { return depth <= 16 && elements("]") { $0.value(depth + 1) } }
        if bytes[at] == UInt8(ascii: "\"") { return string() }
        return take("true") || take("false") || take("null") || number()
    }

    private mutating func elements(_ end: String, _ element: (inout Oracle) -> Bool) -> Bool {
        space()
        if take(end) { return true }
        while true {
            space()
            guard element(&self) else { return false }
            space()
            if take(end) { return true }
            guard take(",") else { return false }
        }
    }

    private mutating func colon() -> Bool {
        space()
        return take(":")
    }

    private mutating func string() -> Bool {
        guard take("\"") else { return false }
        while at < bytes.count {
            if take("\"") { return true }
            if take("\\u") {
                guard at + 4 <= bytes.count, bytes[at..<at + 4].allSatisfy({ Character(UnicodeScalar($0)).isHexDigit })
                else { return false }
                at += 4
            } else if take("\\") {
                guard at < bytes.count, #""\/bfnrt"#.utf8.contains(bytes[at]) else { return false }
                at += 1
            } else {
                guard bytes[at] >= 0x20 else { return false }
                at += 1
            }
        }
        return false
    }

    private mutating func digits() -> Int {
        let start = at
        while at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39 { at += 1 }
        return at - start
    }

    private mutating func number() -> Bool {
        _ = take("-")
        let isZero = at < bytes.count && bytes[at] == 0x30
        let count = digits()
        guard count == 1 || count > 1 && !isZero else { return false }
        if take("."), digits() == 0 { return false }
        if take("e") || take("E") {
            _ = take("+") || take("-")
            return digits() > 0
        }
        return true
    }
}
