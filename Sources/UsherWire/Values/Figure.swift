/// A name and a number.
package struct Figure: Equatable, Sendable {
    package var name: String
    package var value: Int64

    package init(_ name: String, _ value: Int64) {
        self.name = name
        self.value = value
    }
}

extension FrameBuffer {
    /// An object of integers: the result of `server.stats`.
    package mutating func figures(_ figures: [Figure]) {
        beginObject()
        for figure in figures {
            value(figure.name)
            colon()
            value(figure.value)
        }
        endObject()
    }
}

extension JSONReader {
    /// An object of integers, as of `limits` and `server.stats`; members of other types are ignored.
    mutating func figures(_ bytes: Span<UInt8>) throws(Refusal) -> [Figure] {
        var figures: [Figure] = []
        try enterObject(bytes)
        while let key = try nextKey(bytes) {
            guard !key.hasLoneSurrogate else { throw .invalidParams }
            let first = try peek(bytes)
            if first == UInt8(ascii: "-") || (first >= UInt8(ascii: "0") && first <= UInt8(ascii: "9")) {
                if let value = try number(bytes) { figures.append(Figure(key.string(in: bytes), value)) }
            } else {
                try skip(bytes)
            }
        }
        return figures
    }
}
