internal import UsherCluster
internal import UsherSessions
internal import UsherWire

/// `cluster.leave`: an administrator takes this host out of the cluster, before the host is stopped for good.
///
/// usherd does not leave on SIGTERM. systemd sends SIGTERM for a stop and for a restart, and does not say which it is.
/// A host that is restarted must not leave (`restartNeverLeaves`).
extension Engine {
    /// Ends the lease, and tells the store. Only a peer that may administer all shared realms may ask for it.
    func leaveCluster(
        _ request: Request, _ body: Range<Int>, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        _ = try NoParams(request, in: bytes)
        guard let cluster else { throw Refusal(.unsupported) }
        guard cluster.realmIDs.allSatisfy({ peer.realms.contains($0) }) else {
            throw forbidden(request.method, peer, lacks: RequiredRole.role(.admin).lacking(peer.grant.roles))
        }
        guard !cluster.host.isChanging, cluster.untold.isEmpty else {
            throw Refusal(.busy, retryAfter: Self.awayRetry)
        }
        cluster.leaving.append(OwedReply(later(request.storedID(in: bytes), of: peer)))
        tell(.leaveAsked)
    }

    /// This host takes no part any more. If the store could not be told, the other hosts wait for the end of its lease.
    func answerLeaving(_ cluster: Cluster) {
        let leaving = cluster.leaving
        cluster.leaving = []
        for owed in leaving {
            if cluster.host.hasToldLeave {
                if let reply = owed.take() { answer(reply) { $0.emptyObject() } }
            } else {
                refuse(owed, away())
            }
        }
    }
}
