/// The `id` of a request, kept for a later answer: nothing (answered as null), an integer, or up to 64 bytes of text.
/// 80 bytes, no allocation. An integer and a string are never the same id.
package struct RequestID: Equatable, Hashable, Sendable {
    private enum Kind: UInt8 { case null, integer, text }

    private let kind: Kind
    private var count: UInt8 = 0
    private var bytes: InlineArray<64, UInt8> = .init(repeating: 0)
    private var number: Int64 = 0

    private init(_ kind: Kind) { self.kind = kind }

    /// No id (`null`), for the answer to a request without a readable one.
    package static let null = RequestID(.null)

    /// An integer. Precondition: within ±`WireLimit.integer`, as any that was read.
    package init(_ integer: Int64) {
        precondition(integer.magnitude <= WireLimit.integer.magnitude)
        self.init(.integer)
        number = integer
    }

    /// A text; nil above `WireLimit.requestID` bytes.
    package init?(_ text: JSONText, in frame: Span<UInt8>) {
        self.init(.text)
        var cursor = TextCursor(text)
        while let byte = cursor.next(frame) {
            guard count < WireLimit.requestID else { return nil }
            bytes[Int(count)] = byte
            count += 1
        }
    }

    /// The integer, when it is one.
    package var integer: Int64? { kind == .integer ? number : nil }

    /// Lends the text; nil when it is none.
    package func withText<R>(_ body: (Span<UInt8>) -> R) -> R? {
        kind == .text ? body(bytes.span.extracting(first: Int(count))) : nil
    }

    package static func == (left: RequestID, right: RequestID) -> Bool {
        guard left.kind == right.kind, left.number == right.number, left.count == right.count else { return false }
        for index in 0..<Int(left.count) where left.bytes[index] != right.bytes[index] { return false }
        return true
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(number)
        for index in 0..<Int(count) { hasher.combine(bytes[index]) }
    }
}

extension FrameBuffer {
    /// An id, as `null`, integer or string.
    package mutating func value(_ id: RequestID) {
        if let integer = id.integer { return value(integer) }
        if id.withText({ value($0) }) == nil { null() }
    }
}
