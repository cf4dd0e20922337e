import UsherDaemon
import UsherEngine
import UsherPAMWire
import UsherPOSIX
import UsherSecrets
import UsherWire

/// The process around the engine: it checks every frame and remembers what the engine gives out.
final class FuzzHost: EngineHost {
    /// The connections that are there, and what they are owed.
    var open: [ConnectionID: FuzzLedgerOfRequests] = [:]
    var isBrokerThere = true
    /// How many messages fit into the broker's socket until the next tick.
    var brokerRoom = FuzzHost.socket
    static let socket = 3
    /// The transaction that the broker was asked to start last.
    private(set) var lastTransaction: UInt64 = 0
    /// How many names the last survey asked about.
    private(set) var surveyed = 0
    var deadline: Int64?
    private var events = 0
    private var tokens: [[UInt8]] = []
    private var handles: [[UInt8]] = []
    private var transactions: [[UInt8]] = []

    func deliver(_ frames: Span<UInt8>, to id: ConnectionID) {
        guard let requests = open[id] else { preconditionFailure("a frame for a connection that has gone") }
        var at = 0
        while at < frames.count {
            guard case .whole(let body) = Frame.inspect(frames, at: at) else { preconditionFailure("no frame") }
            requests.answered(frames, body)
            remember(body.map { frames[$0] })
            at = body.upperBound
        }
    }

    /// Every eighth event finds its subscribers too far behind.
    func post(_ event: Span<UInt8>, to ids: [ConnectionID]) -> [ConnectionID] {
        for id in ids { checkEvent(event, for: id) }
        events += 1
        return events % 8 == 0 ? ids : []
    }

    func dismiss(_ id: ConnectionID, with frame: Span<UInt8>) { checkEvent(frame, for: id) }

    private func checkEvent(_ frame: Span<UInt8>, for id: ConnectionID) {
        precondition(open[id] != nil, "an event for a connection that has gone")
        guard case .whole(let body) = Frame.inspect(frame, at: 0), body.upperBound == frame.count else {
            preconditionFailure("no frame")
        }
    }

    func send(_ request: borrowing PAMRequest) -> BrokerSending {
        var datagram = Datagram(limit: PAMLimits.datagram)
        guard isBrokerThere, (try? request.encode(into: &datagram)) != nil else { return .unreachable }
        guard brokerRoom > 0 else { return .full }
        brokerRoom -= 1
        switch request {
        case .start(let start):
            precondition(start.transaction > lastTransaction, "a transaction was used twice")
            lastTransaction = start.transaction
        case .survey(let survey):
            precondition(survey.transaction > lastTransaction, "a transaction was used twice")
            lastTransaction = survey.transaction
            surveyed = survey.names.count
        default: break
        }
        return .sent
    }

    func wake(at deadline: Int64?) { self.deadline = deadline }

    var figures: [Figure] { [] }

    func changed(_ status: EngineStatus) {}

    func record(_ entry: JournalEntry) {
        let (text, user) = ("\(entry)", Self.user(of: entry) ?? "")
        let shown = tokens.map { String(decoding: $0, as: UTF8.self) }
        // A peer may call a user by what is a token.
        precondition(!shown.contains { text.contains($0) && !user.contains($0) }, "a token in the journal")
    }

    /// The name in an entry that a peer has chosen.
    private static func user(of entry: JournalEntry) -> String? {
        switch entry {
        case .loggedIn(let user, _, _, _, _, _, _), .created(let user, _, _, _), .ended(_, let user, _, _): user
        case .endedAll(_, _, let user, _), .loginRefused(let user, _, _, _, _, _, _): user
        default: nil
        }
    }

    // MARK: What was given out

    private func remember(_ body: [UInt8]) {
        for (key, count) in [("token", 43), ("handle", 18), ("transaction", 22)] as [(String, Int)] {
            let mark = Array("\"\(key)\":\"".utf8)
            var at = body.startIndex
            while let found = body[at...].firstIndex(of: mark, count: mark.count),
                found + mark.count + count < body.count
            {
                at = found + mark.count
                keep(Array(body[at..<at + count]), key)
            }
        }
    }

