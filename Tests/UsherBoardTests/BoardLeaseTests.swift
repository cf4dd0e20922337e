import Testing
import UsherBoard

@Suite("Board with a lease")
struct BoardLeaseTests {
    let memory = BoardMemory(BoardLayout.size(slots: 10))
    let board: Board
    let reader: BoardReader
    private static let expiry: UInt32 = 1000

    init() throws {
        let id = BoardID(low: 1, high: 2)
        board = Board(formatting: memory.bytes, slots: 10, id: id, ledger: id, hasLease: true)
        board.owner.storeBytes(of: 4711, as: UInt32.self)
        board[3] = BoardEntry(stamp: 7, expiry: BootSeconds(Self.expiry))
        reader = try #require(BoardReader(UnsafeRawBufferPointer(memory.bytes)))
    }

    private func confirms(_ now: Int64) -> Bool { reader.confirms(7, of: 3, at: now) }

    @Test("has layout 2 and the lease at 192, alone in its cache line; otherwise it is as one without")
    func header() {
        board[3] = BoardEntry(stamp: 0, expiry: .zero)
        board.lease = 0x0102_0304_0506_0708
        let plain = BoardMemory(memory.bytes.count)
        let other = Board(formatting: plain.bytes, slots: 10, id: board.id, ledger: board.id)
        other.owner.storeBytes(of: 4711, as: UInt32.self)
        #expect(memory.bytes.load(fromByteOffset: 8, as: UInt32.self) == 2)
        #expect(memory.bytes.load(fromByteOffset: 192, as: UInt64.self) == 0x0102_0304_0506_0708)
        let differing = memory.bytes.indices.filter { memory.bytes[$0] != plain.bytes[$0] }
        #expect(differing == [8] + Array(192..<200))
    }

    @Test("confirms nothing before the first lease, nor at its end, to the nanosecond")
    func ends() {
        #expect(board.lease == 0 && !confirms(0) && !confirms(5))
        board.lease = 500
        #expect(confirms(0) && confirms(499) && !confirms(500) && !confirms(501))
        board.lease = 700
        #expect(confirms(500) && confirms(699) && !confirms(700))
        board.lease = 0
        #expect(!confirms(0) && !confirms(699))
    }

    @Test("confirms nothing that a board without a lease would not confirm, however long the lease")
    func otherRules() {
        board.lease = .max
        let last = Int64(Self.expiry) * 1_000_000_000 - 1
        #expect(confirms(last) && !confirms(last + 1))
        #expect(!reader.confirms(6, of: 3, at: 0) && !reader.confirms(7, of: 4, at: 0))
        #expect(!reader.confirms(7, of: 10, at: 0) && !reader.confirms(7, of: .max, at: 0))
        board.owner.storeBytes(of: 4711 | 0x4000_0000, as: UInt32.self)
        #expect(!confirms(0))
    }

    @Test("a board without a lease confirms at any time before the expiry, whatever its bytes at 192")
    func plain() throws {
        let other = BoardMemory(memory.bytes.count)
        let board = Board(formatting: other.bytes, slots: 10, id: reader.id, ledger: reader.id)
        board.owner.storeBytes(of: 4711, as: UInt32.self)
        board[3] = BoardEntry(stamp: 7, expiry: BootSeconds(Self.expiry))
        let reader = try #require(BoardReader(UnsafeRawBufferPointer(other.bytes)))
        #expect(!board.hasLease && !reader.hasLease && board.lease == .max)
        #expect(reader.confirms(7, of: 3, at: Int64(Self.expiry) * 1_000_000_000 - 1))
        other.bytes.storeBytes(of: 1, toByteOffset: 192, as: UInt64.self)
        #expect(reader.confirms(7, of: 3, at: 500))
    }

    @Test("is taken over with its lease")
    func adopted() {
        board.lease = 500
        let next = Board(adopting: memory.bytes)
        #expect(next?.hasLease == true && next?.lease == 500 && next?[3].stamp == 7)
    }

    /// The guard `leaseBeforeSlot` of Tests/Model/board.pml. Its reader loads `leaseUntil`, here the word at 192, and
    /// then `entry`, here the word of the slot. If ``BoardReader/confirms(_:of:at:)`` loaded the slot first, the daemon
    /// of this test would write the end and the new lease between the two loads, and the reader would join an old slot
    /// with a new lease.
    @Test("loads the lease before the slot, so that an end written before a new lease is seen with that lease")
    func order() throws {
        let page = try #require(memory.bytes.baseAddress)
        var isWritten = false
        let isConfirmed = FirstAccess.to(page) {
            board[3] = BoardEntry(stamp: 8, expiry: BootSeconds(Self.expiry))
            board.lease = .max
            isWritten = true
        } during: {
            confirms(5)
        }
        #expect(isWritten && !isConfirmed && reader.confirms(8, of: 3, at: 5))
    }
}
