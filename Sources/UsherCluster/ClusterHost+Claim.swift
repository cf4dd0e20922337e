/// A claim that the store was asked for.
struct Claim: Sendable {
    /// Who waits; nil after the answer `unavailable`.
    var request: RequestID?
    /// Whose share it uses until the store has answered, or cannot answer any more.
    let owner: ShareOwner
}

/// Names that can be taken once on all hosts. The store alone decides. A claim is sent once. Where its answer is lost,
/// nobody knows whether the name was taken; the peer must treat the name as taken by somebody else.
///
/// Replicas do not confirm claims. A new primary may lack claims of an older epoch, and it refuses all names that were
/// given out in an older epoch.
extension ClusterHost {
    /// The mark of names that are given out now; 0 before the first epoch.
    package var mark: UInt64 { epoch?.mark(ordinal) ?? 0 }

    mutating func claim(_ request: RequestID, _ owner: ShareOwner, _ order: ClaimOrder) {
        guard isMember else { return act(.answer(request, .unavailable)) }
        guard claimShares.take(owner) else { return act(.answer(request, .busy)) }
        lastOrder += 1
        claims[lastOrder] = Claim(request: request, owner: owner)
        timers.add(.claim(lastOrder), at: now + limits.patience)
        _ = send(
            .claim(order.name, mark: order.mark, until: order.until), for: .claim(lastOrder), isConfirmed: false)
    }

    mutating func takeClaim(_ reply: StoreReply, _ order: UInt64) {
        switch reply {
        case .claimed(let isFirst): finishClaim(order, isFirst ? .done : .conflict)
        case .refused(.cancelled): finishClaim(order, .cancelled)
        case .refused(.epoch):
            finishClaim(order, .unavailable)
            doubtEpoch()
        default: finishClaim(order, .unavailable)
        }
    }

    /// Answers a claim whose patience is over. It keeps its place until the store has answered.
    mutating func claimIsLate(_ order: UInt64) {
        guard let request = claims[order]?.request else { return }
        claims[order]?.request = nil
        act(.answer(request, .unavailable))
    }

    /// Answers all claims with `unavailable`: the store will not answer them any more.
    mutating func voidClaims() {
        for order in claims.keys.sorted() { finishClaim(order, .unavailable) }
    }

    private mutating func finishClaim(_ order: UInt64, _ answer: ClusterAnswer) {
        guard let claim = claims.removeValue(forKey: order) else { return }
        claimShares.give(claim.owner)
        if let request = claim.request { act(.answer(request, answer)) }
    }
}
