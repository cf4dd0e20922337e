internal import UsherLogin
internal import UsherSessions
internal import UsherWire

/// `limiter.*`: the counters of failed logins, for admins, within the realms of the admin's entry. A counter without a
/// name belongs to no known realm: only an admin of every realm sees and clears it.
extension Engine {
    func listLimits(
        _ request: Request, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        let parameters = try LimiterParams(request, in: bytes)
        if parameters.user == nil { work += limiter.entries * MethodWork.limitedAccount }
        let found =
            if let user = parameters.user?.string(in: bytes) {
                services.realmNames(in: peer.realms).sorted().compactMap {
                    limiter.entry(user: user, realm: $0, now: now.sinceBoot)
                }
            } else {
                limiter.list(realms: scope(of: peer), now: now.sinceBoot)
            }
        answer(request, bytes, &answers) { $0.limiterResult(found.map(LimiterEntry.init)) }
    }

    func clearLimits(
        _ request: Request, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        let parameters = try LimiterParams(request, in: bytes)
        let user = parameters.user?.string(in: bytes)
        if user == nil { work += limiter.entries * MethodWork.clearedLimitedAccount }
        if let user {
            for realm in services.realmNames(in: peer.realms) { _ = limiter.clear(user: user, realm: realm) }
        } else {
            limiter.clear(realms: scope(of: peer))
        }
        host.record(.limiterCleared(user: user, peer: peer.credentials))
        answer(request, bytes, &answers) { $0.emptyObject() }
    }

    /// The realms of the peer's entry; nil where these are all that are configured.
    private func scope(of peer: Peer) -> Set<String>? {
        let own = services.realmNames(in: peer.realms)
        return own == services.realmNames ? nil : own
    }
}

extension LimiterEntry {
    fileprivate init(_ entry: LimitedAccount) {
        self.init(
            user: entry.user, realm: entry.realm, failures: Int64(entry.failures),
            failuresOfKnownSources: Int64(entry.failuresOfKnownSources), retryAfter: entry.retryAfter,
            retryAfterOfKnownSources: entry.retryAfterOfKnownSources, isCapped: entry.isCapped)
    }
}
