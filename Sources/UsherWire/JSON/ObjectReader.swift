/// Reads an object member by member: `while let key = try members.next(bytes)`. A value that the caller does not read
/// is skipped. A member that the caller uses must not come twice.
struct ObjectReader {
    /// Reads the value of the key that came last.
    var reader: JSONReader
    private var members = Members()
    private let isEmpty: Bool

    /// Reads `params`, or an empty object if the request has none. Pass one has checked the syntax, so that all
    /// refusals here are about values.
    @inline(__always)
    init(_ request: Request, _ bytes: Span<UInt8>) throws(Refusal) {
        guard let params = request.params else {
            reader = JSONReader(0..<0)
            isEmpty = true
            return
        }
        reader = JSONReader(params, depth: 1)
        isEmpty = false
        try reader.enterObject(bytes)
    }

    /// Reads the object that stands at `range` of an answer or event.
    init(_ range: Range<Int>, _ bytes: Span<UInt8>) throws(Refusal) {
        reader = JSONReader(range, depth: 1)
        isEmpty = false
        try reader.enterObject(bytes)
    }

    /// The next key.
    @inline(__always)
    mutating func next(_ bytes: Span<UInt8>) throws(Refusal) -> JSONText? {
        isEmpty ? nil : try reader.nextMember(bytes)
    }

    /// `Members.matches`.
    @inline(__always)
    mutating func matches(
        _ key: JSONText, _ name: StaticString, _ index: UInt32, _ bytes: Span<UInt8>
    ) throws(Refusal) -> Bool {
        try members.matches(key, name, index, bytes)
    }

    /// Whether the member of that index was there.
    func has(_ index: UInt32) -> Bool { members.has(index) }
    /// Whether all of the members of the indexes below `count` were there.
    func hasAll(_ count: UInt32) -> Bool { members.hasAll(count) }
}
