import UsherBoard
import UsherSecrets
import UsherSessions

/// Both memories of a ledger, page-aligned, each in a block of its own so that AddressSanitizer knows where it ends.
final class LedgerImage {
    let ledger: UnsafeMutableRawBufferPointer
    let board: UnsafeMutableRawBufferPointer

    init(ledger: Int, board: Int) {
        self.ledger = .allocate(byteCount: ledger, alignment: 4096)
        self.board = .allocate(byteCount: board, alignment: 4096)
        self.ledger.initializeMemory(as: UInt8.self, repeating: 0)
        self.board.initializeMemory(as: UInt8.self, repeating: 0)
    }

    /// The first bytes of `other`.
    convenience init(_ other: LedgerImage, ledger: Int, board: Int) {
        self.init(ledger: ledger, board: board)
        self.ledger.copyMemory(from: UnsafeRawBufferPointer(rebasing: other.ledger[..<ledger]))
        self.board.copyMemory(from: UnsafeRawBufferPointer(rebasing: other.board[..<board]))
    }

    deinit {
        ledger.deallocate()
        board.deallocate()
    }

    // MARK: Where things are

    /// Small, so that most of it is in use.
    static let geometry: LedgerGeometry = {
        guard let it = LedgerGeometry(capacity: 24, contextUnits: 50, userUnits: 20, dataUnits: 12, labels: 80) else {
            preconditionFailure("a geometry")
        }
        return it
    }()

    private static let labels = 4096
    private static let slots = labels + 20_480

    /// What can be changed, slots more often than the rest.
    var areas: [Area] {
        let slots = Area(ledger, from: Self.slots, count: 24, of: 64)
        return [
            slots, slots, Area(ledger, from: 0, count: 8, of: 32), Area(ledger, from: 128, count: 2, of: 64), slots,
            Area(ledger, from: Self.labels, count: 8, of: 256),
            Area(ledger, from: Self.labels + 16_384, count: 16, of: 256),
            Area(ledger, from: Self.slots + 4096, count: 50, of: 64), slots,
            Area(ledger, from: Self.slots + 8192, count: 20, of: 64), slots,
            Area(ledger, from: Self.slots + 12_288, count: 12, of: 256), Area(board, from: 0, count: 18, of: 8),
            Area(board, from: 4096, count: 24, of: 8), Area(ledger, from: 0, count: ledger.count / 64, of: 64),
        ]
    }

    // MARK: Sound ones

    /// When they were made.
    static let birth = LedgerSeconds(1)

    /// Images that a daemon could have left: empty, with some sessions, full, and with a change that was not finished.
    nonisolated(unsafe) static let sound: [LedgerImage] = [make(0), make(3), make(24), make(12, undo: true)]

    private static func make(_ sessions: Int, undo: Bool = false) -> LedgerImage {
        let image = LedgerImage(ledger: geometry.ledgerSize, board: geometry.boardSize)
        do {
            var ledger = try Ledger(
                formatting: image.ledger, board: image.board, geometry: geometry, entropy: .seeded(1))
            var services: [ServiceID] = []
            for name in ["site", "hosts"] {
                let realm = try ledger.realm(Array(name.utf8).span)
                services.append(try ledger.service(Array("web".utf8).span, realm: realm))
            }
            for number in 0..<sessions { try fill(&ledger, services[number % 2], number) }
        } catch {
            preconditionFailure("\(error)")
        }
        if undo { image.leaveUndo() }
        return image
    }

    private static func fill(_ ledger: inout Ledger, _ service: ServiceID, _ number: Int) throws(LedgerError) {
        let text = Array(String(repeating: "t", count: [0, 20, 70][number % 3]).utf8)
        let name = Array((number % 5 == 4 ? String(repeating: "n", count: 100) : "user\(number % 5)").utf8)
        let session = try ledger.create(
            TokenDigest(low: UInt64(number) &* 0x9e37_79b9_7f4a_7c15, high: UInt64(number)), user: name.span,
            uid: number % 2 == 0 ? nil : 7, service: service, methods: Array("[\(number % 3)]".utf8).span,
            context: text.span, lifetime: Lifetime(idle: 1 << 30, absolute: 1 << 31), created: birth,
            authenticated: birth, quota: UserQuota(limit: 99, policy: .refuse), now: birth
        ) { _, _, _ in }
        guard number % 4 == 1 else { return }
        _ = try ledger.update(session, data: [UInt8](repeating: 100, count: number == 1 ? 300 : 30).span)
    }

    /// As if the daemon had died while it changed slot 0.
    private func leaveUndo() {
        ledger.storeBytes(of: 1, toByteOffset: 128, as: UInt32.self)
        for index in 0..<64 { ledger[192 + index] = ledger[Self.slots + index] }
        for index in 0..<16 { ledger[Self.slots + index] ^= 0x55 }
    }
}
