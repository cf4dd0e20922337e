/// `server.hello`.
package struct HelloParams: Sendable {
    /// The client's name and version, 1 to 64 bytes each. Nothing depends on them.
    package private(set) var client: JSONText?
    package private(set) var version: JSONText?

    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(request, bytes)
        while let key = try members.next(bytes) {
            if try members.matches(key, "client", 0, bytes) {
                client = try members.reader.name(bytes)
            } else if try members.matches(key, "version", 1, bytes) {
                version = try members.reader.name(bytes)
            }
        }
    }
}

extension FrameBuffer {
    /// `server.hello`.
    package mutating func writeHello(id: Int64, client: String, version: String) -> Ending {
        beginRequest(.hello, id: id)
        key("client")
        value(client)
        key("version")
        value(version)
        return endRequest()
    }
}

/// The result of `server.hello`, for daemon and client; a client asks once a connection.
package struct Hello: Equatable, Sendable {
    /// The daemon's name and version.
    package var server: String
    /// The protocol's version: 1.
    package var protocolVersion: Int64
    /// The peer's user, as the kernel names it.
    package var peerUID: UInt32
    /// The peer's primary group, as the kernel names it.
    package var peerGID: UInt32
    /// The peer's process, as the kernel names it.
    package var peerPID: Int32
    /// The roles that the peer has.
    package var roles: [String]
    /// The names of the services that it may use.
    package var services: [String]
    /// Name and figure, the daemon's choice; clients ignore those that they do not know.
    package var limits: [Figure]
    /// How long sessions of these services live; empty from a daemon that does not say it.
    package var lifetimes: [ServiceLifetime]
    /// The cluster that the host is in; nil where it shares no sessions.
    package var cluster: HelloCluster?
    /// In which era codes are that are given out now; nil from a daemon that claims none.
    package var era: Int64?

    /// An answer with these members.
    package init(
        server: String, protocolVersion: Int64 = 1, peerUID: UInt32, peerGID: UInt32, peerPID: Int32,
        roles: [String], services: [String], limits: [Figure], lifetimes: [ServiceLifetime] = [],
        cluster: HelloCluster? = nil, era: Int64? = nil
    ) {
        self.server = server
        self.protocolVersion = protocolVersion
        self.peerUID = peerUID
        self.peerGID = peerGID
        self.peerPID = peerPID
        self.roles = roles
        self.services = services
        self.limits = limits
        self.lifetimes = lifetimes
        self.cluster = cluster
        self.era = era
    }
}

/// `cluster` of `server.hello`: the hosts that share sessions.
package struct HelloCluster: Equatable, Sendable {
    /// The cluster's name, the same on all its hosts.
    package var name: String
    /// The name of this host in the cluster.
    package var host: String
    /// How long a host accepts shared sessions on its own, in milliseconds.
    package var lease: Int64

    /// The cluster of that name.
    package init(name: String, host: String, lease: Int64) {
        (self.name, self.host, self.lease) = (name, host, lease)
    }
}

/// How long sessions of a service live.
package struct ServiceLifetime: Equatable, Sendable {
    /// The service's name.
    package var service: String
    /// How long a session lives without use, in milliseconds.
    package var idle: Int64
    /// How long a session lives at most, in milliseconds.
    package var absolute: Int64

    /// The lifetimes of `service`.
    package init(service: String, idle: Int64, absolute: Int64) {
        (self.service, self.idle, self.absolute) = (service, idle, absolute)
    }
}

extension FrameBuffer {
    /// The result of `server.hello`.
    package mutating func result(_ hello: Hello) {
        beginObject()
        key("server")
        value(hello.server)
        key("protocol")
        value(hello.protocolVersion)
        key("peer")
        figures([
            Figure("uid", Int64(hello.peerUID)), Figure("gid", Int64(hello.peerGID)),
            Figure("pid", Int64(hello.peerPID)),
        ])
        key("roles")
        strings(hello.roles)
        key("services")
        strings(hello.services)
        key("limits")
        figures(hello.limits)
        key("lifetimes")
        lifetimes(hello.lifetimes)
        if let cluster = hello.cluster { member(cluster) }
        if let era = hello.era {
            key("era")
            value(era)
        }
        endObject()
    }

    private mutating func member(_ cluster: HelloCluster) {
        key("cluster")
        beginObject()
        key("name")
        value(cluster.name)
        key("host")
        value(cluster.host)
        key("lease_ms")
        value(cluster.lease)
        endObject()
    }

