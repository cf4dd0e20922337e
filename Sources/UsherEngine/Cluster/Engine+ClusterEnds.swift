internal import UsherCluster
internal import UsherNames
internal import UsherSealing
internal import UsherSecrets
internal import UsherSessions
internal import UsherWire

/// Ends that were asked for together, and are answered once all of them are in effect.
final class EndsUnderWay {
    /// Copies that ended here at once.
    fileprivate(set) var endedHere = 0
    private var left: Int
    private var worst = ClusterAnswer.done
    private var then: ((ClusterAnswer) -> Void)?

    /// So many ends.
    fileprivate init(_ count: Int) { left = count }

    fileprivate func take(_ answer: ClusterAnswer) {
        left -= 1
        switch (worst, answer) {
        case (_, .done), (_, .endedNothing): break
        case (.pending(let one), .pending(let other)):
            worst = .pending(until: one.flatMap { one in other.map { max(one, $0) } })
        case (.done, _), (.pending, _): worst = answer
        default: break
        }
        if left == 0 { then?(worst) }
    }

    /// Calls `then` with the answer of all, now or later.
    fileprivate func conclude(_ then: @escaping (ClusterAnswer) -> Void) {
        if left == 0 { then(worst) } else { self.then = then }
    }
}

/// Ends of shared sessions: in effect here at once, and answered when they are in effect everywhere.
extension Engine {
    /// `session.revoke` of a session that is held here, or of one that only the store may know. An end of it that is
    /// under way is waited for.
    func revokeShared(
        _ target: EndTarget, handle: SessionHandle?, user: String?, _ id: WireRequestID, _ peer: Peer
    ) {
        let owed = OwedReply(later(id, of: peer))
        let credentials = peer.credentials
        let isKnown = target.called.name.map { cluster?.host.knowsEnd(of: $0) ?? false } ?? false
        ask(peer.user) {
            .endAsked($0, $1, target)
        } then: { [unowned self] answer in
            if !isKnown, answer == .done || answer.isPending {
                host.record(
                    .ended(
                        .request, user: user ?? "unknown", handle: handle?.text ?? "unknown", peer: credentials))
            }
            conclude(owed, answer) { $0.revokedResult(answer == .endedNothing ? 0 : 1) }
        }
        if let cluster, let name = target.name, let handle = target.called.name, handle != name,
            cluster.host.knowsEnd(of: handle)
        {
            dropReplacement(of: name, cluster)
        }
    }

    /// Throws if a peer that shows a token has ended too many sessions that this host does not know, or all of a user's
    /// too often. An end that is known adds nothing.
    func allow(_ end: EndTarget, _ peer: Peer) throws(Refusal) {
        guard let cluster, let bucket = end.bucket, !(end.name.map(cluster.host.knowsEnd) ?? false) else { return }
        if let refusal = cluster.rates.takeEnd(bucket, for: peer.user, now: now.nanoseconds) { throw refusal }
    }

    /// Answers when an end is in effect everywhere; or says that it is not yet, or has not begun.
    private func conclude(_ owed: OwedReply, _ answer: ClusterAnswer, _ body: (inout FrameBuffer) -> Void) {
        switch answer {
        case .done, .endedNothing: if let reply = owed.take() { self.answer(reply, body) }
        case .pending(let until):
            let left = until.map { Duration.nanoseconds(Int64(clamping: $0.since(instant).nanoseconds)) }
            refuse(owed, Refusal(PendingChange(until: left), retryAfter: Self.awayRetry))
        default: refuse(owed, refusal(of: answer))
        }
    }

    /// The end of a session that is held here, whatever token it has by now; `digest` is that of the token that ends
    /// it.
    func endTarget(of session: Session, digest: TokenDigest?, _ reason: EndReason) -> EndTarget {
        .session(
            digest: digest.map { SharedDigest($0) }, tag: SessionTag(session.handle.tag),
            bucket: session.handle.prefix, absolute: unix(session.expires), reason: reason.code,
            note: cluster?.note ?? [])
    }

    /// The end of a session by the token that it had before a rotation that nobody was told of.
    func endTarget(of kept: ReplacementTokens.Kept) -> EndTarget {
        .session(
            digest: kept.old, tag: SessionTag(kept.handle.tag), bucket: kept.handle.prefix, absolute: kept.absolute,
            reason: EndReason.request.code, note: cluster?.note ?? [])
    }

    /// The end of the session of a handle that is not held here. Only a peer that may use all shared realms can name
    /// one, because a handle does not say in which realm its session is.
    func endTarget(of handle: SessionHandle, _ peer: Peer) -> EndTarget? {
        guard let cluster, handle.hint == nil, cluster.realmIDs.allSatisfy({ peer.realms.contains($0) }) else {
            return nil
        }
        return unseenEnd(of: handle)
    }

