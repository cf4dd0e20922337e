extension Span<UInt8> {
    /// The part without white space at its start and end.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, self[start].isBlank { start += 1 }
        while start < end, self[end - 1].isBlank { end -= 1 }
        return start..<end
    }

    /// The first place of `byte` in the part; nil where it is not there.
    func first(_ byte: UInt8, in range: Range<Int>) -> Int? { range.first { self[$0] == byte } }

    /// Calls `body` with each part of `range` between the bytes `separator`, from left to right.
    func forEachPart(of range: Range<Int>, separatedBy separator: UInt8, _ body: (Range<Int>) -> Void) {
        var start = range.lowerBound
        while let end = first(separator, in: start..<range.upperBound) {
            body(start..<end)
            start = end + 1
        }
        body(start..<range.upperBound)
    }

    /// Whether the part holds the bytes of `text`.
    func holds(_ text: String, in range: Range<Int>) -> Bool {
        range.count == text.utf8.count && zip(range, text.utf8).allSatisfy { self[$0] == $1 }
    }

    /// Whether the bytes begin with those of `text`.
    func begins(with text: String) -> Bool { count >= text.utf8.count && holds(text, in: 0..<text.utf8.count) }

    /// Whether the bytes begin with those of `text`, which is in small letters; their own case does not count.
    func begins(withAnyCaseOf text: String) -> Bool {
        count >= text.utf8.count && holds(anyCaseOf: text, in: 0..<text.utf8.count)
    }

    /// Whether the bytes end with those of `text`.
    func ends(with text: String) -> Bool {
        count >= text.utf8.count && holds(text, in: count - text.utf8.count..<count)
    }

    /// Whether the part holds the bytes of `text`, which is in small letters; its own case does not count.
    func holds(anyCaseOf text: String, in range: Range<Int>) -> Bool {
        range.count == text.utf8.count && zip(range, text.utf8).allSatisfy { self[$0].lowercased == $1 }
    }
}

extension String {
    /// Lends the UTF-8 bytes for the length of `body`.
    func withBytes<R: ~Copyable, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        try body(utf8Span.span)
    }

    /// A text of ASCII bytes.
    init(ascii bytes: Span<UInt8>, in range: Range<Int>) {
        self.init(decoding: range.map { bytes[$0] }, as: UTF8.self)
    }
}
