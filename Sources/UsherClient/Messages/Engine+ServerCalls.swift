internal import UsherWire

// `server.*`: how each is written and read.
extension Engine {
    /// `server.hello`.
    func hello() throws(UsherError) -> Prepared<ServerInfo> {
        try prepare(.idempotent) { frame, id in
            frame.writeHello(id: id, client: "UsherClient", version: "1")
        } read: { result, _ throws(WireFault) in
            ServerInfo(try Hello(result.all, in: result))
        }
    }

    /// `server.ping`.
    func ping() throws(UsherError) -> Prepared<Void> {
        try prepare(.idempotent) { frame, id in
            frame.writeRequest(.ping, id: id)
        } read: { result, _ throws(WireFault) in
            try result.requireObject()
        }
    }

    /// `server.stats`.
    func stats() throws(UsherError) -> Prepared<ServerStatistics> {
        try prepare(.idempotent) { frame, id in
            frame.writeRequest(.stats, id: id)
        } read: { result, _ throws(WireFault) in
            ServerStatistics(counters: try Stats.read(result.all, in: result).byName)
        }
    }
}

extension Span<UInt8> {
    /// Throws unless the result is an object, of whatever members.
    func requireObject() throws(WireFault) {
        guard !isEmpty, CountResult.isObject(all, in: self) else { throw .invalidParams }
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
    }
}

extension [Figure] {
    /// The figures by their names; of two with one name the last counts.
    fileprivate var byName: [String: Int64] {
        Dictionary(map { ($0.name, $0.value) }) { $1 }
    }
}
