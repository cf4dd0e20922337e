/// Reads `params` member by member: `while let key = try members.next(bytes)`. An absent `params` is an empty object.
/// The syntax was checked with the head, so that what is thrown here is about values.
struct ParamsReader {
    var reader: JSONReader
    private var members = Members()
    private let isEmpty: Bool

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

    /// The next key, its value being read next.
    @inline(__always)
    mutating func next(_ bytes: Span<UInt8>) throws(Refusal) -> JSONText? {
        isEmpty ? nil : try reader.nextKey(bytes)
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
}
