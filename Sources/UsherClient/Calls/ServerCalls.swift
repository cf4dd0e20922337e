internal import UsherWire

// `server.*`: how each is written and read.
extension ConnectionDriver {
    /// `server.hello`.
    func hello() throws(UsherError) -> Call<ServerInfo> {
        try prepare(.idempotent) { frame, id in
            frame.writeHello(id: id, client: "UsherClient", version: "1")
        } read: { result, _ throws(Refusal) in
            ServerInfo(try Hello(result.all, in: result))
        }
    }

    /// `server.ping`.
    package func ping() throws(UsherError) -> Call<Void> {
        try prepare(.idempotent) { frame, id in
            frame.writeRequest(.ping, id: id)
        } read: { result, _ throws(Refusal) in
            try result.requireObject()
        }
    }

    /// `code.claim`. It is never sent twice: the second one would be told that the code is gone.
    func claim(_ code: Token, era: Int64, until: UnixTime) throws(UsherError) -> Call<Bool> {
        try prepare(.once) { frame, id in
            code.withToken { frame.writeClaim(id: id, code: $0, era: era, until: until.seconds) }
        } read: { result, _ throws(Refusal) in
            try ClaimResult.claimed(result.all, in: result)
        }
    }

    /// `cluster.leave`.
    package func leaveCluster() throws(UsherError) -> Call<Void> {
        try prepare(.idempotent) { frame, id in
            frame.writeRequest(.leaveCluster, id: id)
        } read: { result, _ throws(Refusal) in
            try result.requireObject()
        }
    }

    /// `events.subscribe`, of all kinds when `kinds` is empty. The result is the number of the connection that the
    /// events come on.
    func subscribe(to kinds: Set<SessionEvent.Kind>, user: String?) throws(UsherError) -> Call<UInt64> {
        let wanted = kinds.isEmpty ? EventKinds.all : EventKinds(kinds.map { EventKinds($0.wire) })
        return try prepare(CallRules(repeatable: false, isPatient: true)) { frame, id in
            frame.writeSubscribe(id: id, kinds: wanted, user: user)
        } read: { result, source throws(Refusal) in
            try result.requireObject()
            return source.connection
        }
    }

    /// `server.stats`.
    func stats(byService: Bool) throws(UsherError) -> Call<ServerStatistics> {
        try prepare(.idempotent) { frame, id in
            frame.writeStats(id: id, byService: byService)
        } read: { result, _ throws(Refusal) in
            let stats = try Stats(result.all, in: result)
            return ServerStatistics(
                counters: stats.figures.byName,
                services: stats.services.map {
                    ServerStatistics.Service(name: $0.service, realm: $0.realm, counters: $0.figures.byName)
                })
        }
    }
}

extension Span<UInt8> {
    /// Throws unless the result is an object, with any members.
    func requireObject() throws(Refusal) {
        guard !isEmpty, EmptyResult.isObject(all, in: self) else { throw .invalidParams }
    }
}

extension ServerInfo {
    fileprivate init(_ hello: Hello) {
        server = hello.server
        protocolVersion = Int(hello.protocolVersion)
        peer = Peer(uid: hello.peerUID, gid: hello.peerGID, pid: hello.peerPID)
        roles = hello.roles
        services = hello.services
        limits = hello.limits.byName
        lifetimes = Dictionary(
            hello.lifetimes.map {
                ($0.service, Lifetime(idle: .milliseconds($0.idle), absolute: .milliseconds($0.absolute)))
            }
        ) { $1 }
        cluster = hello.cluster.map { Cluster(name: $0.name, host: $0.host, lease: .milliseconds($0.lease)) }
        era = hello.era
    }
}

extension [Figure] {
    /// The figures by their names; of two with one name the last counts.
    fileprivate var byName: [String: Int64] {
        Dictionary(map { ($0.name, $0.value) }) { $1 }
    }
}
