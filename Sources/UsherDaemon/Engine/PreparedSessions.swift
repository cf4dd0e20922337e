internal import CLinux
internal import UsherBoard
internal import UsherWire

/// Sessions as an answer last showed them, so that the next one is copied instead of written.
///
/// What is kept holds for as long as the board shows the stamp that it was kept with: the rule by which clients trust their
/// own caches, since every change of what an answer shows, but for the times of the last use, changes the stamp. Those two
/// times are written anew. The last stamp, which changes no more, is never kept. Nothing is ever removed: a place is found by
/// slot, and another session of the same place takes it over. Bounded: one place per 128 slots, 4 MiB at most, mapped when it
/// is first used, and locked as far as the kernel allows, since what sessions hold is in it. No token is.
@safe struct PreparedSessions: ~Copyable {
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
    /// Bytes that may be written to a swap device: all, where the kernel did not lock them (mlock2(2)), or none.
    let unlockedBytes: Int

    /// As many as 4 MiB hold: about 4 bytes a session, where there are a million.
    private static let limit = 1 << 13

    /// Room for a 128th of `slots` slots, nothing in it yet.
    init(slots: Int) {
        let count = min(max(16, slots / 128), Self.limit)
        mask = UInt32(1 << (Int.bitWidth - 1 - count.leadingZeroBitCount)) - 1
        guard let places = unsafe usher_reserve((Int(mask) + 1) * Self.size) else { fatalError("no address space") }
        unsafe self.places = places
        let size = (Int(mask) + 1) * Self.size
        unsafe madvise(places, size, MADV_DONTDUMP)
        unlockedBytes = unsafe mlock2(places, size, UInt32(MLOCK_ONFAULT)) == 0 ? 0 : size
    }

    deinit { unsafe munmap(places, (Int(mask) + 1) * Self.size) }

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
