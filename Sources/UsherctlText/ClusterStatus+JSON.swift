package import UsherToolSupport
package import UsherWire

extension ClusterStatus {
    /// An object with the members of `cluster.status`.
    package var json: JSONValue {
        .object([
            ("name", .text(name)), ("host", .text(host)), ("member", .text(member)), ("state", .text(state)),
            ("link", .flag(hasLink)), ("store", .flag(hasStore)), ("fault", .optional(fault)),
            ("lease_ms", .number(lease)), ("lease_left_ms", .number(leaseLeft)), ("copies", .number(copies)),
            ("epoch", .optional(epoch)), ("ordinal", .number(ordinal)), ("whole", .flag(isWhole)),
            ("acknowledged", .number(acknowledged)), ("acknowledged_by_all", .number(acknowledgedByAll)),
            ("sessions", .number(sessions)), ("doubtful", .number(doubtful)), ("ends_pending", .number(endsPending)),
            ("members", .list(members.map(\.json))), ("awaited", .list(awaited.map(\.json))),
        ])
    }
}

extension ClusterStatus.Member {
    fileprivate var json: JSONValue {
        .object([
            ("member", .text(member)), ("host", .optional(host)), ("age_ms", age.map(JSONValue.number) ?? .null),
        ])
    }
}
