/// Results that are one integer.
package enum CountResult {
    /// The integer called `name`, which must be in `range`.
    static func member(
        _ name: StaticString, _ result: Range<Int>, _ bytes: Span<UInt8>, _ range: ClosedRange<Int64>
    ) throws(Refusal) -> Int64 {
        var members = try ObjectReader(result, bytes)
        var value: Int64?
        while let key = try members.next(bytes) {
            if try members.matches(key, name, 0, bytes) {
                value = try members.reader.integer(bytes, in: range)
            }
        }
        guard let value else { throw .invalidParams }
        return value
    }
}