    private mutating func lifetimes(_ lifetimes: [ServiceLifetime]) {
        beginObject()
        for lifetime in lifetimes {
            value(lifetime.service)
            colon()
            figures([Figure("idle_ms", lifetime.idle), Figure("absolute_ms", lifetime.absolute)])
        }
        endObject()
    }
}

extension Hello {
    package init(_ result: Range<Int>, in bytes: Span<UInt8>) throws(Refusal) {
        self.init(server: "", peerUID: 0, peerGID: 0, peerPID: 0, roles: [], services: [], limits: [])
        var members = try ObjectReader(result, bytes)
        while let key = try members.next(bytes) {
            if try members.matches(key, "server", 0, bytes) {
                server = try members.reader.wholeText(bytes).string(in: bytes)
            } else if try members.matches(key, "protocol", 1, bytes) {
                protocolVersion = try members.reader.integer(bytes)
            } else if try members.matches(key, "peer", 2, bytes) {
                try readPeer(&members.reader, bytes)
            } else if try members.matches(key, "roles", 3, bytes) {
                roles = try members.reader.strings(bytes)
            } else if try members.matches(key, "services", 4, bytes) {
                services = try members.reader.strings(bytes)
            } else if try members.matches(key, "limits", 5, bytes) {
                limits = try members.reader.figures(bytes)
            } else if try members.matches(key, "lifetimes", 6, bytes) {
                lifetimes = try members.reader.lifetimes(bytes)
            } else if try members.matches(key, "cluster", 7, bytes) {
                cluster = try members.reader.cluster(bytes)
            } else if try members.matches(key, "era", 8, bytes) {
                era = try members.reader.integer(bytes, in: 0...WireLimit.integer)
            }
        }
        guard members.hasAll(6) else { throw .invalidParams }
    }

    private mutating func readPeer(_ reader: inout JSONReader, _ bytes: Span<UInt8>) throws(Refusal) {
        var members = Members()
        try reader.enterObject(bytes)
        while let key = try reader.nextMember(bytes) {
            if try members.matches(key, "uid", 0, bytes) {
                peerUID = try UInt32(reader.integer(bytes, in: 0...Int64(UInt32.max)))
            } else if try members.matches(key, "gid", 1, bytes) {
                peerGID = try UInt32(reader.integer(bytes, in: 0...Int64(UInt32.max)))
            } else if try members.matches(key, "pid", 2, bytes) {
                peerPID = try Int32(reader.integer(bytes, in: 0...Int64(Int32.max)))
            }
        }
        guard members.hasAll(3) else { throw .invalidParams }
    }
}

extension JSONReader {
    /// The cluster that the host is in.
    fileprivate mutating func cluster(_ bytes: Span<UInt8>) throws(Refusal) -> HelloCluster {
        var cluster = HelloCluster(name: "", host: "", lease: 0)
        var members = Members()
        try enterObject(bytes)
        while let key = try nextMember(bytes) {
            if try members.matches(key, "name", 0, bytes) {
                cluster.name = try wholeText(bytes).string(in: bytes)
            } else if try members.matches(key, "host", 1, bytes) {
                cluster.host = try wholeText(bytes).string(in: bytes)
            } else if try members.matches(key, "lease_ms", 2, bytes) {
                cluster.lease = try integer(bytes, in: 0...WireLimit.integer)
            }
        }
        guard members.hasAll(3) else { throw .invalidParams }
        return cluster
    }

    /// The lifetimes of services, by name.
    fileprivate mutating func lifetimes(_ bytes: Span<UInt8>) throws(Refusal) -> [ServiceLifetime] {
        var lifetimes: [ServiceLifetime] = []
        try enterObject(bytes)
        while let key = try nextKey(bytes) {
            guard !key.hasLoneSurrogate else { throw .invalidParams }
            lifetimes.append(try lifetime(of: key.string(in: bytes), bytes))
        }
        return lifetimes
    }

    private mutating func lifetime(of service: String, _ bytes: Span<UInt8>) throws(Refusal) -> ServiceLifetime {
        var lifetime = ServiceLifetime(service: service, idle: 0, absolute: 0)
        var members = Members()
        try enterObject(bytes)
        while let key = try nextMember(bytes) {
            if try members.matches(key, "idle_ms", 0, bytes) {
                lifetime.idle = try integer(bytes, in: 0...WireLimit.integer)
            } else if try members.matches(key, "absolute_ms", 1, bytes) {
                lifetime.absolute = try integer(bytes, in: 0...WireLimit.integer)
            }
        }
        guard members.hasAll(2) else { throw .invalidParams }
        return lifetime
    }
}
