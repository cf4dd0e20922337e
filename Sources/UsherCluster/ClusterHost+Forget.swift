/// An administrator says that a host is gone for good: nobody waits for it any more.
extension ClusterHost {
    /// Forgets `gone`. Refuses a member whose beats this host has seen within the time after which it would expel it,
    /// because that member may still accept sessions.
    mutating func forget(_ request: RequestID, _ gone: MemberID) {
        guard isMember, hasLease(at: now), view.isWhole else { return act(.answer(request, .unavailable)) }
        guard forgetting == nil else { return act(.answer(request, .busy)) }
        guard gone != member, !mayLive(gone) else { return act(.answer(request, .conflict)) }
        forgetting = (request, gone)
        _ = send(.forget(gone), for: .forgetting, isConfirmed: true)
    }

    /// Whether a host may have a lease in this epoch. A host that the view does not have yet has no lease before this
    /// host acknowledges its join. This host sends `forget` before that acknowledgement.
    private func mayLive(_ gone: MemberID) -> Bool {
        guard case .member(let membership) = standing, view.members.contains(gone) else { return false }
        guard let sighting = membership.sightings[gone] else { return true }
        return now.since(sighting.since) < limits.expiry
    }

    mutating func takeForget(_ reply: StoreReply) {
        guard let (request, gone) = forgetting else { return }
        forgetting = nil
        guard case .forgotten = reply else {
            act(.answer(request, .unavailable))
            return reply == .refused(.epoch) ? doubtEpoch() : ()
        }
        if case .member(var membership) = standing {
            membership.sightings[gone] = nil
            standing = .member(membership)
        }
        recovery?.awaited.remove(gone)
        missing.remove(gone)
        act(.answer(request, .done))
        hurryBeat()
    }

    /// The connection is gone, and nobody knows whether the store has executed `forget`. The administrator may ask
    /// again: a second `forget` of the same member changes nothing.
    mutating func loseForget() {
        guard let (request, _) = forgetting else { return }
        forgetting = nil
        act(.answer(request, .unavailable))
    }
}
