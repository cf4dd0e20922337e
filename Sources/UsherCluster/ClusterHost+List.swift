/// A page of a user's sessions that is to be read from the store.
struct Listing: Sendable {
    /// Who waits; nil after the answer `unavailable`.
    var request: RequestID?
    /// Whose share it uses until the store has answered, or cannot answer any more.
    let owner: ShareOwner
    let bucket: UInt32
    let place: ListPlace
}

/// Reads the sessions of a user from the store. They are shown, and neither held nor used.
///
/// The store reads one page at a time for a host: a page costs it as much as hundreds of fetches, which must not wait
/// for many of them.
extension ClusterHost {
    mutating func list(_ request: RequestID, _ owner: ShareOwner, _ bucket: UInt32, _ place: ListPlace) {
        guard isMember else { return act(.answer(request, .unavailable)) }
        guard listShares.take(owner) else { return act(.answer(request, .busy)) }
        lastOrder += 1
        lists[lastOrder] = Listing(request: request, owner: owner, bucket: bucket, place: place)
        timers.add(.list(lastOrder), at: now + limits.patience)
        sendList()
    }

    /// Sends the list that was asked for first, unless the store reads one.
    private mutating func sendList() {
        guard listing == nil, let order = lists.keys.min(), let list = lists[order] else { return }
        listing = order
        let call = StoreCall.list(bucket: list.bucket, from: list.place, count: limits.listBatch)
        _ = send(call, for: .list(order), isConfirmed: false)
    }

    mutating func takeList(_ reply: StoreReply, _ order: UInt64) {
        switch reply {
        case .listed(let sessions, let next) where sessions.count <= limits.listBatch && next != lists[order]?.place:
            let living = sessions.filter { isGood($0.digest, $0.record) }
            finishList(order, .listed(living, next: next, isWhole: recovery == nil))
        case .refused(.epoch):
            loseLists()
            doubtEpoch()
        default: finishList(order, .unavailable)
        }
    }

    /// Answers a list whose patience is over. The one that the store reads keeps its place until the store has
    /// answered.
    mutating func listIsLate(_ order: UInt64) {
        guard order == listing else { return finishList(order, .unavailable) }
        guard let request = lists[order]?.request else { return }
        lists[order]?.request = nil
        act(.answer(request, .unavailable))
    }

    private mutating func finishList(_ order: UInt64, _ answer: ClusterAnswer) {
        guard let list = lists.removeValue(forKey: order) else { return }
        listShares.give(list.owner)
        if let request = list.request { act(.answer(request, answer)) }
        if order == listing { listing = nil }
        guard isMember else { return voidLists() }
        sendList()
    }

    private mutating func voidLists() { for order in lists.keys.sorted() { listIsLate(order) } }

    /// Answers all lists with `unavailable`: the store will not answer them any more, they began in another epoch, or
    /// this host has left.
    mutating func loseLists() {
        voidLists()
        if let listing { finishList(listing, .unavailable) }
    }
}
