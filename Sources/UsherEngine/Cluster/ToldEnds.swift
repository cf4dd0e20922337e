internal import UsherCluster

/// What entries of the stream tell about the ends that they bring, while they are taken up: which sessions go on under
/// another token, and the notes that say which host ended what.
struct ToldEnds {
    /// Sessions that go on under another token: they end here without an event.
    private(set) var moved: Set<SharedDigest> = []
    private var sessions: [SharedDigest: [UInt8]] = [:]
    /// By the pseudonyms of users and realms.
    private var many: [UInt32: [UInt8]] = [:]

    mutating func add(_ entry: StreamEntry) {
        switch entry {
        case .moved(let notice): moved.insert(notice.digest)
        case .ended(let notice):
            sessions[notice.digest] = notice.note
            if notice.tag != .none { sessions[SharedDigest(handle: notice.tag)] = notice.note }
        case .userEnded(let bucket, _, _, _, let note): many[bucket] = note
        case .realmEnded(let realm, _, _, let note): many[realm] = note
        case .changed, .joined, .left, .opened, .unknown: break
        }
    }

    /// The note of the end of a session; nil where no entry ended it.
    func note(_ digest: SharedDigest, _ tag: SessionTag, user: UInt32, realm: UInt32?) -> [UInt8]? {
        sessions[digest] ?? sessions[SharedDigest(handle: tag)] ?? many[user] ?? realm.flatMap { many[$0] }
    }

    mutating func removeAll() {
        moved.removeAll(keepingCapacity: true)
        sessions.removeAll(keepingCapacity: true)
        many.removeAll(keepingCapacity: true)
    }
}
