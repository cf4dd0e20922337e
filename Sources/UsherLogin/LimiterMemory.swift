/// The words of a buffer that somebody else owns, with every index checked.
///
/// Plain loads and stores: the daemon is the only one that maps it, and it has one thread. A death between two stores
/// leaves one count off by one, which `LimiterLayout` makes harmless.
@safe struct LimiterMemory {
    private let words: UnsafeMutableBufferPointer<UInt64>

    /// Lends `buffer`, which must be aligned to 8 bytes and outlive this value.
    init(_ buffer: UnsafeMutableRawBufferPointer) {
        precondition(Int(bitPattern: buffer.baseAddress) % 8 == 0, "the limiter's memory is not aligned")
        unsafe words = buffer.bindMemory(to: UInt64.self)
    }

    var count: Int { unsafe words.count }

    subscript(_ index: Int) -> UInt64 {
        get {
            precondition(index >= 0 && index < count)
            return unsafe words[index]
        }
        nonmutating set {
            precondition(index >= 0 && index < count)
            unsafe words[index] = newValue
        }
    }

    func zero(_ range: Range<Int>) {
        for index in range { self[index] = 0 }
    }

    /// Writes `text` from word `at` on if it fits into `capacity` bytes as a whole. Returns its number of bytes, or 0
    /// if it does not fit.
    func store(_ text: String, at word: Int, capacity: Int) -> UInt64 {
        let bytes = Array(text.utf8)
        guard bytes.count <= capacity else { return 0 }
        zero(word..<word + capacity / 8)
        for (index, byte) in bytes.enumerated() { self[word + index / 8] |= UInt64(byte) << UInt64(index % 8 * 8) }
        return UInt64(bytes.count)
    }

    /// The text of `size` bytes from word `at`; nil if there is none or it is no UTF-8.
    func text(at word: Int, size: UInt64, capacity: Int) -> String? {
        guard size > 0, size <= UInt64(capacity) else { return nil }
        let bytes = (0..<Int(size)).map { UInt8(truncatingIfNeeded: self[word + $0 / 8] >> UInt64($0 % 8 * 8)) }
        return String(validating: bytes, as: UTF8.self)
    }
}
