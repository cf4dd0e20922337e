package import UsherClient
package import UsherToolSupport

extension ServerStatistics {
    /// All counters, and those of each service.
    package var json: JSONValue {
        let members = { (counters: [String: Int64]) in
            counters.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.number($0.value)) }
        }
        let list = services.map { service in
            JSONValue.object(
                [("service", .text(service.name)), ("realm", .text(service.realm))] + members(service.counters))
        }
        return .object(members(counters) + [("services", .list(list))])
    }
}
