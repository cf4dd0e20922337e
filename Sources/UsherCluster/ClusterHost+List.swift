/// A page of a user's sessions that is being read from the store.
struct Listing: Sendable {
    let request: RequestID
    let owner: ShareOwner
}

/// Reads the sessions of a user from the store. They are shown, and neither held nor used.
extension ClusterHost {
    mutating func list(_ request: RequestID, _ owner: ShareOwner, _ bucket: UInt32, _ after: SessionTag) {
        guard isMember else { return act(.answer(request, .unavailable)) }
        guard fetchShares.take(owner) else { return act(.answer(request, .busy)) }
        lastOrder += 1
        lists[lastOrder] = Listing(request: request, owner: owner)
        timers.add(.list(lastOrder), at: now + limits.patience)
        let call = StoreCall.list(bucket: bucket, after: after, count: limits.listBatch)
        _ = send(call, for: .list(lastOrder), isConfirmed: false)
    }

    mutating func takeList(_ reply: StoreReply, _ order: UInt64) {
        switch reply {
        case .listed(let sessions, let next):
            let living = sessions.filter { isGood($0.digest, $0.record) }
            finishList(order, .listed(living, next: next, isWhole: recovery == nil))
        case .refused(.epoch):
            finishList(order, .unavailable)
            doubtEpoch()
        default: finishList(order, .unavailable)
        }
    }

    mutating func finishList(_ order: UInt64, _ answer: ClusterAnswer) {
        guard let list = lists.removeValue(forKey: order) else { return }
        fetchShares.give(list.owner)
        act(.answer(list.request, answer))
    }

    /// Answers all lists with `unavailable`: their connection is gone, they began in another epoch, or this host has
    /// left.
    mutating func voidLists() { for order in lists.keys.sorted() { finishList(order, .unavailable) } }
}
