internal import UsherBoard
internal import UsherWire

/// Sessions as an answer last showed them, so that the next one is copied instead of written.
///
/// What is kept holds for as long as the board shows the stamp that it was kept with: the rule by which clients trust their
/// own caches, since every change of what an answer shows, but for the times of the last use, changes the stamp. Those two
/// times are written anew. The last stamp, which changes no more, is never kept. Nothing is ever removed: a place is found by
/// slot, and another session of the same place takes it over. Bounded by the memory that it is given. What sessions hold is in
/// it; no token is.
@safe package struct PreparedSessions {
    /// What an answer depends on beside the times of the last use.
    struct Key: Equatable {
        var place: BoardPlace
        /// Of ``Moment``: what was added to the times that are kept.
        var unixOffset: Int64
    }

    private struct Head {
        var key: Key
        var count: Int32
        var lastUse: Int32
    }

    /// Bytes of a place. A session with a context of 60 bytes takes 330.
    private static let size = 512
    private let places: UnsafeMutableRawPointer
    private let mask: UInt32

    /// The memory for a ledger of `capacity` sessions: a place for each 128th of them, 4 MiB at most, which is about 4 bytes a
    /// session, where there are a million.
    package static func size(capacity: Int) -> Int {
        let places = min(max(16, capacity / 128), 1 << 13)
        return size << (Int.bitWidth - 1 - places.leadingZeroBitCount)
    }

    /// None yet, in `memory`, all zero, of ``size(capacity:)`` and at the start of a page; it must outlive this.
    package init(in memory: UnsafeMutableRawBufferPointer) {
        guard let base = memory.baseAddress, memory.count >= Self.size else { preconditionFailure("no memory") }
        unsafe places = base
        mask = UInt32(memory.count / Self.size) - 1
        precondition(mask & (mask + 1) == 0, "places are found by the lowest bits of a slot")
    }

    @inline(__always)
    private func place(_ key: Key) -> UnsafeMutableRawPointer {
        unsafe places + Int(key.place.slot & mask) * Self.size
    }

    /// Lends the JSON that was kept for `key`, with the offset of its times of the last use; nil where none was.
    @inline(__always)
    func with<R>(_ key: Key, _ body: (_ json: Span<UInt8>, _ lastUse: Int) -> R) -> R? {
        let place = unsafe place(key)
        let head = unsafe place.load(as: Head.self)
        guard head.key == key, key.place.stamp != 0 else { return nil }
        let json = unsafe UnsafeRawBufferPointer(start: place + MemoryLayout<Head>.size, count: Int(head.count))
        return body(unsafe Span(_unsafeBytes: json), Int(head.lastUse))
    }

    /// Keeps a session as it was written for `key`, unless it is too long.
    func keep(_ json: Span<UInt8>, lastUse: Int, for key: Key) {
        guard key.place.stamp != BoardEntry.lastStamp, json.count <= Self.size - MemoryLayout<Head>.size else { return }
        let place = unsafe place(key)
        unsafe place.storeBytes(of: Head(key: key, count: Int32(json.count), lastUse: Int32(lastUse)), as: Head.self)
        unsafe json.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            unsafe (place + MemoryLayout<Head>.size).copyMemory(from: start, byteCount: source.count)
        }
    }
}
