internal import UsherBoard

/// How much of both memories is used, and who may have the rest.
///
/// A page that was used once stays in use: an area gives its free units to later sessions, not to the kernel. So the
/// limit applies to the extent of each area, the units that were ever used, and one area may have free units while
/// another cannot grow. Issued sessions and their data stop at seven eighths of the limit, data of other sessions at
/// fifteen sixteenths; the rest is for logins. Copies of shared sessions stop at seven eighths while other copies can
/// make room. All data stops at half of the limit, data of issued sessions at seven eighths of this half.
extension Ledger {
    /// Bytes of both memories that are or were in use. ``memoryLimit`` stops the growth of the areas of units, but
    /// neither of labels nor of slots, 72 bytes each.
    package var memoryUsed: Int {
        geometry.labelsOffset + labels.extent + pool.frontier * LedgerGeometry.slotSize
            + contexts.extent + users.extent + data.extent + BoardLayout.size(slots: pool.frontier)
    }

    /// Bytes of both memories that the live sessions use.
    private var memoryHeld: Int {
        geometry.labelsOffset + labels.extent + pool.used * LedgerGeometry.slotSize
            + contexts.bytesInUse + users.bytesInUse + data.bytesInUse + BoardLayout.size(slots: pool.used)
    }

    /// The part of a whole that issued sessions and their data may use: seven eighths.
    static func share(of all: Int) -> Int { all - all / 8 }

    /// Whether the areas may grow by `growth` bytes under `limit`, which is below ``memoryLimit`` for data and issued
    /// sessions.
    func hasMemory(for growth: Int, of limit: Int) -> Bool { growth == 0 || memoryUsed + growth <= limit }

    /// Whether data of `bytes` bytes fits beside the data that it replaces. An issuer may make any number of sessions
    /// and fill each with data, so that issued data must leave room for sessions of people who have logged in.
    func hasMemory(forData bytes: Int, of session: Session) -> Bool {
        hasMemory(forData: bytes, of: session.proof, growth: data.growth(for: bytes), inUse: -held(session))
    }

    /// Whether a copy with a block of `bytes` bytes of data fits, once `freed` more units of data are free. `growth` is
    /// how many bytes the other areas grow by for it, and `limit` is that of the whole.
    func hasMemory(
        forCopyWith bytes: Int, of proof: SessionProof, beside growth: Int, _ limit: Int, freeing freed: Int
    ) -> Bool {
        let own = data.growth(for: bytes, freeing: freed)
        return hasMemory(for: growth + own, of: limit)
            && hasMemory(forData: bytes, of: proof, growth: own, inUse: -freed * LedgerGeometry.dataUnit)
    }

    /// Whether data of `bytes` bytes keeps the shares of data. `growth` is how many bytes the area grows by, and
    /// `change` how many bytes in use change beside.
    private func hasMemory(forData bytes: Int, of proof: SessionProof, growth: Int, inUse change: Int) -> Bool {
        let (isIssued, half) = (proof == .issued, memoryLimit / 2)
        let limit = isIssued ? Self.share(of: memoryLimit) : memoryLimit - memoryLimit / 16
        return hasMemory(for: growth, of: limit) && (growth == 0 || data.extent + growth <= half)
            && (!isIssued || data.bytesInUse + change + data.size(of: bytes) <= Self.share(of: half))
    }

    /// Bytes of the data area that the session's data takes.
    private func held(_ session: Session) -> Int {
        let block = slots[Int(session.slot)].data
        return block == 0 ? 0 : data.size(of: Self.dataHead + data.count(block, head: Self.dataHead))
    }

    /// By how many bytes the areas grow for a session. `user` and `context` are sizes; `isNew` says that the user has
    /// no record yet, and `freed` is how many more units of contexts will be free then.
    func growth(user: Int, isNew: Bool, context: Int, freeing freed: Int = 0) -> Int {
        (isNew ? users.growth(for: user) : 0) + (context == 0 ? 0 : contexts.growth(for: context, freeing: freed))
    }

    /// Why a login would be in vain, or nil: every slot is taken, or the memory has no room for a session with a name
    /// and context of usual size.
    package var shortage: LedgerError? {
        if pool.isFull { return LedgerError(.full) }
        let usual = growth(user: 24, isNew: true, context: 60)
        return hasMemory(for: usual, of: memoryLimit) ? nil : LedgerError(.memoryFull)
    }

    /// Why an issuer may not make a session with a name and a context of so many bytes, or nil: logins would be left
    /// less than an eighth of the slots or of the memory.
    package func shortage(forIssuerOf user: Int, context: Int) -> LedgerError? {
        if pool.used >= Self.share(of: geometry.capacity) { return LedgerError(.full) }
        let (limit, growth) = (Self.share(of: memoryLimit), growth(user: user, isNew: true, context: context))
        return memoryHeld < limit && hasMemory(for: growth, of: limit) ? nil : LedgerError(.memoryFull)
    }

    /// Whether seven eighths of the slots or of the memory are in use: the operator should know.
    package var isNearlyFull: Bool {
        pool.used >= Self.share(of: geometry.capacity) || memoryHeld >= Self.share(of: memoryLimit)
    }
}
