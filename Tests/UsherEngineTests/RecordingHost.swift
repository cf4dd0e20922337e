import UsherEngine
import UsherPAMWire
import UsherTestKit
import UsherWire

/// A message to the broker, as far as tests look at it.
enum BrokerMessage: Equatable {
    case hello
    case start(transaction: UInt64, service: String, user: String, password: String?)
    case answers(transaction: UInt64, [String])
    case cancel(transaction: UInt64)
    case survey(transaction: UInt64, [String])
}

/// Remembers what the engine asks of the process around it.
final class RecordingHost: EngineHost {
    /// Frames for each connection, whichever way they came, as values.
    var inbox: [ConnectionID: [JSONValue]] = [:]
    /// What went to the broker.
    var messages: [BrokerMessage] = []
    /// The last start, for its other fields: remote host, remote user, options and time.
    var lastStart: (remoteHost: String?, remoteUser: String?, options: PAMOptions, timeout: Duration)?
    /// What a refusal of the last login is to take at least.
    private(set) var lastWork = PAMWork.none
    /// Remote host, options and uid of each start.
    var options: [UInt64: (remoteHost: String?, options: PAMOptions, uid: UInt32?)] = [:]
    /// Whether the broker can be reached.
    var isBrokerThere = true
    /// How many messages fit into the broker's socket.
    var brokerRoom = Int.max
    var entries: [JournalEntry] = []
    /// When the next tick is due. As a timer, it is spent by that tick.
    var deadline: Int64?
    private(set) var wakes = 0
    /// How many frames may wait in an inbox before events are turned away.
    var inboxLimit = 256
    /// Connections that were sent away, in order.
    private(set) var dismissed: [ConnectionID] = []

    func deliver(_ frame: Span<UInt8>, to id: ConnectionID) { inbox[id, default: []] += Self.values(frame) }

    func post(_ event: Span<UInt8>, to ids: [ConnectionID]) -> [ConnectionID] {
        var late: [ConnectionID] = []
        for id in ids {
            if inbox[id, default: []].count < inboxLimit { deliver(event, to: id) } else { late.append(id) }
        }
        return late
    }

    func dismiss(_ id: ConnectionID, with frame: Span<UInt8>) {
        deliver(frame, to: id)
        dismissed.append(id)
    }

    func send(_ request: borrowing PAMRequest) -> BrokerSending {
        guard isBrokerThere else { return .unreachable }
        guard brokerRoom > 0 else { return .full }
        brokerRoom -= 1
        messages.append(message(request))
        return .sent
    }

    func wake(at deadline: Int64?) {
        self.deadline = deadline
        wakes += 1
    }

    /// What there is, as the engine told last, and how often it did.
    private(set) var status = EngineStatus()
    private(set) var changes = 0

    var figures: [Figure] { [Figure("of_the_process", 7)] }

    func changed(_ status: EngineStatus) {
        self.status = status
        changes += 1
    }

    func record(_ entry: JournalEntry) { entries.append(entry) }

    private func message(_ request: borrowing PAMRequest) -> BrokerMessage {
        switch request {
        case .hello: return .hello
        case .setup: preconditionFailure("usherd must not send it")
        case .fork: preconditionFailure("usherd must not send it")
        case .cancel(let transaction): return .cancel(transaction: transaction)
        case .survey(let survey): return .survey(transaction: survey.transaction, survey.names)
        case .answers(let answers):
            let texts = (0..<answers.count).map { answers.withAnswer($0) { Self.text($0) } }
            return .answers(transaction: answers.transaction, texts)
        case .start(let start):
            options[start.transaction] = (start.remoteHost, start.options, start.uid)
            lastWork = start.work
            lastStart = (start.remoteHost, start.remoteUser, start.options, start.timeout)
            let password: String? =
                switch start.password {
                case .some(let secret): secret.withBytes { Self.text($0) }
                case .none: nil
                }
            return .start(
                transaction: start.transaction, service: start.service, user: start.user, password: password)
        }
    }

    static func text(_ bytes: Span<UInt8>) -> String {
        String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
    }

    /// The bodies of whole frames that stand one behind the other.
    static func values(_ frames: Span<UInt8>) -> [JSONValue] {
        var reader = FrameReader()
        reader.receive(frames.indices.map { frames[$0] })
        precondition(!reader.isBroken && reader.pending == 0, "the engine wrote something that is no frame")
        return reader.frames.map { frame in
            guard let value = JSONValue(json: Array(frame[4...])) else { preconditionFailure("no JSON") }
            return value
        }
    }
}
