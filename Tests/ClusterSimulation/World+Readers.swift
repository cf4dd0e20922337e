import UsherCluster

/// A question that takes its time: the loads of a process that is not scheduled between them, or a daemon that is
/// stopped.
struct Reader {
    enum Stage { case asked, second, third }

    let host: Int
    let digest: SharedDigest
    /// Asks the daemon, and not the board.
    let asksDaemon: Bool
    /// Between the loads.
    let pauses: [UInt64]
    var stage = Stage.asked
    /// The session was over, and somebody had been told so, when the question was asked.
    var wasOver = false
    var clock = BootInstant.boot
    var lease = BootInstant.boot
    var slot: SimulatedBoard.Slot?
}

extension World {
    /// Plans readers, soon after an answer, of sessions that are over and still stand on a board.
    mutating func sendReaders() {
        for host in hosts.indices {
            let over = hosts[host].board.slots.keys.filter { oracle.isOver($0) }
            guard let digest = over.min(by: { $0.low < $1.low }) else { continue }
            let reader = Reader(
                host: host, digest: digest, asksDaemon: dice.once(in: 2),
                pauses: [dice.milliseconds(0, 3_000), dice.milliseconds(0, 8_000)])
            plan(.reader(reader), after: dice.milliseconds(0, 2_000))
        }
    }

    mutating func read(_ reader: Reader) {
        guard hosts[reader.host].isAlive else { return }
        if reader.asksDaemon { askDaemon(reader) } else { readBoard(reader) }
    }

    private mutating func go(_ reader: Reader, to stage: Reader.Stage, after span: UInt64) {
        var next = reader
        next.stage = stage
        plan(.reader(next), after: span)
    }

    /// Loads clock, lease and slot, in this order.
    private mutating func readBoard(_ reader: Reader) {
        var reader = reader
        let host = hosts[reader.host]
        if host.frozenSince != nil { return go(reader, to: reader.stage, after: 100_000_000) }
        let isSlotLast = missing.has(.leaseBeforeSlot)
        switch reader.stage {
        case .asked:
            reader.wasOver = oracle.isOver(reader.digest)
            reader.clock = host.local(now)
            go(reader, to: .second, after: reader.pauses[0])
        case .second:
            if isSlotLast { reader.lease = host.board.lease } else { reader.slot = host.board.slots[reader.digest] }
            go(reader, to: .third, after: reader.pauses[1])
        case .third:
            if isSlotLast { reader.slot = host.board.slots[reader.digest] } else { reader.lease = host.board.lease }
            judge(reader, host.reads(reader.slot, lease: reader.lease, clock: reader.clock))
        }
    }

    /// The daemon reads the clock once it has the question.
    private mutating func askDaemon(_ reader: Reader) {
        var reader = reader
        let host = hosts[reader.host]
        guard missing.has(.clockAfterReceipt) else {
            if reader.stage == .asked {
                reader.clock = host.local(now)
                return go(reader, to: .second, after: reader.pauses[0])
            }
            reader.wasOver = oracle.isOver(reader.digest)
            return judge(reader, host.core.accepts(reader.digest, at: reader.clock))
        }
        if reader.stage == .asked {
            reader.wasOver = oracle.isOver(reader.digest)
            return go(reader, to: .second, after: reader.pauses[0])
        }
        if host.isStopped || host.frozenSince != nil { return go(reader, to: .second, after: 100_000_000) }
        judge(reader, host.core.accepts(reader.digest, at: host.local(now)))
    }

    private mutating func judge(_ reader: Reader, _ says: Bool) {
        guard says, reader.wasOver else { return }
        oracle.fail(
            "P2: a reader on host \(reader.host) accepts \(oracle.name(reader.digest)), which was over when it asked")
    }
}
