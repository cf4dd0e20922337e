internal import UsherSecrets

// One heap block of fixed capacity, into which frames are written one behind the other and from which they are sent.
// Invariant: it never grows and never moves, so that no copy of a secret stays behind. Each write checks the room once.
// A write that does not fit spoils the open frame, and `endFrame` takes a spoiled frame back as a whole, so that
// callers check once a frame. Rejected: `[UInt8]` (three times slower here, copies when it grows).

/// Where frames are written and sent from.
@safe package struct FrameBuffer: ~Copyable {
    /// How a frame, or text without a frame, ended.
    package enum Ending: Equatable, Sendable {
        /// It stands in the buffer.
        case written
        /// It was taken back: there is no room now. Send, then write it again.
        case noRoom
        /// It was taken back: it is larger than a frame may be, or than the whole buffer.
        case tooLarge
    }

    let base: UnsafeMutablePointer<UInt8>
    /// Bytes that fit.
    package let capacity: Int
    var end = 0
    /// Where the open frame starts, or -1.
    private var frameStart = -1
    var isSpoiled = false
    var needsComma = false
    /// The end of all that was written since the last wipe.
    private var dirty = 0

    /// An empty buffer. Precondition: `capacity` is at least 64.
    package init(capacity: Int) {
        precondition(capacity >= 64)
        self.capacity = capacity
        unsafe base = .allocate(capacity: capacity)
    }

    deinit {
        unsafe Wipe.zero(UnsafeMutableRawBufferPointer(start: base, count: max(dirty, end)))
        unsafe base.deallocate()
    }

    /// Bytes that were written, an open frame included.
    package var count: Int { end }
    /// Whether nothing was written.
    package var isEmpty: Bool { end == 0 }
    /// Bytes that can still be written.
    package var room: Int { capacity - end }

    /// Lends what was written. Precondition: no frame is open.
    package func withBytes<R: ~Copyable, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        precondition(frameStart < 0)
        return try unsafe body(Span(_unsafeStart: base, count: end))
    }

    /// A copy of what was written.
    package func copy() -> [UInt8] {
        withBytes { bytes in
            unsafe [UInt8](unsafeUninitializedCapacity: bytes.count) { copy, count in
                for index in bytes.indices { unsafe copy[index] = bytes[index] }
                count = bytes.count
            }
        }
    }

    /// Forgets everything, an open frame too. What was written stays in memory until `wipe`.
    package mutating func removeAll() {
        dirty = max(dirty, end)
        end = 0
        frameStart = -1
        isSpoiled = false
        needsComma = false
    }

    /// Forgets everything and zeroes all that was written.
    package mutating func wipe() {
        removeAll()
        unsafe Wipe.zero(UnsafeMutableRawBufferPointer(start: base, count: dirty))
        dirty = 0
    }
}

extension FrameBuffer {
    /// Starts a frame. Precondition: none is open.
    @inline(__always)
    package mutating func beginFrame() {
        precondition(frameStart < 0)
        frameStart = end
        isSpoiled = false
        needsComma = false
        if reserve(WireLimit.header) { end += WireLimit.header }
    }

    /// Ends the frame and writes its length, or takes it back.
    @inline(__always)
    package mutating func endFrame() -> Ending {
        precondition(frameStart >= 0)
        let length = end - frameStart - WireLimit.header
        guard !isSpoiled, length > 0, length <= WireLimit.frame else { return takeBack(length) }
        unsafe UnsafeMutableRawPointer(base + frameStart)
            .storeBytes(of: UInt32(truncatingIfNeeded: length).bigEndian, as: UInt32.self)
        frameStart = -1
        needsComma = false
        return .written
    }

    private mutating func takeBack(_ length: Int) -> Ending {
        let isHopeless = length > WireLimit.frame || frameStart == 0
        dirty = max(dirty, end)
        end = frameStart
        frameStart = -1
        isSpoiled = false
        needsComma = false
        return isHopeless ? .tooLarge : .noRoom
    }

    /// A point within an open frame, or within text without a frame, for `rollBack(to:)`.
    package struct Mark {
        let end: Int
        fileprivate let isSpoiled: Bool
        fileprivate let needsComma: Bool
    }

    /// The point behind the last byte written.
    package var mark: Mark { Mark(end: end, isSpoiled: isSpoiled, needsComma: needsComma) }

    /// Takes back all that was written since `mark`.
    package mutating func rollBack(to mark: Mark) {
        dirty = max(dirty, end)
        end = mark.end
        isSpoiled = mark.isSpoiled
        needsComma = mark.needsComma
    }

    /// Whether everything fitted so far, and `bytes` more would fit the open frame.
    package func fits(_ bytes: Int) -> Bool {
        let frameRoom = frameStart < 0 ? Int.max : WireLimit.frame - (end - frameStart - WireLimit.header)
        return !isSpoiled && min(room, frameRoom) >= bytes
    }

    /// Ends text that was written without a frame. Returns whether all of it fitted.
    package mutating func endText() -> Bool {
        defer { needsComma = false }
        return !isSpoiled
    }
}

extension FrameBuffer: @unchecked Sendable {}

/// The primitives of the JSON writers.
extension FrameBuffer {
    /// Whether `bytes` more can be written; if not, the frame is spoiled.
    @inline(__always)
    mutating func reserve(_ bytes: Int) -> Bool {
        if !isSpoiled && capacity - end >= bytes { return true }
        isSpoiled = true
        return false
    }

    @inline(__always)
    mutating func put(_ byte: UInt8) {
        unsafe base[end] = byte
        end += 1
    }

    @inline(__always)
    mutating func putComma() {
        if needsComma { put(UInt8(ascii: ",")) }
    }

    /// Copies a literal as it stands. The room was reserved.
    @inline(__always)
    mutating func put(_ text: StaticString) {
        let count = text.utf8CodeUnitCount
        unsafe (base + end).update(from: text.utf8Start, count: count)
        end += count
    }
}
