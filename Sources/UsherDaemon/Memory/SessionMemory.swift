internal import CLinux
internal import UsherBoard
internal import UsherCluster
package import UsherConfiguration
package import UsherEngine
package import UsherLogin
package import UsherPOSIX
internal import UsherSecrets
package import UsherSessions

/// The memories of the daemon, taken back from the descriptor store or made anew: ledger, board, limiter, and with a
/// cluster the member that this host is, and what the last process wrote of the cluster when it was told to end.
///
/// Ledger and board are adopted together or not at all. The limiter outlives a ledger that is dropped, so that breaking
/// the daemon buys no guesses. New memory is stored before it is used. The process that has locked the mutex in the
/// board's header owns all of them; the kernel unlocks the mutex when that process dies.
package final class SessionMemory {
    private static let names = (
        ledger: "ledger", board: "board", limiter: "limiter", member: "cluster", snapshot: "snapshot"
    )

    private let store: any DescriptorStore
    private let record: (JournalEntry) -> Void
    private var kept: [String: CInt] = [:]
    private var files: [MemoryFile] = []
    private var ownership: BoardOwnership?
    /// Whether the ledger is that of an earlier process.
    private(set) var hasAdopted = false

    /// Takes the memory that `store` kept, if any. `record` gets the entries about it.
    package init(_ store: any DescriptorStore, record: @escaping (JournalEntry) -> Void) {
        self.store = store
        self.record = record
        for (name, descriptor) in store.take()
        where [Self.names.ledger, Self.names.board, Self.names.limiter, Self.names.member, Self.names.snapshot]
            .contains(name)
        {
            if let other = kept.updateValue(descriptor, forKey: name) { close(other) }
        }
    }

    /// The daemon ends by its own will.
    func end() {
        store.end()
    }

    // MARK: Ledger and board

    /// A descriptor of the board for clients, which only reads. Precondition: there is a ledger.
    package func readOnlyBoard() throws(SystemError) -> FileDescriptor {
        guard let ownership else { preconditionFailure("the board comes with the ledger") }
        return try ownership.board.readOnlyDescriptor()
    }

    /// The ledger of an earlier process, or a new one for `capacity` sessions. `hasLease`: clients may confirm answers
    /// by the board only until the lease on it is over. An earlier ledger with a board of the other kind is dropped.
    /// `kept`: the copies of shared sessions that an earlier ledger keeps.
    package func ledger(
        capacity: Int, hasLease: Bool = false, keeping kept: KeptCopies? = nil
    ) throws(StartupError) -> Ledger {
        if let ledger = try adoptedLedger(hasLease: hasLease, kept) { return ledger }
        do throws(SystemError) { return try newLedger(capacity: capacity, hasLease: hasLease) } catch {
            throw StartupError("ledger", error)
        }
    }

    /// Why kept memory is not adopted: it is dropped, or another attempt may do better and this one ends.
    private enum Refusal: Error {
        case drop(String)
        case end(StartupError)

        init(_ error: SystemError) {
            switch error.code {
            case EBUSY: self = .end(StartupError("the ledger belongs to another usherd that is running"))
            case ENOMEM: self = .end(StartupError("ledger", error))
            default: self = .drop(error.description)
            }
        }

        init(_ error: LedgerMemoryError) {
            self = error.code == .noAddressSpace ? Refusal(.noAddressSpace) : .drop(error.description)
        }
    }

    private func adoptedLedger(hasLease: Bool, _ copies: KeptCopies?) throws(StartupError) -> Ledger? {
        guard kept[Self.names.ledger] != nil || kept[Self.names.board] != nil else { return nil }
        // Both descriptors are owned before either is examined, so that a pair that is not adopted is closed whole.
        let ledger = owned(Self.names.ledger)
        let board = owned(Self.names.board)
        do throws(Refusal) { return try adopt(ledger, board, hasLease: hasLease, copies) } catch {
            switch error {
            case .end(let error): throw error
            case .drop(let why):
                store.remove(Self.names.ledger)
                store.remove(Self.names.board)
                // A daemon without a cluster has not asked for the snapshot, which is of no use without the ledger.
                _ = owned(Self.names.snapshot)
                store.remove(Self.names.snapshot)
                record(.memoryDropped(name: Self.names.ledger, why: why))
                return nil
            }
        }
    }

    /// The descriptor kept as `name`, or one that is none.
    private func owned(_ name: String) -> FileDescriptor {
        FileDescriptor(owning: kept.removeValue(forKey: name) ?? -1)
    }

    private func adopt(
        _ ledger: consuming FileDescriptor, _ board: consuming FileDescriptor, hasLease: Bool, _ copies: KeptCopies?
    ) throws(Refusal) -> Ledger {
        let (files, brake, ownership) = try open(ledger, board)
        guard !brake.isTooOften() else { throw .drop("three daemons in a row died while they adopted it") }
        var adopted = try Self.ledger(in: files, hasLease: hasLease, copies)
        if let fault = adopted.fault(now: Moment.now.seconds) { throw .drop(fault) }
        keep(files.ledger, ownership)
        keepResident(&adopted, files.ledger, files.board)
        brake.release()
        hasAdopted = true
        record(.memoryAdopted(sessions: adopted.count, dropped: Int(clamping: adopted.counters.dropped)))
        return adopted
    }

    private static func ledger(
        in files: (ledger: MemoryFile, board: MemoryFile), hasLease: Bool, _ copies: KeptCopies?
    ) throws(Refusal) -> Ledger {
        do throws(LedgerMemoryError) {
            return try unsafe Ledger(
                adopting: files.ledger.bytes, board: files.board.bytes, now: Moment.now.seconds, hasLease: hasLease,
                keeping: copies)
        } catch {
            throw Refusal(error)
        }
    }

    private func open(
        _ ledger: consuming FileDescriptor, _ board: consuming FileDescriptor
    ) throws(Refusal) -> ((ledger: MemoryFile, board: MemoryFile), AdoptionBrake, BoardOwnership) {
        do throws(SystemError) {
            let (ledger, board) = (try MemoryFile(adopting: ledger), try MemoryFile(adopting: board))
            let isWhole = unsafe board.bytes.count >= BoardLayout.headerSize
            guard isWhole, let brake = unsafe AdoptionBrake(of: ledger.bytes) else {
                throw SystemError("fstat", code: EINVAL)
            }
            return ((ledger, board), brake, try BoardOwnership(of: board))
        } catch {
            throw Refusal(error)
        }
    }

    private func newLedger(capacity: Int, hasLease: Bool) throws(SystemError) -> Ledger {
        let geometry = LedgerGeometry(capacity: capacity)
        let ledger = try MemoryFile(name: "usher-ledger", size: geometry.ledgerSize)
        let board = try MemoryFile(name: "usher-board", size: geometry.boardSize)
        var made = try format(ledger, board, geometry, hasLease: hasLease)
        unsafe usher_owner_make(made.board.owner)
        let ownership = try BoardOwnership(of: board)
        store.put(ledger.descriptor, as: Self.names.ledger)
        store.put(board.descriptor, as: Self.names.board)
        keep(ledger, ownership)
        keepResident(&made, ledger, board)
        return made
    }

    private func format(
        _ ledger: MemoryFile, _ board: MemoryFile, _ geometry: LedgerGeometry, hasLease: Bool
    ) throws(SystemError) -> Ledger {
        do throws(LedgerMemoryError) {
            return try unsafe Ledger(
                formatting: ledger.bytes, board: board.bytes, geometry: geometry, hasLease: hasLease)
        } catch {
            throw .noAddressSpace
        }
    }

    /// Locks the used parts of both memories in RAM, as far as the kernel allows. A refusal is recorded once.
    private func keepResident(_ value: inout Ledger, _ ledger: MemoryFile, _ board: MemoryFile) {
        var isTold = false
        value.keepResident { [record] part, range in
            do throws(SystemError) {
                try (part == .ledger ? ledger : board).lock(range)
                return true
            } catch {
                if !isTold { record(.memoryUnlocked(why: error.description)) }
                isTold = true
                return false
            }
        }
    }

    private func keep(_ ledger: MemoryFile, _ ownership: BoardOwnership) {
        files.append(ledger)
        self.ownership = ownership
    }

    // MARK: Limiter

    /// The limiter of an earlier process, or a new one for `entries` names.
    package func limiter(entries: Int) throws(StartupError) -> Limiter {
        if let kept = kept.removeValue(forKey: Self.names.limiter) {
            if let file = try? MemoryFile(adopting: FileDescriptor(owning: kept)) {
                switch unsafe Limiter(adopting: file.bytes) {
                case .some(let adopted):
                    keepResident(file)
                    return adopted
                case .none: break
                }
            }
            store.remove(Self.names.limiter)
            record(.memoryDropped(name: Self.names.limiter, why: "other layout or damaged"))
        }
        do throws(SystemError) {
            let file = try MemoryFile(name: "usher-limiter", size: LimiterLayout.size(entries: entries))
            keepResident(file)
            let key = (Random.word(), Random.word())
            let made = unsafe Limiter(creatingIn: file.bytes, entries: entries, key: key)
            store.put(file.descriptor, as: Self.names.limiter)
            return made
        } catch {
            throw StartupError("limiter", error)
        }
    }

    // MARK: Member

    /// Who this host was among the hosts that share sessions, or memory for who it will be.
    func member() throws(SystemError) -> MemberMemory {
        if let kept = kept.removeValue(forKey: Self.names.member) {
            if let file = try? MemoryFile(adopting: FileDescriptor(owning: kept)) { return MemberMemory(file) }
            store.remove(Self.names.member)
            record(.memoryDropped(name: Self.names.member, why: "no memory of this daemon"))
        }
        let file = try MemoryFile(name: "usher-cluster", size: MemberMemory.size)
        store.put(file.descriptor, as: Self.names.member)
        return MemberMemory(file)
    }

    // MARK: Snapshot

    /// What the last process wrote of the cluster when it was told to end, as `read` understands it; nil where there is
    /// nothing that can be used. It is used once: if this process then crashes, the next one finds no snapshot.
    func snapshot<Kept>(_ read: (inout SnapshotReader) throws(SnapshotFault) -> Kept) -> Kept? {
        guard let kept = kept.removeValue(forKey: Self.names.snapshot) else { return nil }
        store.remove(Self.names.snapshot)
        do throws(SnapshotFault) {
            var reader = try SnapshotFile.use(FileDescriptor(owning: kept))
            return try read(&reader)
        } catch {
            record(.memoryDropped(name: Self.names.snapshot, why: error.rawValue))
            return nil
        }
    }

    /// Keeps what `write` writes for the next process, unless the memory ends with this one.
    func keepSnapshot(_ write: (inout SnapshotWriter) -> Bool) {
        guard store.outlivesEnd else { return }
        do throws(SystemError) {
            guard let file = try SnapshotFile.made(by: write) else { return }
            store.put(file.number, as: Self.names.snapshot)
        } catch {
            record(.memoryDropped(name: Self.names.snapshot, why: error.description))
        }
    }

    /// Keeps a small memory, and locks all of it in RAM if the kernel allows it.
    private func keepResident(_ file: MemoryFile) {
        files.append(file)
        do throws(SystemError) {
            try unsafe file.lock(0..<file.bytes.count)
        } catch {
            record(.memoryUnlocked(why: error.description))
        }
    }
}

extension SystemError {
    /// The kernel has no address space for the ledger's index.
    fileprivate static let noAddressSpace = SystemError("mmap", code: ENOMEM)
}
