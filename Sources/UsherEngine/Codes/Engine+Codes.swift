internal import UsherCluster
internal import UsherSessions
internal import UsherWire

/// Codes that are good once, whichever process accepts them: `code.claim`.
extension Engine {
    /// In which era a code is that is given out now: codes of another era cannot be claimed, because nobody knows any
    /// more which of them were.
    func era(of peer: Peer) -> Int64 {
        hostsOfCodes(of: peer).map { Int64(clamping: $0.host.mark) } ?? ownEra
    }

    /// The hosts that claim codes of `peer` together, which are those that share its sessions; nil where this host
    /// shares none of them.
    private func hostsOfCodes(of peer: Peer) -> Cluster? {
        guard let cluster, cluster.realmIDs.contains(where: { peer.realms.contains($0) }) else { return nil }
        return cluster
    }

    func claim(
        _ request: Request, _ body: Range<Int>, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        let parameters = try ClaimParams(request, in: bytes)
        let (code, era) = (TokenDigest(of: parameters.code), parameters.era)
        let left = parameters.until - now.unix(now.seconds)
        guard left <= ClaimTable.life else { throw .invalidParams }
        guard era == self.era(of: peer) else { throw Refusal(.cancelled) }
        var outcome = ClaimTable.Outcome.gone
        if left > 0 { outcome = claims.take(code, for: peer.user, now: Int64(now.seconds.rawValue)) }
        switch outcome {
        case .full: throw Refusal(.busy, retryAfter: Self.awayRetry)
        case .gone: answer(request, bytes, &answers) { $0.claimedResult(false) }
        case .taken:
            guard hostsOfCodes(of: peer) != nil else {
                return answer(request, bytes, &answers) { $0.claimedResult(true) }
            }
            let order = ClaimOrder(
                name: SharedDigest(code), mark: UInt64(era), until: UInt32(clamping: parameters.until))
            claimShared(order, request.storedID(in: bytes), peer)
        }
    }

    /// Asks the store, which all hosts ask. What it does not answer stays claimed here: it may be there, too.
    private func claimShared(_ order: ClaimOrder, _ id: WireRequestID, _ peer: Peer) {
        let owed = OwedReply(later(id, of: peer))
        ask(peer.user) {
            .claimAsked($0, $1, order)
        } then: { [unowned self] answer in
            switch answer {
            case .done, .conflict:
                if let reply = owed.take() { self.answer(reply) { $0.claimedResult(answer == .done) } }
            default: refuse(owed, refusal(of: answer))
            }
        }
    }
}
