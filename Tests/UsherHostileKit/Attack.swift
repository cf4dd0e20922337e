/// What a local user may do to the daemon's socket, each by its name on a command line.
package enum Attack: String, CaseIterable, Sendable {
    case pings
    case hellos
    case forbidden
    case empty
    case halfFrames = "half-frames"
    case idle
    case unread
    case connects
    case subscribers
    case leftLogins = "left-logins"
    case descriptors
    case urgent
    /// All of the others in turns.
    case mixed

    /// Prepares the attack by `attacker` on `connections` connections, or on fewer if the attack has a bound.
    package func assault(by attacker: Attacker, connections: Int) -> any Assault {
        switch self {
        case .pings: FrameFlood(Self.ping, attacker, connections: connections)
        case .hellos: FrameFlood(Self.request("server.hello"), attacker, connections: connections)
        case .forbidden: FrameFlood(Self.validate, attacker, connections: connections)
        case .empty: FrameFlood("{}", attacker, connections: connections)
        case .halfFrames: StalledConnections(Array(frame(Self.validate).prefix(50)), attacker, connections: connections)
        case .idle: StalledConnections([], attacker, connections: connections)
        case .unread: UnreadAnswers(attacker, connections: connections)
        case .connects: ConnectFlood(attacker)
        case .subscribers: UnreadEvents(attacker, connections: connections)
        case .leftLogins: LeftLogins(attacker, connections: min(connections, 16))
        case .descriptors: PassedDescriptors(attacker)
        case .urgent: UrgentBytes(attacker, connections: min(connections, 64))
        case .mixed: Mixture(attacker, connections: connections)
        }
    }

    static let ping = request("server.ping")
    private static let validate = request(
        "session.validate", #"{"token":""# + String(repeating: "A", count: 43) + #""}"#)

    /// The body of a request.
    static func request(_ method: String, _ params: String = "{}") -> String {
        #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":\#(params)}"#
    }
}

/// An attack under way.
package protocol Assault {
    /// Does what can be done without waiting.
    mutating func step()
    /// What came of it so far.
    var tally: Tally { get }
}

/// What came of an attack.
package struct Tally: Sendable, Equatable {
    /// Open connections.
    package var open = 0
    /// Connections on which the daemon has sent something.
    package var answered = 0
    /// Connections that the daemon has ended, or refused.
    package var closed = 0

    /// Nothing yet.
    package init() {}

    /// The sum of two.
    package static func + (one: Tally, other: Tally) -> Tally {
        var sum = one
        sum.open += other.open
        sum.answered += other.answered
        sum.closed += other.closed
        return sum
    }
}

/// `body` with its length in front.
func frame(_ body: String) -> [UInt8] {
    let bytes = Array(body.utf8)
    return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: bytes.count >> $0) } + bytes
}
