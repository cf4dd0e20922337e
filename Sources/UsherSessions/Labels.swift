/// A realm that the ledger knows by name. The number holds for one `Ledger` value, until
/// `Ledger.dropNames`; the name outlives a restart.
package struct RealmID: Hashable, Sendable {
    /// Below `LedgerGeometry.realms`.
    package let rawValue: UInt8

    init(_ rawValue: UInt8) { self.rawValue = rawValue }
}

/// A service within its realm that the ledger knows by name. The number holds for one `Ledger` value, until
/// `Ledger.dropNames`; the names outlive a restart.
package struct ServiceID: Hashable, Sendable {
    /// A label of the ledger.
    package let rawValue: UInt16

    init(_ rawValue: UInt16) { self.rawValue = rawValue }
}

/// The realms that a peer may use.
package struct RealmSet: Hashable, Sendable {
    private var bits: UInt64

    /// The set of `realms`.
    package init(_ realms: RealmID...) {
        bits = 0
        for realm in realms { insert(realm) }
    }

    private init(bits: UInt64) { self.bits = bits }

    /// Every realm, those included that will be named later.
    package static let all = RealmSet(bits: .max)

    /// Adds a realm.
    package mutating func insert(_ realm: RealmID) { bits |= 1 << UInt64(realm.rawValue) }

    /// Takes a realm out.
    package mutating func remove(_ realm: RealmID) { bits &= ~(1 << UInt64(realm.rawValue)) }

    /// Whether `realm` is in the set.
    package func contains(_ realm: RealmID) -> Bool { bits >> UInt64(realm.rawValue) & 1 == 1 }
}
