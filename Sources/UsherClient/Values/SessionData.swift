internal import UsherWire

/// What tools keep with a session: texts by their keys.
///
/// Keys are compared byte by byte, as the protocol wants it. To a `Dictionary` of `String` U+00E9 and e with U+0301
/// would be the same key, and one of the two values would be gone.
public struct SessionData: Sendable, Equatable {
    private let texts: [ByteText: String]

    init(_ texts: [ByteText: String]) { self.texts = texts }

    /// The text of that key; nil where there is none.
    public subscript(key: String) -> String? { texts[ByteText(key)] }
    /// How many keys there are.
    public var count: Int { texts.count }
    /// Whether there is nothing.
    public var isEmpty: Bool { texts.isEmpty }
}

extension SessionData: Sequence {
    /// A key and its text.
    public typealias Element = (key: String, value: String)

    /// All of it, in the order of the keys' bytes.
    public func makeIterator() -> IndexingIterator<[Element]> {
        texts.sorted { $0.key < $1.key }.map { (key: $0.key.text, value: $0.value) }.makeIterator()
    }
}

extension SessionData: ExpressibleByDictionaryLiteral {
    /// Data to compare with; of two values for one key the last counts.
    public init(dictionaryLiteral elements: (String, String)...) {
        texts = Dictionary(elements.map { (ByteText($0.0), $0.1) }) { $1 }
    }
}
