import UsherCluster

/// What an observer outside of all hosts knows: which sessions are over because that was answered, and which must be
/// there. It judges the properties P2, P3 and P4.
struct Oracle {
    struct Session {
        let bucket: UInt32
        let realm: UInt32
        let tag: SessionTag
        /// The number of tokens; bits of the tokens that are over by an answer; bits of the tokens to be replaced.
        var tokens = 1
        var over: UInt64 = 0
        var replaced: UInt64 = 0
        /// The bits that answered updates have set; how many updates were asked for.
        var required: UInt8 = 0
        var updates = 0
        /// Somebody has asked for its end; for the end of all sessions of its user or realm.
        var mayEnd = false
        var mayEndWithAll = false
        /// The epoch in which its login was answered.
        var epoch: Epoch?
        /// The store has lost its key. Or it was changed, or rotated once more, under a token whose rotation had no
        /// answer: a host that comes late, and has heard of that rotation, ends it.
        var isDoubtful = false
        /// Rotations that are not answered.
        var moves = 0
        /// The newest token that was answered. A rotation of unknown fate leaves the session with this one or a later.
        var floor = 0
        /// The tokens that the session may have.
        var candidates: Range<Int> { floor..<tokens }
    }

    /// What a peer has asked for.
    enum Question {
        case fetch(SharedDigest, mayBeAbsent: Bool)
        case put(Int)
        /// Sessions that are over once it is answered.
        case end([Int])
        case endToken(SharedDigest)
        case move(Int, token: Int, from: SharedDigest)
        case change(Int, bit: UInt8)
    }

    var sessions: [Session] = []
    private var questions: [UInt64: Question] = [:]
    private var last: UInt64 = 0
    /// Ends of all that were asked for and are not answered: who logs in meanwhile may be ended by them.
    private var endsOfAll: [UInt64: (host: Int, bucket: UInt32?, realm: UInt32)] = [:]
    /// The first property that does not hold.
    private(set) var failure: String?
    /// Whether sessions must outlive the epoch in which their login was answered.
    var keepsAll = false
    /// Whether an answer has come after which a host could accept something wrong.
    private(set) var isWatching = false

    static func digest(_ session: Int, token: Int) -> SharedDigest {
        SharedDigest(high: 1, low: UInt64(session) | UInt64(token) << 16)
    }
    static func session(_ digest: SharedDigest) -> Int { Int(digest.low & 0xffff) }
    static func token(_ digest: SharedDigest) -> UInt64 { 1 << (digest.low >> 16) }

    mutating func fail(_ text: String) { if failure == nil { failure = text } }

    mutating func begin(bucket: UInt32, realm: UInt32) -> Int {
        var session = Session(bucket: bucket, realm: realm, tag: SessionTag(UInt64(sessions.count) + 0x7000))
        session.mayEndWithAll = endsOfAll.values.contains { $0.realm == realm && ($0.bucket ?? bucket) == bucket }
        sessions.append(session)
        return sessions.count - 1
    }

    mutating func ask(_ question: Question) -> RequestID {
        last += 1
        if case .move(let session, let token, let from) = question {
            let known = sessions[session]
            let isSecond = known.candidates.count > 1 && Self.token(from) != 1 << UInt64(known.tokens - 1)
            if isSecond || known.required.nonzeroBitCount < known.updates { sessions[session].isDoubtful = true }
            sessions[session].moves += 1
            sessions[session].tokens = token + 1
            sessions[session].replaced |= Self.token(from)
        }
        questions[last] = question
        return RequestID(last)
    }

    mutating func askEndOfAll(host: Int, bucket: UInt32?, realm: UInt32, spared: SessionTag) -> RequestID {
        let hit = sessions.indices.filter {
            sessions[$0].realm == realm && sessions[$0].tag != spared
                && (bucket ?? sessions[$0].bucket) == sessions[$0].bucket
        }
        for session in hit { sessions[session].mayEndWithAll = true }
        let request = ask(.end(hit))
        endsOfAll[request.value] = (host, bucket, realm)
        return request
    }

