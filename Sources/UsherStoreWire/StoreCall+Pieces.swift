internal import UsherCluster
internal import UsherLinkWire

extension StoreCall {
    /// Bytes of sessions that are put back in one call: with the rest of the call they fit a datagram.
    private static let room = LinkLimits.datagram - 1_024

    /// Whether the store takes the call's records, notes and names. Each piece then fits a datagram, because a host
    /// tells a bounded number of items at once.
    var fitsStore: Bool {
        switch self {
        case .join(_, _, _, let name, _): name.utf8.count <= StoreWireLimits.note
        case .put(_, let record, _, _, _, let note), .move(_, _, _, _, let record, let note):
            record.fitsStore && note.count <= StoreWireLimits.note
        case .change(_, _, _, let record): record.fitsStore
        case .end(_, _, _, let target): target.note.count <= StoreWireLimits.note
        case .again(let items): items.allSatisfy { $0.record?.fitsStore ?? true }
        default: true
        }
    }

    /// The call in pieces that fit a datagram each. Only `again` may need several.
    var pieces: [StoreCall] {
        guard case .again(let items) = self else { return [self] }
        var pieces: [[PutBack]] = [[]]
        var left = Self.room
        for item in items {
            let size = item.wireSize
            if size > left {
                pieces.append([])
                left = Self.room
            }
            pieces[pieces.count - 1].append(item)
            left -= size
        }
        return pieces.map(StoreCall.again)
    }
}

extension EndTarget {
    fileprivate var note: [UInt8] {
        switch self {
        case .session(_, _, _, _, _, let note), .user(_, _, _, let note), .realm(_, _, let note): note
        }
    }
}

extension PutBack {
    /// Bytes that it takes of a datagram: two counts, the digest and the record.
    fileprivate var wireSize: Int {
        guard let record else { return 0 }
        return 4 + 16 + 4 + StoreWireLimits.head + 8 + record.sealed.count
    }
}
