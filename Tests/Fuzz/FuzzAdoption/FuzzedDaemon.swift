import CLinux
import UsherBoard
import UsherConfiguration
import UsherDaemon
import UsherSessions

/// Takes over a damaged image as the daemon does: from descriptors, with the brake and the owner's mutex in it.
enum FuzzedDaemon {
    static func run(_ sound: LedgerImage, _ damage: inout Damage) {
        guard let ledger = try? MemoryFile(name: "fuzz", size: sound.ledger.count),
            let board = try? MemoryFile(name: "fuzz", size: sound.board.count)
        else { preconditionFailure("no memory") }
        defer { withExtendedLifetime((ledger, board)) {} }
        let image = LedgerImage(sound, ledger: sound.ledger.count, board: sound.board.count)
        usher_owner_make(image.board.baseAddress?.advanced(by: BoardLayout.ownerOffset))
        damage.apply(to: image.areas)
        ledger.bytes.copyMemory(from: UnsafeRawBufferPointer(image.ledger))
        board.bytes.copyMemory(from: UnsafeRawBufferPointer(image.board))
        let store = LentStore(["ledger": ledger.descriptor, "board": board.descriptor])
        let memory = SessionMemory(store) { _ in }
        do throws(StartupError) {
            let adopted = try memory.ledger(capacity: 24)
            precondition(adopted.brokenInvariants() == [])
        } catch {
            precondition(error.description.contains("another usherd"), error.description)
        }
    }
}

/// A store that gives copies of some descriptors.
private final class LentStore: DescriptorStore {
    private let kept: [String: CInt]

    init(_ kept: [String: CInt]) { self.kept = kept }

    func take() -> [(name: String, descriptor: CInt)] { kept.map { ($0.key, dup($0.value)) } }
    func put(_ descriptor: CInt, as name: String) {}
    func remove(_ name: String) {}
    func end() {}
    var outlivesEnd: Bool { true }
}