    /// The end of the session of a handle that is not held here.
    func unseenEnd(of handle: SessionHandle) -> EndTarget {
        .session(
            digest: nil, tag: SessionTag(handle.tag), bucket: handle.prefix, absolute: latestEnd,
            reason: EndReason.request.code, note: cluster?.note ?? [])
    }

    /// The end of a shared session whose token the ledger does not know. Nil unless the store was asked, or this host
    /// knows that the session has ended, or this host has no lease and cannot ask. In the last case the session may be
    /// in any shared realm, so only a peer that may use all of them can end it. Nil also for a token that no host of
    /// the cluster has made.
    func unseenEnd(of token: borrowing SessionToken, _ peer: Peer) -> EndTarget? {
        let digest = TokenDigest(of: token)
        guard let cluster, ledger.session(digest, in: .all, now: now.seconds) == nil,
            let end = cluster.tokens.end(of: token), end > unix(now.seconds)
        else { return nil }
        let hasEnded = fetched == .ended || fetched == .absent || cluster.host.knowsEnd(of: SharedDigest(digest))
        guard hasEnded || !cluster.host.hasLease(at: instant) else { return nil }
        guard hasEnded || cluster.realmIDs.allSatisfy({ peer.realms.contains($0) }) else { return nil }
        return .session(
            digest: SharedDigest(digest), tag: .none, bucket: 0, absolute: end, reason: EndReason.request.code,
            note: cluster.note)
    }

    /// When the last session that could be alive ends, in Unix seconds.
    private var latestEnd: UInt32 {
        let longest = configuration.services.map { UInt64(clamping: $0.absolute.components.seconds) }.max() ?? 0
        return UInt32(clamping: UInt64(unix(now.seconds)) + longest)
    }

    /// Begins ends of many sessions, here at once; nil where there is none to begin.
    func endShared(_ targets: [EndTarget], for user: UInt32) -> EndsUnderWay? {
        guard let cluster, !targets.isEmpty else { return nil }
        let (ends, before) = (EndsUnderWay(targets.count), cluster.endedCount)
        for target in targets {
            ask(user) {
                .endAsked($0, $1, target)
            } then: {
                ends.take($0)
            }
        }
        ends.endedHere = cluster.endedCount - before
        return ends
    }

    /// The ends of all sessions of a user, or of everybody if nil, in the shared realms among `realms`.
    func endTargets(of user: String?, in realms: RealmSet, except: SessionHandle?) -> [EndTarget] {
        guard let cluster else { return [] }
        let spared = except.flatMap { $0.hint == nil ? SessionTag($0.tag) : nil } ?? .none
        return services.realmNames(in: realms).sorted().compactMap { name in
            guard let realm = cluster.realms[name] else { return nil }
            guard let user else { return .realm(realm, until: latestEnd, note: cluster.note) }
            return .user(
                bucket: cluster.keys.bucket(realm: name, user: user), spared: spared, until: latestEnd,
                note: cluster.note)
        }
    }

    /// Answers `session.revoke_all` when the ends are in effect everywhere.
    func revokeAllShared(_ ends: EndsUnderWay, revoked: Int, next: [UInt8]?, _ id: WireRequestID, _ peer: Peer) {
        let owed = OwedReply(later(id, of: peer))
        ends.conclude { [unowned self] answer in
            conclude(owed, answer) {
                if let next {
                    $0.revokedAllResult(Int64(revoked), next: next.span)
                } else {
                    $0.revokedAllResult(Int64(revoked), next: nil)
                }
            }
        }
    }

    /// Ends sessions on the other hosts whose copies have ended here for a reason that only this host knows, such as
    /// the end of their account.
    func endElsewhere(_ sessions: [Session], _ reason: EndReason) {
        for session in sessions { endElsewhere(endTarget(of: session, digest: nil, reason)) }
    }

    private func endElsewhere(_ target: EndTarget) {
        ask(0) {
            .endAsked($0, $1, target)
        } then: { [unowned self] answer in
            // ``ClusterHost`` keeps an end that is pending. An end that it could not take is asked for again.
            guard [.busy, .unavailable].contains(answer) else { return }
            cluster?.untold.append((target, now.nanoseconds + 1_000_000_000))
        }
    }

    /// Tells the other hosts again what they could not be told.
    func tellEnds(_ cluster: Cluster) {
        guard let first = cluster.untold.first, first.at <= now.nanoseconds else { return }
        let due = cluster.untold
        cluster.untold = []
        for (target, _) in due { endElsewhere(target) }
    }
}

extension EndTarget {
    /// The user within a realm whose sessions are ended; nil for those of everybody.
    fileprivate var bucket: UInt32? {
        switch self {
        case .session(_, _, let bucket, _, _, _), .user(let bucket, _, _, _): bucket
        case .realm: nil
        }
    }
}

extension ClusterAnswer {
    /// Whether an end has begun, and goes on.
    fileprivate var isPending: Bool { if case .pending = self { true } else { false } }
}
