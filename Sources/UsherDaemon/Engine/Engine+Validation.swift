internal import UsherBoard
internal import UsherSecrets
internal import UsherSessions
internal import UsherWire

/// `session.validate`: the hot path. No allocation between the frame and its answer, and each part of the engine is reached
/// for once, because the runtime checks every such access.
extension Engine {
    @inline(__always)
    func validate(
        _ request: Request, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        let parameters = try parameters { () throws(WireFault) in try ValidateParams(request, in: bytes) }
        var isValid = false
        answer(request, bytes, &answers) {
            let place = ledger.answer(parameters, in: peer.realms, at: now, prepared, &$0)
            isValid = place != nil
            if isValid { $0.endValidResult(cache: peer.hasBoard ? place : nil) } else { $0.notValidResult() }
        }
        statistics.countValidation(isValid)
        if !isValid { noteRefusedToken(peer) }
    }

    /// Writes `session` as the protocol shows it.
    func write(_ session: Session, withData: Bool, to answers: inout FrameBuffer) {
        _ = ledger.write(session, withData: withData, at: now, to: &answers)
    }
}

extension Ledger {
    /// Looks for the session and, where it is valid, starts the result with it; returns where the board shows it.
    @inline(__always)
    fileprivate mutating func answer(
        _ parameters: borrowing ValidateParams, in realms: RealmSet, at now: Moment,
        _ prepared: PreparedSessions, _ answers: inout FrameBuffer
    ) -> BoardPlace? {
        let digest = TokenDigest(of: parameters.token)
        let found =
            parameters.touches
            ? validate(digest, in: realms, now: now.seconds) : session(digest, in: realms, now: now.seconds)
        guard let session = found else { return nil }
        let place = BoardPlace(slot: session.handle.slot, stamp: board[Int(session.handle.slot)].stamp)
        let key = PreparedSessions.Key(place: place, unixOffset: now.unixOffset)
        let use = LastUse(seen: now.unix(session.lastSeen), idleExpires: now.unix(session.idleExpires))
        answers.beginValidResult()
        if prepared.with(key, { answers.session(prepared: $0, with: use, at: $1) }) != true {
            write(session, at: now, as: key, prepared, &answers)
        }
        return place
    }

    @inline(never)
    private func write(
        _ session: Session, at now: Moment, as key: PreparedSessions.Key, _ prepared: PreparedSessions,
        _ answers: inout FrameBuffer
    ) {
        let start = answers.mark
        guard let lastUse = write(session, withData: true, at: now, to: &answers) else { return }
        answers.withBytes(since: start) { prepared.keep($0, lastUse: lastUse, for: key) }
    }

    /// Writes `session` as the protocol shows it at `now`. Its texts go from the ledger's memory straight into the answer.
    /// Returns what ``UsherWire/FrameBuffer/session(_:realm:service:user:methods:context:data:)`` does.
    fileprivate func write(_ session: Session, withData: Bool, at now: Moment, to answers: inout FrameBuffer) -> Int? {
        var lastUse: Int?
        lend(session) { uid, version, realm, service, user, methods, context, data in
            let figures = SessionFigures(
                handle: session.handle, uid: uid, created: now.unix(session.created),
                authenticated: now.unix(session.authenticated), lastSeen: now.unix(session.lastSeen),
                idleExpires: now.unix(session.idleExpires), expires: now.unix(session.expires),
                version: Int64(version))
            lastUse = answers.session(
                figures, realm: realm, service: service, user: user, methods: methods, context: context,
                data: withData ? data : nil)
        }
        return lastUse
    }
}
