internal import CLinux
internal import UsherBoard
package import UsherLogin
internal import UsherSecrets
package import UsherSessions
package import UsherSystem

/// The three memories of the daemon, taken back from the descriptor store or made anew: ledger, board, throttle.
///
/// Ledger and board are adopted together or not at all; the throttle outlives a ledger that is dropped, so that breaking
/// the daemon buys no guesses. What is made is stored before it is used. Whoever holds the mutex in the board's header owns
/// all three; the kernel lets go of it when its holder dies.
package final class SessionMemory {
    private static let names = (ledger: "ledger", board: "board", throttle: "throttle")

    private let store: any DescriptorStore
    private let record: (JournalEntry) -> Void
    private var kept: [String: CInt] = [:]
    private var files: [MemoryFile] = []
    private var ownership: BoardOwnership?
    /// To be released at the first answer; nil before there is a ledger.
    package private(set) var brake: AdoptionBrake?

    /// The memory that `store` kept, or none yet; `record` is told what becomes of it.
    package init(_ store: any DescriptorStore, record: @escaping (JournalEntry) -> Void) {
        self.store = store
        self.record = record
        for (name, descriptor) in store.take()
        where [Self.names.ledger, Self.names.board, Self.names.throttle].contains(name) {
            if let other = kept.updateValue(descriptor, forKey: name) { close(other) }
        }
    }

    /// The daemon ends by its own will.
    func end() {
        brake?.release()
        store.end()
    }

    // MARK: Ledger and board

    /// The board as clients may have it: a descriptor of its own that only reads. Precondition: there is a ledger.
    package func readOnlyBoard() throws(SystemError) -> FileDescriptor {
        guard let ownership else { preconditionFailure("the board comes with the ledger") }
        return try ownership.board.readOnlyDescriptor()
    }

    /// The ledger of an earlier process, or a new one for `capacity` sessions.
    package func ledger(capacity: Int) throws(StartupError) -> Ledger {
        if let ledger = try adoptedLedger() { return ledger }
        do throws(SystemError) { return try newLedger(capacity: capacity) } catch {
            throw StartupError("ledger", error)
        }
    }

    private func adoptedLedger() throws(StartupError) -> Ledger? {
        let (ledger, board) = (kept.removeValue(forKey: Self.names.ledger), kept.removeValue(forKey: Self.names.board))
        if ledger == nil && board == nil { return nil }
        do throws(SystemError) {
            let (ledger, board) = (try MemoryFile(adopting: ledger ?? -1), try MemoryFile(adopting: board ?? -1))
            switch try adopt(ledger, board) {
            case .some(let adopted): return adopted
            case .none: break
            }
        } catch {
            guard error.code != EBUSY else {
                throw StartupError("the ledger belongs to another usherd that is running")
            }
            refusal = error.description
        }
        store.remove(Self.names.ledger)
        store.remove(Self.names.board)
        record(.memoryDropped(name: Self.names.ledger, why: refusal))
        return nil
    }

    /// Why the last attempt to adopt came to nothing.
    private var refusal = ""

    private func adopt(_ ledger: MemoryFile, _ board: MemoryFile) throws(SystemError) -> Ledger? {
        guard unsafe board.bytes.count >= BoardLayout.headerSize, let brake = unsafe AdoptionBrake(of: ledger.bytes)
        else {
            refusal = "too small"
            return nil
        }
        let ownership = try BoardOwnership(of: board)
        guard !brake.isTooOften() else {
            refusal = "three daemons in a row died while they adopted it"
            return nil
        }
        do throws(AdoptionError) {
            let adopted = try unsafe Ledger(adopting: ledger.bytes, board: board.bytes, now: Moment.now.seconds)
            keep(ledger, ownership, brake)
            record(.memoryAdopted(sessions: adopted.count))
            return adopted
        } catch {
            refusal = error.description
            return nil
        }
    }

    private func newLedger(capacity: Int) throws(SystemError) -> Ledger {
        let geometry = LedgerGeometry(capacity: capacity)
        let ledger = try MemoryFile(name: "usher-ledger", size: geometry.ledgerSize)
        let board = try MemoryFile(name: "usher-board", size: geometry.boardSize)
        let made = unsafe Ledger(formatting: ledger.bytes, board: board.bytes, geometry: geometry)
        unsafe usher_owner_make(made.board.owner)
        let ownership = try BoardOwnership(of: board)
        store.put(ledger.descriptor, as: Self.names.ledger)
        store.put(board.descriptor, as: Self.names.board)
        keep(ledger, ownership, unsafe AdoptionBrake(of: ledger.bytes))
        return made
    }

    private func keep(_ ledger: MemoryFile, _ ownership: BoardOwnership, _ brake: AdoptionBrake?) {
        files.append(ledger)
        self.ownership = ownership
        self.brake = brake
    }

    // MARK: Throttle

    /// The throttle of an earlier process, or a new one for `entries` names.
    package func throttle(entries: Int) throws(StartupError) -> Throttle {
        if let kept = kept.removeValue(forKey: Self.names.throttle) {
            if let file = try? MemoryFile(adopting: kept) {
                switch unsafe Throttle(adopting: file.bytes) {
                case .some(let adopted):
                    files.append(file)
                    return adopted
                case .none: break
                }
            }
            store.remove(Self.names.throttle)
            record(.memoryDropped(name: Self.names.throttle, why: "other layout or damaged"))
        }
        do throws(SystemError) {
            let file = try MemoryFile(name: "usher-throttle", size: ThrottleLayout.size(entries: entries))
            files.append(file)
            let key = (Random.word(), Random.word())
            let made = unsafe Throttle(creatingIn: file.bytes, entries: entries, key: key)
            store.put(file.descriptor, as: Self.names.throttle)
            return made
        } catch {
            throw StartupError("throttle", error)
        }
    }
}
