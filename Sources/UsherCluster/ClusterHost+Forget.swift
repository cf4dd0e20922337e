/// An administrator says that a host is gone for good: nobody waits for it any more after a loss of the store's memory.
/// Only beats expel members, because they compare what was seen of them: while the word that a silent member is gone is
/// on its way, that member may come back and get a lease.
extension ClusterHost {
    /// Forgets `gone`, unless it is a member, or all members of older epochs that have not come.
    mutating func forget(_ request: RequestID, _ gone: MemberID?) {
        guard isMember, hasLease(at: now), view.isWhole else { return act(.answer(request, .unavailable)) }
        guard forgetting == nil else { return act(.answer(request, .busy)) }
        if let gone {
            let isKnown = view.members.contains(gone) && guards.has(.forgetNoMember)
            guard gone != member, !isKnown else { return act(.answer(request, .conflict)) }
        }
        forgetting = (request, gone)
        _ = send(.forget(gone), for: .forgetting, isConfirmed: true)
    }

    mutating func takeForget(_ reply: StoreReply) {
        guard let (request, gone) = forgetting else { return }
        forgetting = nil
        guard case .forgotten = reply else {
            act(.answer(request, reply == .refused(.conflict) ? .conflict : .unavailable))
            return reply == .refused(.epoch) ? doubtEpoch() : ()
        }
        if let gone {
            recovery?.awaited.remove(gone)
            missing.remove(gone)
        } else {
            recovery?.awaited.formIntersection(view.members)
            missing = []
        }
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
