internal import CLinux
internal import UsherBoard
internal import UsherWire

/// The daemon's board, mapped read-only into this process for as long as anybody refers to it.
///
/// A child of fork(2) does not get it (MADV_DONTFORK): it begins with a cache of its own.
@safe final class BoardMap: Sendable {
    /// Reads the entries of the board.
    let reader: BoardReader
    /// mmap(2) gave it; never written, unmapped at the end.
    private nonisolated(unsafe) let memory: UnsafeMutableRawBufferPointer

    /// How many milliseconds the clocks of both sides may differ; more means another time namespace (PROTOCOL.md,
    /// board.attach).
    private static let clockTolerance: Int64 = 2000

    /// Maps the board behind `descriptor`, and closes `descriptor` in any case. Nil unless the board is the one that
    /// the daemon's `answer` describes, its file is sealed against shrinking and growing, and the daemon's clock agrees
    /// with this process' own, which was `asked` before the question and is `now` (CLOCK_BOOTTIME, ns).
    init?(adopting descriptor: Int32, describedBy answer: Span<UInt8>?, asked: Int64, now: Int64) {
        defer { _ = close(descriptor) }
        guard let answer, let described = try? BoardDescription(answer.all, in: answer) else { return nil }
        let apart = (now / 1_000_000).subtractingReportingOverflow(described.boottimeMilliseconds)
        guard !apart.overflow, apart.partialValue.magnitude <= UInt64(Self.clockTolerance),
            let size = Self.size(of: descriptor, described)
        else { return nil }
        let mapped = unsafe mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0)
        guard let mapped = unsafe mapped, unsafe mapped != UnsafeMutableRawPointer(bitPattern: -1) else { return nil }
        let memory = unsafe UnsafeMutableRawBufferPointer(start: mapped, count: size)
        guard unsafe madvise(mapped, size, Int32(MADV_DONTFORK)) == 0,
            let reader = unsafe BoardReader(UnsafeRawBufferPointer(memory)),
            reader.slots == described.slots, reader.id == BoardID(described),
            !reader.hasLease || Self.isBetween(described.boottimeMilliseconds, asked, now)
        else {
            unsafe munmap(mapped, size)
            return nil
        }
        unsafe self.memory = memory
        self.reader = reader
    }

    deinit { unsafe munmap(memory.baseAddress, memory.count) }

    /// Whether both show the same board.
    func isSame(as other: BoardMap) -> Bool { reader.id == other.reader.id }

    /// Whether `milliseconds`, the daemon's clock at its answer, is an instant between `asked` and `now`. Both are
    /// rounded away from it to whole milliseconds, because the daemon rounds. A clock that is merely close would not
    /// do: a lease that is compared with a clock behind the daemon's runs too long.
    private static func isBetween(_ milliseconds: Int64, _ asked: Int64, _ now: Int64) -> Bool {
        asked / 1_000_000 <= milliseconds && milliseconds <= now / 1_000_000 + 1
    }

    /// Bytes to map; nil where the file may shrink or grow, or is too small for what was described.
    private static func size(of descriptor: Int32, _ described: BoardDescription) -> Int? {
        let sealed = Int32(F_SEAL_SHRINK | F_SEAL_GROW)
        let seals = usher_get_seals(descriptor)  // -1 where the file knows none
        guard seals >= 0, seals & sealed == sealed, described.offset == BoardLayout.headerSize,
            described.slots <= BoardLayout.greatestSlots
        else { return nil }
        var status = stat()
        let size = BoardLayout.size(slots: Int(described.slots))
        return unsafe fstat(descriptor, &status) == 0 && status.st_size >= size ? size : nil
    }
}

extension BoardID {
    /// The id that the daemon named, whose digits are the bytes in the order of memory.
    fileprivate init(_ described: BoardDescription) {
        self.init(low: UInt64(bigEndian: described.high), high: UInt64(bigEndian: described.low))
    }
}
