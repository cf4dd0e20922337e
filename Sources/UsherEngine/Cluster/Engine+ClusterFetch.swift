internal import UsherCluster
internal import UsherSealing
internal import UsherSecrets
internal import UsherSessions
internal import UsherWire

/// Requests that show a token which this host does not know: they wait until the store has been asked.
extension Engine {
    /// Whether another host may have the session of a token that the ledger does not find for `peer`: a host of this
    /// cluster has made the token and its session is not over by time, so that a guess costs no question to the store.
    /// Once the store has been asked, it is not asked again for the same request.
    func mayBeElsewhere(_ token: borrowing SessionToken, _ digest: TokenDigest, _ peer: Peer) -> Bool {
        guard let cluster, fetched == nil, cluster.realmIDs.contains(where: { peer.realms.contains($0) })
        else { return false }
        if cluster.parked.isWaiting(on: digest) { return true }
        guard ledger.session(digest, in: .all, now: now.seconds) == nil else { return false }
        return cluster.tokens.end(of: token).map { $0 > unix(now.seconds) } ?? false
    }

    /// Lets a request wait for the session of `digest`. The store is asked for the first one.
    func park(
        _ request: Request, on digest: TokenDigest, _ body: Range<Int>, _ bytes: Span<UInt8>, _ peer: Peer,
        _ answers: inout FrameBuffer
    ) -> FrameOutcome {
        guard let cluster else { return .next }
        let id = request.storedID(in: bytes)
        let parking = cluster.parked.park(
            bytes.extracting(body), on: digest, from: peer.id, uid: peer.user, until: .max,
            repeats: repeatedUpdate?.count ?? 0)
        guard parking != .full else {
            refuse(refusal(of: .busy), to: id, &answers)
            return .next
        }
        peer.replies.insert(id)
        if parking == .first { fetch(SharedDigest(digest), for: peer.user) }
        return peer.replies.count < configuration.limits.inFlight ? .next : .pause
    }

    private func fetch(_ digest: SharedDigest, for user: UInt32) {
        cluster?.fetches += 1
        // The ledger does not have it: the rules must not take it for held.
        tell(.forgotten(digest))
        ask(user) {
            .fetchAsked($0, $1, digest)
        } then: { [unowned self] answer in
            cluster?.arrivals.append(.session(digest, answer, fetchRefusal(answer, digest)))
        }
    }

    /// Why the requests that wait for a session are refused; nil if they are to be handled: the session is there, or is
    /// not valid anywhere.
    private func fetchRefusal(_ answer: ClusterAnswer, _ digest: SharedDigest) -> Refusal? {
        switch answer {
        case .adopted: isHeld(digest) || cluster?.misfit?.code == .noSuchSession ? nil : away()
        case .ended, .absent: nil
        default: refusal(of: answer)
        }
    }

    private func isHeld(_ digest: SharedDigest) -> Bool {
        ledger.session(TokenDigest(digest), in: .all, now: now.seconds) != nil
    }

    /// Calls `then` with the session of `digest`. A session that is not held is fetched once. A session that this host
    /// has just written is not held if an entry of another host has changed it meanwhile.
    func find(_ digest: SharedDigest, for user: UInt32, then: @escaping (Session?, ClusterAnswer) -> Void) {
        let held = { [unowned self] in ledger.session(TokenDigest(digest), in: .all, now: now.seconds) }
        if let session = held() { return then(session, .adopted) }
        tell(.forgotten(digest))
        ask(user) {
            .fetchAsked($0, $1, digest)
        } then: {
            then(held(), $0)
        }
    }

    // MARK: Again

    /// Handles the requests whose sessions have come, and those that cannot wait any longer.
    func handleArrivals(_ cluster: Cluster) {
        while !cluster.arrivals.isEmpty {
            switch cluster.arrivals.removeFirst() {
            case .session(let digest, let answer, let refusal):
                for request in cluster.parked.take(TokenDigest(digest)) {
                    request.body.withBytes {
                        handleAgain($0, from: request.connection, repeats: request.repeats, answer, refusal, cluster)
                    }
                }
            case .update(let update):
                update.body.withBytes { body in handleAgain(body, of: update, cluster) }
            }
        }
    }

    private func handleAgain(
        _ body: Span<UInt8>, from connection: ConnectionID, repeats: Int, _ answer: ClusterAnswer, _ refusal: Refusal?,
        _ cluster: Cluster
    ) {
        guard let peer = peer(connection) else { return }
        let request = Request(body, body: 0..<body.count)
        let id = request.storedID(in: body)
        guard peer.replies.remove(id) else { return }
        if let refusal {
            refuse(refusal, to: id, &cluster.answers)
        } else {
            if repeats > 0 { repeatedUpdate = RepeatedUpdate(body, from: connection, count: repeats) }
            fetched = answer
            _ = handle(request, 0..<body.count, body, peer, &cluster.answers)
            fetched = nil
            repeatedUpdate = nil
        }
        sendAgain(to: connection, cluster)
    }

    private func handleAgain(_ body: Span<UInt8>, of update: RepeatedUpdate, _ cluster: Cluster) {
        guard let peer = peer(update.connection) else { return }
        let request = Request(body, body: 0..<body.count)
        guard peer.replies.remove(request.storedID(in: body)) else { return }
        repeatedUpdate = update
        _ = handle(request, 0..<body.count, body, peer, &cluster.answers)
        repeatedUpdate = nil
        sendAgain(to: update.connection, cluster)
    }

    private func sendAgain(to connection: ConnectionID, _ cluster: Cluster) {
        if !cluster.answers.isEmpty { cluster.answers.withBytes { host.deliver($0, to: connection) } }
        cluster.answers.wipe()
    }
}
