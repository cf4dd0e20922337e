internal import UsherLogin
internal import UsherSecrets
internal import UsherSessions
internal import UsherWire

/// How many sessions, logins and connections there are now.
package struct EngineStatus: Equatable, Sendable {
    /// Live sessions, expired ones that no sweep has reached included.
    package var sessions = 0
    /// Logins in progress.
    package var logins = 0
    /// Clients connected.
    package var connections = 0

    /// Nothing yet.
    package init() {}
}

extension Engine {
    /// The figures now.
    package var status: EngineStatus {
        var status = EngineStatus()
        status.sessions = ledger.count
        status.logins = openLogins
        status.connections = statistics.openConnections
        return status
    }

    /// Tells the host, if the figures have changed.
    func settleStatus() {
        let status = status
        guard status != toldStatus else { return }
        toldStatus = status
        host.changed(status)
    }

    /// What is wrong with the engine; nil if nothing is found. Takes the steps that every request needs once:
    /// randomness, digest, index, and the reading of a frame's body.
    package func selfCheck() -> String? {
        if let fault = ledger.fault(now: clock().seconds) { return fault }
        let bytes = Array(#"{"jsonrpc":"2.0","id":1,"method":"server.ping"}"#.utf8)
        let request = Request(bytes.span, body: 0..<bytes.count)
        guard request.fault == nil, request.method == .ping else { return "a ping could not be read" }
        return nil
    }
}
