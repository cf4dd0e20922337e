package import UsherBoard
package import UsherSecrets

package struct LedgerCounters: Hashable, Sendable {
    package var created: UInt64 = 0
    package var rotated: UInt64 = 0
    package var reauthenticated: UInt64 = 0
    package var updated: UInt64 = 0
    package var expired: UInt64 = 0
    package var revoked: UInt64 = 0
    package var evicted: UInt64 = 0
}

package struct SweepBudget: Hashable, Sendable {
    package var examined: Int
    package var ended: Int
    package init(examined: Int, ended: Int) { self.examined = examined; self.ended = ended }
}

package struct LedgerUser: Hashable, Sendable { let record: UInt32 }

package struct ListCursor: Hashable, Sendable { package let slot: UInt32; package init(slot: UInt32) { self.slot = slot } }

package struct Ledger: ~Copyable {
    package typealias Ended = (borrowing Ledger, Session, EndReason) -> Void

    package init(
        formatting ledger: UnsafeMutableRawBufferPointer, board: UnsafeMutableRawBufferPointer, geometry: LedgerGeometry
    ) { fatalError() }
    /// Takes over what an earlier process left
    package init(adopting ledger: UnsafeMutableRawBufferPointer, board: UnsafeMutableRawBufferPointer, now: BootSeconds)
        throws(AdoptionError)
    { fatalError() }

    package var geometry: LedgerGeometry { fatalError() }
    package var board: Board { fatalError() }
    package var count: Int { fatalError() }
    package var isFull: Bool { fatalError() }
    package var counters: LedgerCounters { fatalError() }

    // labels; pinned for the life of the value. Engine interns its configuration at start and at reload.
    package mutating func realm(_ name: Span<UInt8>) throws(LedgerError) -> RealmID { fatalError() }
    package mutating func service(_ name: Span<UInt8>, realm: RealmID) throws(LedgerError) -> ServiceID { fatalError() }

    package mutating func create(
        _ digest: TokenDigest, user: Span<UInt8>, uid: UInt32?, service: ServiceID, methods: Span<UInt8>,
        context: Span<UInt8>, lifetime: Lifetime, authenticated: BootSeconds, quota: UserQuota, now: BootSeconds,
        ended: Ended
    ) throws(LedgerError) -> Session { fatalError() }

    package func session(_ digest: TokenDigest, in realms: RealmSet, now: BootSeconds) -> Session? { fatalError() }
    package func session(_ handle: SessionHandle, in realms: RealmSet, now: BootSeconds) -> Session? { fatalError() }
    /// look-up and touch in one
    package mutating func validate(_ digest: TokenDigest, in realms: RealmSet, now: BootSeconds) -> Session? {
        fatalError()
    }

    package func withUser<R, E: Error>(of session: Session, _ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        fatalError()
    }
    package func withMethods<R, E: Error>(of session: Session, _ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        fatalError()
    }
    package func withContext<R, E: Error>(of session: Session, _ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        fatalError()
    }
    package func withData<R, E: Error>(of session: Session, _ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        fatalError()
    }
    package func withName<R, E: Error>(of service: ServiceID, _ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        fatalError()
    }
    package func withName<R, E: Error>(of realm: RealmID, _ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        fatalError()
    }
    package func uid(of session: Session) -> UInt32? { fatalError() }
    package func version(of session: Session) -> UInt32 { fatalError() }

    package mutating func rotate(_ digest: TokenDigest, to fresh: TokenDigest, in realms: RealmSet, now: BootSeconds)
        throws(LedgerError) -> Session
    { fatalError() }
    /// `seen`: as returned when the re-authentication began; `digest`: of the token that was shown then.
    package mutating func reauthenticate(
        _ seen: Session, digest: TokenDigest, to fresh: TokenDigest, methods: Span<UInt8>, lifetime: Lifetime,
        now: BootSeconds
    ) throws(LedgerError) -> Session { fatalError() }
    package mutating func update(_ session: Session, data: Span<UInt8>, ifVersion: UInt32?) throws(LedgerError)
        -> UInt32
    { fatalError() }

    package mutating func end(_ digest: TokenDigest, in realms: RealmSet, now: BootSeconds, ended: Ended) -> Bool {
        fatalError()
    }
    package mutating func end(_ handle: SessionHandle, in realms: RealmSet, now: BootSeconds, ended: Ended) -> Bool {
        fatalError()
    }
    package mutating func endAll(
        of user: LedgerUser, in realms: RealmSet, except: SessionHandle?, now: BootSeconds, ended: Ended
    ) -> Int { fatalError() }

    /// A user name (all its accounts). Good until the next mutating call.
    package func user(named name: Span<UInt8>) -> LedgerUser? { fatalError() }
    package func user(of session: Session) -> LedgerUser? { fatalError() }
    package func sameUser(_ a: Session, _ b: Session) -> Bool { fatalError() }
    package func count(of user: LedgerUser) -> Int { fatalError() }
    /// body returns false when it could not take the session any more; nil = no more.
    package func list(
        of user: LedgerUser, in realms: RealmSet, after: ListCursor?, limit: Int, now: BootSeconds,
        _ body: (Session) -> Bool
    ) -> ListCursor? { fatalError() }

    /// true: everything that was due has been done; false: call again soon
    package mutating func sweep(now: BootSeconds, budget: SweepBudget, ended: Ended) -> Bool { fatalError() }
    /// nothing expires before this instant (nil: no session at all)
    package var nextDeadline: BootSeconds? { fatalError() }
}
