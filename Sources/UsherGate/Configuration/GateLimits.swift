internal import UsherConfiguration

/// How much the gate holds for all browsers together: the table `[limits]`.
package struct GateLimits: Sendable, Hashable {
    /// Logins that may wait for a person at once.
    package var flows = 20
    /// Codes of hand-overs that have arrived. Each is remembered for a minute, or two where clocks differ.
    package var codes = 1024
    /// Connections of proxies at once; further ones wait in the socket's queue.
    package var connections = 768
    /// Sessions that are remembered, so that usherd is not asked about each request.
    package var sessions = 16_384
    /// Bytes of a form.
    package var body = 8 << 10
    /// Bytes of the fields of a request. nginx takes 32 KiB of a client's by default, and the printed lines add some.
    package var headers = 40 << 10

    /// The usual limits.
    package init() {}

    /// Replaces the limits that the table names.
    mutating func read(_ section: inout ConfigurationSection) throws(ConfigurationError) {
        // usherd takes 1024 logins in progress at most, and half of them from one peer. The gate lowers `flows` below
        // its share.
        if let flows = try section.integer("flows", in: 1...512) { self.flows = flows }
        if let codes = try section.integer("codes", in: 16...65_536) { self.codes = codes }
        // With monitoring's connections and the gate's other descriptors this stays below LimitNOFILE of the unit.
        if let connections = try section.integer("connections", in: 16...1536) { self.connections = connections }
        if let sessions = try section.integer("sessions", in: 64...65_536) { self.sessions = sessions }
        if let body = try section.size("body", in: 4 << 10...64 << 10) { self.body = body }
        if let headers = try section.size("headers", in: 8 << 10...128 << 10) { self.headers = headers }
        try section.finish()
    }

    /// The table that is in effect, as TOML.
    package var text: String {
        """
        [limits]
        flows = \(flows)
        codes = \(codes)
        connections = \(connections)
        sessions = \(sessions)
        body = "\(SizeText.write(body))"
        headers = "\(SizeText.write(headers))"

        """
    }
}
