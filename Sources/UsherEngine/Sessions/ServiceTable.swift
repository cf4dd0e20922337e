internal import UsherLogin
internal import UsherSessions

/// The configured services as the ledger knows them.
///
/// The ledger keeps names, so that a session outlives a change of the configuration. This table gives each configured
/// name its number in the ledger and its present rules.
struct ServiceTable {
    /// A configured service.
    struct Entry {
        let service: Service
        let id: ServiceID
        let realm: RealmID
        let lifetime: Lifetime
        /// The JSON array of the methods that a login proves.
        let methods: [UInt8]
    }

    private let entries: [Entry]
    /// When the ledger was last searched for lists of methods that nobody needs, in nanoseconds since boot.
    var searched: Int64?

    init(_ services: [Service], in ledger: inout Ledger) throws(LedgerError) {
        var entries: [Entry] = []
        for service in services {
            let realm = try ledger.realm(Array(service.realm.utf8).span)
            entries.append(
                Entry(
                    service: service, id: try ledger.service(Array(service.name.utf8).span, realm: realm), realm: realm,
                    lifetime: Lifetime(
                        idle: Self.seconds(service.idle), absolute: Self.seconds(service.absolute)),
                    methods: methodsArray(service.methods)))
        }
        self.entries = entries
    }

    private static func seconds(_ duration: Duration) -> UInt32 { UInt32(clamping: duration.components.seconds) }

    /// The services' numbers.
    var ids: Set<ServiceID> { Set(entries.map(\.id)) }

    /// Whether a service's logins prove these methods.
    func prove(_ methods: [UInt8]) -> Bool { entries.contains { $0.methods == methods } }

    /// The service of that name, if it is configured.
    func named(_ name: String) -> Entry? { entries.first { $0.service.name == name } }

    /// The service that made a session, if it is still configured.
    subscript(id: ServiceID) -> Entry? { entries.first { $0.id == id } }

    /// Names of the configured realms in `set`.
    func realmNames(in set: RealmSet) -> Set<String> {
        Set(entries.filter { set.contains($0.realm) }.map(\.service.realm))
    }

    /// The configured realm of that name.
    func realm(named name: String) -> RealmID? { entries.first { $0.service.realm == name }?.realm }

    /// Names of all configured realms.
    var realmNames: Set<String> { Set(entries.map(\.service.realm)) }

    /// The realms that a grant opens.
    func realms(of grant: Grant) -> RealmSet {
        var set = RealmSet()
        for service in grant.services { if let entry = named(service.name) { set.insert(entry.realm) } }
        return set
    }
}

/// Names of RFC 8176 as the JSON array that the ledger keeps and answers send as it stands. They were checked to be
/// letters and digits, so that nothing needs an escape.
func methodsArray(_ methods: [String]) -> [UInt8] {
    Array(("[" + methods.map { "\"\($0)\"" }.joined(separator: ",") + "]").utf8)
}
