/// Which members of an object were read, so that a member that the reader uses does not come twice.
struct Members {
    private var seen: UInt32 = 0

    /// Whether `key` is `name`. Throws `.invalidParams` at its second time. `index` (0 to 31) identifies the name
    /// within the object.
    @inline(__always)
    mutating func matches(
        _ key: JSONText, _ name: StaticString, _ index: UInt32, _ bytes: Span<UInt8>
    ) throws(Refusal) -> Bool {
        guard key.equals(name, in: bytes) else { return false }
        guard !has(index) else { throw .invalidParams }
        seen |= 1 << index
        return true
    }

    /// Whether the member of that index was there.
    func has(_ index: UInt32) -> Bool { seen & (1 << index) != 0 }
    /// Whether all of the members of the indexes below `count` were there.
    func hasAll(_ count: UInt32) -> Bool { seen & (1 << count - 1) == 1 << count - 1 }
}
