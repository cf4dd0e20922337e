internal import UsherCluster
internal import UsherNames
internal import UsherSealing
internal import UsherSessions
internal import UsherWire

/// A session whose copy was not used here for its idle time, as its event shows it.
struct IdledSession {
    let digest: SharedDigest
    let handle: SessionHandle
    let realm: RealmID
    let realmName, service, user: [UInt8]
}

/// Events of shared sessions: which host ended one, and which host tells that one ended by time.
///
/// The host of a session's last login tells that the session expired, while it holds the session. The absolute end is
/// sure. Whether a session ended for want of use only the store knows, and it is asked if anybody follows such events.
extension Engine {
    /// Sessions that may wait for the store's word. Beyond, their ends are not told.
    private static let idledLimit = 1_024
    /// Most bytes of the name of a host.
    private static let hostNameSize = 64

    /// The other host that ended a copy, by the note of the entry; nil where this host did, or nobody says.
    func otherHost(thatEnded session: Session, _ digest: SharedDigest, _ cluster: Cluster) -> String? {
        guard subscribers.want(.revoked) else { return nil }
        var realm: UInt32?
        ledger.lendNames(of: session) { name, _, _ in
            realm = cluster.realms[String(decoding: [UInt8](name), as: UTF8.self)]
        }
        let note = cluster.told.note(
            digest, SessionTag(session.handle.tag), user: session.handle.prefix, realm: realm)
        guard let note, let name = try? cluster.seal.open(note: note), (1...Self.hostNameSize).contains(name.count)
        else { return nil }
        let text = String(decoding: name, as: UTF8.self)
        return text == cluster.settings.host ? nil : text
    }

    /// A copy came to its end by time. `ledger` is this engine's, lent because it is in the middle of a change.
    func timeIsOver(_ session: Session, _ reason: EndReason, in ledger: borrowing Ledger) {
        let tag = SessionTag(session.handle.tag)
        guard let cluster, let digest = cluster.host.digest(of: tag) else { return }
        let isOwn = cluster.accounts[tag] == nil
        cluster.events.append(.forgotten(digest))
        guard isOwn, subscribers.want(.expired), cluster.host.hasLease(at: instant) else { return }
        guard reason == .idle else { return tellEnd(of: session, reason, in: ledger) }
        guard cluster.idled.count < Self.idledLimit else { return }
        ledger.lendNames(of: session) { realm, service, user in
            cluster.idled.append(
                IdledSession(
                    digest: digest, handle: session.handle, realm: session.realm, realmName: [UInt8](realm),
                    service: [UInt8](service), user: [UInt8](user)))
        }
    }

    /// Asks the store about the sessions that perhaps ended for want of use. One that was used on another host is held
    /// again.
    func judgeIdled(_ cluster: Cluster) {
        guard !cluster.idled.isEmpty else { return }
        let idled = cluster.idled
        cluster.idled = []
        // The owner is nobody, so that these questions take no places of peers.
        for session in idled {
            ask(.max) {
                .fetchAsked($0, $1, session.digest)
            } then: { [unowned self] answer in
                let isOver =
                    switch answer {
                    case .absent: true
                    case .adopted: ledger.session(TokenDigest(session.digest), in: .all, now: now.seconds) == nil
                    default: false
                    }
                if isOver { tellIdle(of: session) }
            }
        }
    }
}
