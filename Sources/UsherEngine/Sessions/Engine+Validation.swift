internal import UsherBoard
internal import UsherNames
internal import UsherSecrets
internal import UsherSessions
internal import UsherWire

/// What `session.validate` asks.
private struct Question {
    let digest: TokenDigest
    /// Whether asking moves the idle deadline.
    let touches: Bool
}

/// `session.validate`: the hot path. Nothing is allocated between the frame and its answer. Each part of the engine is
/// accessed once, because the runtime checks each access for exclusivity.
extension Engine {
    /// A request that was not read ahead.
    func validate(
        _ request: Request, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        let parameters = try ValidateParams(request, in: bytes)
        let question = Question(digest: TokenDigest(of: parameters.token), touches: parameters.touches)
        try validate(request, question, bytes, peer, &answers)
    }

    /// A request that was read ahead, with the digest of its token.
    @inline(__always)
    func validate(
        _ request: Request, _ digest: TokenDigest, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        try validate(request, Question(digest: digest, touches: true), bytes, peer, &answers)
    }

    @inline(__always)
    private func validate(
        _ request: Request, _ question: Question, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        guard now.nanoseconds < sharedUntil || isAccepted(question.digest, peer) else { throw away() }
        var isValid = false
        var isNews = false
        let start = answers.mark
        answer(request, bytes, &answers) {
            let found = ledger.answer(question, in: peer.realms, at: now, &$0)
            isValid = found != nil
            isNews = found?.isNews ?? false
            if isValid { $0.endValidResult(cache: peer.hasBoard ? found?.place : nil) } else { $0.notValidResult() }
        }
        if !isValid { try noteInvalid(request, question.digest, bytes, peer, from: start, &answers) }
        if isNews { noteUse(of: question.digest) }
        statistics.countValidation(isValid)
    }

    /// The ledger does not know a token. Takes back the answer from `start` on if another host may know it.
    private func noteInvalid(
        _ request: Request, _ digest: TokenDigest, _ bytes: Span<UInt8>, _ peer: Peer, from start: FrameBuffer.Mark,
        _ answers: inout FrameBuffer
    ) throws(Refusal) {
        guard cluster != nil else { return noteRefusedToken(peer) }
        if mayBeElsewhere(try ValidateParams(request, in: bytes).token, digest, peer) {
            missing = digest
        } else if !isReplaced(digest, peer) {
            return noteRefusedToken(peer)
        }
        answers.rollBack(to: start)
        throw missing == nil ? away() : Refusal(.noSuchSession)
    }

    /// Writes `session` as the protocol shows it.
    func write(_ session: Session, withData: Bool, to answers: inout FrameBuffer) {
        ledger.write(session, withData: withData, at: now, to: &answers)
    }
}

extension Ledger {
    /// Begins the result with the session, if it is valid. Returns its place on the board, and whether the other hosts
    /// are to know of this use; nil if it is not valid.
    @inline(__always)
    fileprivate mutating func answer(
        _ question: Question, in realms: RealmSet, at now: Moment, _ answers: inout FrameBuffer
    ) -> (place: BoardPlace, isNews: Bool)? {
        let found = resolve(question.digest, touch: question.touches, in: realms, now: now.seconds)
        guard let (session, isFirst) = found else { return nil }
        answers.beginValidResult()
        write(session, withData: true, at: now, to: &answers)
        return (BoardPlace(slot: session.slot, stamp: board[Int(session.slot)].stamp), isFirst && session.isShared)
    }

    /// Writes `session` as the protocol shows it at `now`. Its texts go from the ledger's memory straight into the
    /// answer.
    @inline(__always)
    fileprivate func write(_ session: Session, withData: Bool, at now: Moment, to answers: inout FrameBuffer) {
        lend(session) { uid, version, realm, service, user, methods, context, data in
            let figures = SessionFigures(
                handle: session.handle, uid: uid, created: now.unix(session.created),
                authenticated: now.unix(session.authenticated), lastSeen: now.unix(session.lastSeen),
                idleExpires: now.unix(session.idleExpires), expires: now.unix(session.expires),
                version: Int64(version))
            answers.session(
                figures, realm: realm, service: service, user: user, methods: methods, context: context,
                data: withData ? data : nil)
        }
    }
}
