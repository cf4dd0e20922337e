/// The one form in which nearly all requests come: `session.validate` with an integer id and a token alone, written
/// without white space and in the order of our own client.
///
/// Comparing it with what it must be, word by word, takes a fifth of the time of reading it. All that is not exactly of
/// this form, byte for byte, is left to the general way; what is read must not depend on which way was taken.
extension Request {
    private static var start: StaticString { #"{"jsonrpc":"2.0","id":"# }
    private static var middle: StaticString { #","method":"session.validate","params":{"token":""# }
    private static var end: StaticString { #""}}"# }
    /// Characters of a token: `SessionToken.textSize`, where the compiler sees it.
    private static let textSize = 43
    /// Digits of an id that is within `WireLimit.integer` whatever they are.
    private static let digits = 15

    /// Reads a body in the usual form; false, and nothing is read, where it has another one.
    @inline(__always)
    mutating func readUsual(_ bytes: Span<UInt8>, _ body: Range<Int>) -> Bool {
        let number = body.lowerBound + Self.start.utf8CodeUnitCount
        let tokenEnd = body.upperBound - Self.end.utf8CodeUnitCount
        let token = tokenEnd - Self.textSize
        let numberEnd = token - Self.middle.utf8CodeUnitCount
        guard numberEnd > number, numberEnd - number <= Self.digits, Self.matches(bytes, body.lowerBound, Self.start),
            Self.matches(bytes, numberEnd, Self.middle), Self.matches(bytes, tokenEnd, Self.end),
            TextScan.plainEnd(bytes, token, tokenEnd) == tokenEnd, let id = Self.integer(bytes, number..<numberEnd)
        else { return false }
        // The object begins with `{"token":"` and ends before the last brace.
        setUsual(id, params: token - 10..<body.upperBound - 1, token: token..<tokenEnd)
        return true
    }

    @inline(__always)
    private static func matches(_ bytes: Span<UInt8>, _ offset: Int, _ text: StaticString) -> Bool {
        TextScan.matches(bytes, offset, text.utf8CodeUnitCount, text)
    }

    /// The number that the digits write; nil where something else stands there, or a zero before other digits.
    @inline(__always)
    private static func integer(_ bytes: Span<UInt8>, _ digits: Range<Int>) -> Int64? {
        var (value, isNumber): (Int64, Bool) = (0, digits.count == 1 || bytes[digits.lowerBound] != UInt8(ascii: "0"))
        for at in digits {
            let digit = bytes[at] &- UInt8(ascii: "0")
            isNumber = isNumber && digit <= 9
            value = value &* 10 &+ Int64(digit)
        }
        return isNumber ? value : nil
    }
}
