internal import UsherBoard

/// How much of both memories is used, and who may have the rest.
///
/// A page that was used once stays: an area gives its free units to later sessions, not to the kernel. So the limit is
/// on what was ever used of each area (its extent), and an area may have units to spare while another one cannot grow.
/// Issued sessions and their data stop at seven eighths of the limit, and data of other sessions at fifteen sixteenths: the
/// rest is for logins. All data stops at half of the limit, that of issued sessions at seven eighths of this half.
extension Ledger {
    /// Bytes of both memories that are in use, or were and stay with their area. At most ``memoryLimit``, unless that
    /// was lowered; the slots from which the next ones are chosen come on top, 72 bytes each, at most 1/64 of all.
    package var memoryUsed: Int {
        geometry.labelsOffset + labels.extent + pool.frontier * LedgerGeometry.slotSize
            + contexts.extent + users.extent + data.extent + BoardLayout.size(slots: pool.frontier)
    }

    /// Bytes of both memories that the sessions there are have in use.
    private var memoryHeld: Int {
        geometry.labelsOffset + labels.extent + pool.used * LedgerGeometry.slotSize
            + contexts.bytesInUse + users.bytesInUse + data.bytesInUse + BoardLayout.size(slots: pool.used)
    }

    /// What issuers and the data of their sessions may have of a whole.
    private static func share(of all: Int) -> Int { all - all / 8 }

    /// Whether `growth` bytes of another session fit. Data and issued sessions have less than the whole.
    func hasMemory(for growth: Int, of limit: Int) -> Bool { growth == 0 || memoryUsed + growth <= limit }

    /// Whether data of `bytes` bytes fits beside the data that it takes the place of. An issuer makes as many sessions as
    /// it likes and fills each with data: what it leaves is for sessions that somebody has logged in for.
    func hasMemory(forData bytes: Int, of session: Session) -> Bool {
        let isIssued = session.proof == .issued
        let (growth, half) = (data.growth(for: bytes), memoryLimit / 2)
        let limit = isIssued ? Self.share(of: memoryLimit) : memoryLimit - memoryLimit / 16
        return hasMemory(for: growth, of: limit) && (growth == 0 || data.extent + growth <= half)
            && (!isIssued || data.bytesInUse - held(session) + data.size(of: bytes) <= Self.share(of: half))
    }

    /// Bytes of the data area that the session's data takes.
    private func held(_ session: Session) -> Int {
        let block = slots[Int(session.slot)].data
        return block == 0 ? 0 : data.size(of: Self.dataHead + data.count(block, head: Self.dataHead))
    }

    /// By how many bytes the areas grow with a session of `user`, whose record is not there yet where `isNew`.
    func growth(user: Int, isNew: Bool, context: Int) -> Int {
        (isNew ? users.growth(for: user) : 0) + (context == 0 ? 0 : contexts.growth(for: context))
    }

    /// Why a login would be in vain: every slot is taken, or a session with a name and context of usual size has no
    /// memory; nil where it would not.
    package var shortage: LedgerError? {
        if pool.isFull { return LedgerError(.full) }
        let usual = growth(user: 24, isNew: true, context: 60)
        return hasMemory(for: usual, of: memoryLimit) ? nil : LedgerError(.memoryFull)
    }

    /// Why an issuer may not make a session with a name and a context of so many bytes: less than an eighth of the slots
    /// or of the memory would be left for logins; nil where it may.
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