    /// Judges an answer of a host that is in `epoch`. Returns whether something that was right is wrong now.
    mutating func hear(_ request: RequestID, _ answer: ClusterAnswer, epoch: Epoch?) -> Bool {
        guard let question = questions.removeValue(forKey: request.value) else { return false }
        switch question {
        case .fetch(let digest, let mayBeAbsent):
            if answer == .ended || answer == .absent, !mayBeAbsent, mustLive(digest, epoch) {
                fail("P3: \(name(digest)) was answered \(answer)")
            }
        case .put(let session): if answer == .done { sessions[session].epoch = epoch }
        case .end(let hit):
            guard answer == .done || answer == .endedNothing else { return false }
            endsOfAll[request.value] = nil
            for session in hit { sessions[session].over = .max }
            isWatching = true
            return true
        case .endToken(let digest):
            guard answer == .done || answer == .endedNothing else { return false }
            sessions[Self.session(digest)].over |= Self.token(digest)
            isWatching = true
            return true
        case .move(let session, let token, _):
            sessions[session].moves -= 1
            guard answer == .done else { return false }
            sessions[session].floor = token
            sessions[session].over |= (1 << UInt64(token)) - 1
            isWatching = true
            return true
        case .change(let session, let bit):
            guard answer == .done else { return false }
            sessions[session].required |= bit
            isWatching = true
            return true
        }
        return false
    }

    /// Whether a session of this one token must be there.
    private func mustLive(_ digest: SharedDigest, _ epoch: Epoch?) -> Bool {
        let session = sessions[Self.session(digest)]
        return mustLive(session, epoch) && session.candidates.count == 1 && session.replaced & Self.token(digest) == 0
    }

    private func mustLive(_ session: Session, _ epoch: Epoch?) -> Bool {
        !session.mayEnd && !session.mayEndWithAll && !session.isDoubtful && session.epoch != nil
            && (session.epoch == epoch || keepsAll) && session.moves == 0
    }

    /// The sessions that hosts in `epoch` must accept at the end of a schedule, each under one of these tokens.
    func mustLive(epoch: Epoch?) -> [[SharedDigest]] {
        sessions.indices.filter { mustLive(sessions[$0], epoch) }.map { at in
            sessions[at].candidates.map { Self.digest(at, token: $0) }
        }
    }

    /// The bit that the next update sets; nil after eight updates.
    mutating func nextBit(_ session: Int) -> UInt8? {
        guard sessions[session].updates < 8 else { return nil }
        sessions[session].updates += 1
        return 1 << UInt8(sessions[session].updates - 1)
    }

    /// A host accepts the session of `digest` with data that has `bits`.
    mutating func judge(_ digest: SharedDigest, bits: UInt8, host: Int) {
        let session = sessions[Self.session(digest)]
        if session.over & Self.token(digest) != 0 { fail("P2: host \(host) accepts \(name(digest)), which is over") }
        if session.required & ~bits != 0 { fail("P2: host \(host) accepts old data of \(name(digest))") }
    }

    /// Whether the session of `digest` is over now: what a reader compares with what it was told.
    func isOver(_ digest: SharedDigest) -> Bool { sessions[Self.session(digest)].over & Self.token(digest) != 0 }

    /// Judges the end of the session of `digest` on a host. `isGoodInStore`: the store still has it as good.
    mutating func judgeEnd(_ digest: SharedDigest, host: Int, isGoodInStore: Bool) {
        let session = sessions[Self.session(digest)]
        if session.mayEnd || session.replaced & Self.token(digest) != 0 { return }
        // An end of all takes effect first where it was asked for.
        if session.mayEndWithAll, !isGoodInStore || endsOfAll.values.contains(where: { $0.host == host }) { return }
        fail("P3: host \(host) ends \(name(digest)), which nobody has ended")
    }

    func name(_ digest: SharedDigest) -> String { "session \(Self.session(digest)) (token \(digest.low >> 16))" }
}