    private func keep(_ value: [UInt8], _ key: String) {
        switch key {
        case "token": tokens.append(value)
        case "handle": handles.append(value)
        default: transactions.append(value)
        }
    }

    /// A body in which octets 1 to 6 are the last and the first token, handle and transaction.
    func expanded(_ body: [UInt8]) -> [UInt8] {
        guard body.contains(where: { (1...6).contains($0) }) else { return body }
        return body.flatMap { byte in
            switch byte {
            case 1: tokens.last ?? []
            case 2: tokens.first ?? []
            case 3: handles.last ?? []
            case 4: handles.first ?? []
            case 5: transactions.last ?? []
            case 6: transactions.first ?? []
            default: [byte]
            }
        }
    }
}

extension ArraySlice<UInt8> {
    /// Where `pattern` stands first.
    fileprivate func firstIndex(of pattern: [UInt8], count: Int) -> Int? {
        guard self.count >= count else { return nil }
        return (startIndex...endIndex - count).first { self[$0..<$0 + count].elementsEqual(pattern) }
    }
}

/// The requests of one connection: how many answers each id may still get.
final class FuzzLedgerOfRequests {
    private var owed: [RequestID: Int] = [:]

    /// The id of the request that was sent last, until it is answered.
    private var awaited: RequestID?

    func sent(_ body: [UInt8]) {
        let request = Request(body.span, body: 0..<body.count)
        if request.fault == nil, request.isNotification { return }
        let id = request.storedID(in: body.span)
        owed[id, default: 0] += 1
        awaited = id
    }

    func sentNonsense() { owed[.null, default: 0] += 1 }

    /// An answer must be whole JSON with the version and an id that is owed one.
    func answered(_ frames: Span<UInt8>, _ body: Range<Int>) {
        guard let id = Self.id(frames, body) else { preconditionFailure("an answer that cannot be read") }
        guard let count = owed[id], count > 0 else { preconditionFailure("an answer that nobody waits for") }
        owed[id] = count == 1 ? nil : count - 1
        if id == awaited { awaited = nil }
    }

    /// Whatever is not a login is answered before the next frame is looked at.
    func expectImmediateAnswer(to body: [UInt8]) {
        let request = Request(body.span, body: 0..<body.count)
        let isLogin = request.fault == nil && (request.method == .authStart || request.method == .authRespond)
        precondition(awaited == nil || isLogin, "an answer that did not come")
        awaited = nil
    }

    func expectNothingOwed() { precondition(owed.isEmpty, "a request was never answered") }

    private static func id(_ bytes: Span<UInt8>, _ body: Range<Int>) -> RequestID? {
        var reader = JSONReader(body)
        var id: RequestID?
        var (results, versions) = (0, 0)
        do throws(Refusal) {
            try reader.enterObject(bytes)
            while let key = try reader.nextKey(bytes) {
                if key.equals("id", in: bytes) {
                    id = try value(&reader, bytes)
                } else if key.equals("jsonrpc", in: bytes) {
                    versions += try reader.text(bytes).equals("2.0", in: bytes) ? 1 : 0
                } else {
                    results += key.equals("result", in: bytes) || key.equals("error", in: bytes) ? 1 : 0
                    try reader.skip(bytes)
                }
            }
            try reader.finish(bytes)
        } catch {
            return nil
        }
        return results == 1 && versions == 1 ? id : nil
    }

    private static func value(_ reader: inout JSONReader, _ bytes: Span<UInt8>) throws(Refusal) -> RequestID? {
        switch try reader.peek(bytes) {
        case UInt8(ascii: "\""): return RequestID(try reader.text(bytes), in: bytes)
        case UInt8(ascii: "n"):
            try reader.skip(bytes)
            return .null
        default: return try reader.number(bytes).map { RequestID($0) }
        }
    }
}
