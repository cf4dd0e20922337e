package import UsherPAMWire
package import UsherWire

/// What became of a message to the PAM broker.
package enum BrokerSending: Equatable, Sendable {
    /// It is on its way.
    case sent
    /// The socket has no room for it now.
    case full
    /// The broker cannot be reached.
    case unreachable
}

/// What the engine asks of the process around it: the sockets, the broker, the journal. Called on the loop's thread.
package protocol EngineHost: AnyObject {
    /// Sends a frame that no request of this turn asked for; a connection that has gone is passed over.
    func deliver(_ frame: Span<UInt8>, to id: ConnectionID)
    /// Queues an event for subscribers, behind the answers of this turn. Returns the subscribers that are too far
    /// behind to get it. A connection that has gone is passed over.
    func post(_ event: Span<UInt8>, to ids: [ConnectionID]) -> [ConnectionID]
    /// Sends a last frame behind all that waits for a connection, and closes it then.
    func dismiss(_ id: ConnectionID, with frame: Span<UInt8>)
    /// Sends a message to the PAM broker, and connects first for a start or a survey.
    func send(_ request: borrowing PAMRequest) -> BrokerSending
    /// ``Engine/tick()`` is due at that time, in nanoseconds of CLOCK_BOOTTIME; nil: nothing is pending.
    func wake(at deadline: Int64?)
    /// Figures of `server.stats` that the process knows.
    var figures: [Figure] { get }
    /// The number of sessions, logins or connections has changed.
    func changed(_ status: EngineStatus)
    /// Writes an entry to the journal.
    func record(_ entry: JournalEntry)
}
