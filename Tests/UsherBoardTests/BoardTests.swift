import Testing
import UsherBoard

/// Zeroed memory that begins at a page.
final class BoardMemory {
    let bytes: UnsafeMutableRawBufferPointer

    init(_ size: Int) {
        bytes = .allocate(byteCount: size, alignment: 4096)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit { bytes.deallocate() }
}

@Suite("Board")
struct BoardTests {
    let memory = BoardMemory(BoardLayout.size(slots: 10))
    let ids = (board: BoardID(low: 1, high: 2), ledger: BoardID(low: 3, high: 4))

    func formatted() -> Board { Board(formatting: memory.bytes, slots: 10, id: ids.board, ledger: ids.ledger) }

    @Test("lays its header out as clients expect it")
    func header() {
        _ = formatted()
        let bytes = UnsafeRawBufferPointer(memory.bytes)
        #expect(String(decoding: bytes[0..<8], as: UTF8.self) == "UsherBrd")
        #expect(bytes.load(fromByteOffset: 8, as: UInt32.self) == 1)
        #expect(bytes.load(fromByteOffset: 12, as: UInt32.self) == 10)
        #expect(bytes.load(fromByteOffset: 16, as: UInt64.self) == 1)
        #expect(bytes.load(fromByteOffset: 24, as: UInt64.self) == 2)
        #expect(BoardLayout.ownerOffset == 64 && BoardLayout.headerSize == 4096)
        #expect(bytes[32..<128].allSatisfy { $0 == 0 } && bytes[144...].allSatisfy { $0 == 0 })
    }

    @Test("shows a slot as one word, stamp high and expiry low, to a reader of the same memory")
    func entry() {
        let board = formatted()
        board[9] = BoardEntry(stamp: 7, expiry: BootSeconds(5))
        #expect(memory.bytes.load(fromByteOffset: 4096 + 72, as: UInt64.self) == 7 << 32 | 5)
        let reader = BoardReader(UnsafeRawBufferPointer(memory.bytes))
        #expect(reader?.entry(9) == BoardEntry(stamp: 7, expiry: BootSeconds(5)))
        #expect(reader?.entry(10) == nil && reader?.entry(.max) == nil)
        #expect(reader?.id == ids.board && reader?.ledger == ids.ledger && reader?.slots == 10)
    }

    @Test("is taken over as it is")
    func adopted() {
        formatted()[3] = BoardEntry(stamp: 2, expiry: BootSeconds(8))
        let board = Board(adopting: memory.bytes)
        #expect(board?[3].stamp == 2 && board?.id == ids.board && board?.ledger == ids.ledger)
    }

    @Test(
        "is refused with another magic, layout or number of slots",
        arguments: [(0, 0), (0, 1), (8, 3), (8, 0), (12, 0), (12, 11), (12, UInt32.max)] as [(Int, UInt32)])
    func refused(_ offset: Int, _ word: UInt32) {
        _ = formatted()
        memory.bytes.storeBytes(of: word, toByteOffset: offset, as: UInt32.self)
        #expect(BoardReader(UnsafeRawBufferPointer(memory.bytes)) == nil)
        #expect(Board(adopting: memory.bytes) == nil)
    }

    @Test("is refused in memory that is too short", arguments: [0, 8, 4095, 4096, 4096 + 79])
    func short(_ size: Int) {
        _ = formatted()
        #expect(BoardReader(UnsafeRawBufferPointer(rebasing: memory.bytes[..<size])) == nil)
    }

    @Test(
        "confirms an answer while the stamp is the same, not 0, and the expiry ahead",
        arguments: [
            (7, 10, 7, 9, true), (7, 10, 7, 10, false), (7, 10, 7, 11, false), (7, 10, 6, 9, false),
            (8, 10, 7, 9, false), (0, 10, 0, 9, false), (7, 0, 7, 0, false),
        ] as [(UInt32, UInt32, UInt32, UInt32, Bool)])
    func confirms(_ shown: UInt32, _ expiry: UInt32, _ cached: UInt32, _ now: UInt32, _ holds: Bool) {
        let entry = BoardEntry(stamp: shown, expiry: BootSeconds(expiry))
        let second = Int64(now) * 1_000_000_000
        #expect(entry.confirms(stamp: cached, now: second) == holds)
        #expect(entry.confirms(stamp: cached, now: second + 999_999_999) == holds)
        #expect(BoardEntry(word: entry.word) == entry)
    }

    @Test(
        "an owner lives while its thread id is in the lock word and the kernel has not marked it dead",
        arguments: [
            (0, false), (1234, true), (0x8000_0000 | 1234, true), (0x4000_0000 | 1234, false), (0x8000_0000, false),
        ]
            as [(UInt32, Bool)])
    func owner(_ word: UInt32, _ lives: Bool) {
        let board = formatted()
        board.owner.storeBytes(of: word, as: UInt32.self)
        #expect(BoardReader(UnsafeRawBufferPointer(memory.bytes))?.ownerLives == lives)
    }

    @Test("the last stamp stays")
    func lastStamp() {
        #expect(BoardEntry(stamp: .max - 1, expiry: .zero).nextStamp == .max)
        #expect(BoardEntry(stamp: .max, expiry: .zero).nextStamp == .max)
    }

    @Test("an id is written as its bytes in the order of memory")
    func hex() {
        #expect(
            BoardID(low: 0x0706_0504_0302_0100, high: 0x0f0e_0d0c_0b0a_0908).hex == "000102030405060708090a0b0c0d0e0f")
    }
}
