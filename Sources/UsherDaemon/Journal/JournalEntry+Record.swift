package import UsherEngine
package import UsherJournal
internal import UsherServer
internal import UsherSessions
internal import UsherWire

extension JournalEntry {
    /// The entry's message, and whose budget it counts against; nil if the entry costs its causer something, such as a
    /// login. Ends that no peer asked for share one budget.
    ///
    /// It is computed before ``record``, which costs ten times as much and is not needed for an entry that is only
    /// counted.
    func cause(by policy: Policy?) -> (message: JournalMessage, causer: JournalCauser)? {
        func user(_ uid: UInt32) -> JournalCauser { .user(policy?.user(of: uid) ?? uid) }
        func client(_ peer: PeerCredentials) -> JournalCauser { policy?.causer(peer) ?? .user(peer.uid) }
        return switch self {
        case .loginRefused(_, _, _, _, _, let peer, _): (.loginRefused, user(peer))
        case .loginBroken(_, _, _, let peer, _): (.loginBroken, user(peer))
        case .loginUndecided(_, _, _, let peer, _): (.loginUndecided, user(peer))
        case .created(_, _, _, let peer): (.sessionIssued, user(peer.uid))
        case .rotated(_, let peer): (.sessionRotated, user(peer.uid))
        case .ended(let reason, _, _, let peer): (reason.message, peer.map { user($0.uid) } ?? .nobody)
        case .endedAll(.account, _, _, _): nil
        case .endedAll(_, _, _, let peer): (.sessionsRevoked, peer.map { user($0.uid) } ?? .nobody)
        case .tokensRefused(_, let peer): (.tokensRefused, user(peer.uid))
        case .cutOff(_, let peer): (.clientCutOff, client(peer))
        case .limiterCleared(_, let peer): (.limiterCleared, user(peer.uid))
        case .memberForgotten(_, let peer): (.memberForgotten, user(peer.uid))
        case .forbidden(_, let peer): (.requestForbidden, client(peer))
        case .loggedIn, .expired, .memoryAdopted, .memoryDropped, .memoryUnlocked, .ledgerFilling, .reloaded,
            .reloadRefused,
            .namesNotFound, .startDelayed, .startFailed, .selfCheckFailed, .accountsUnchecked, .accountsHeld,
            .accountsCheckedAgain, .accountsUnsurveyed, .accountsSurveyedAgain:
            nil
        case .cluster(let report): (report.message, .nobody)
        // Whoever can write to the store causes as many of these as there are tokens.
        case .clusterRecordUnread: (.recordUnread, .nobody)
        }
    }

    /// The record that the journal gets.
    package var record: JournalRecord {
        switch self {
        case .loggedIn, .loginRefused, .loginBroken, .loginUndecided: login
        case .created, .rotated, .ended, .endedAll, .expired: session
        default: daemon
        }
    }

    private var login: JournalRecord {
        switch self {
        case .loggedIn(let user, let service, let handle, let renewed, let worker, let peer, let origin):
            JournalRecord(
                renewed ? .provenAnew : .loggedIn, .info,
                [
                    "user": user, "service": service, "handle": handle, "worker_pid": worker.map(String.init),
                ] + peer.fields + origin.fields)
        case .loginRefused(let user, let service, let reason, let pam, let worker, let peer, let origin):
            JournalRecord(
                .loginRefused, .notice,
                [
                    "user": user ?? "unknown", "service": service.isEmpty ? nil : service, "reason": reason, "pam": pam,
                    "worker_pid": worker.map(String.init), "peer_uid": "\(peer)",
                ] + origin.fields)
        case .loginBroken(let service, let what, let worker, let peer, let origin):
            JournalRecord(
                .loginBroken, .error,
                [
                    "service": service, "what": what, "worker_pid": worker.map(String.init), "peer_uid": "\(peer)",
                ] + origin.fields)
        case .loginUndecided(let service, let pam, let worker, let peer, let origin):
            JournalRecord(
                .loginUndecided, .warning,
                ["service": service, "pam": pam, "worker_pid": worker.map(String.init), "peer_uid": "\(peer)"]
                    + origin.fields)
        default: daemon
        }
    }

    private var session: JournalRecord {
        switch self {
        case .created(let user, let service, let handle, let peer):
            JournalRecord(
                .sessionIssued, .notice, ["user": user, "service": service, "handle": handle] + peer.fields)
        case .rotated(let handle, let peer):
            JournalRecord(.sessionRotated, .info, ["handle": handle] + peer.fields)
        case .ended(let reason, let user, let handle, let peer):
            JournalRecord(
                reason.message, .info,
                ["user": user, "handle": handle] + reason.fields + (peer?.fields ?? [:]))
        case .endedAll(let reason, let count, let user, let peer):
            JournalRecord(
                reason.kind == .account ? .accountEnded : .sessionsRevoked, reason.kind == .account ? .notice : .info,
                ["count": "\(count)", "user": user ?? "everybody"] + reason.fields + (peer?.fields ?? [:]))
        case .expired(let count): JournalRecord(.sessionsExpired, .info, ["count": "\(count)"])
        default: daemon
        }
    }

    private var daemon: JournalRecord {
        switch self {
        case .memoryAdopted(let sessions, let dropped):
            JournalRecord(.memoryAdopted, .notice, ["sessions": "\(sessions)", "dropped": "\(dropped)"])
        case .memoryDropped(let name, let why): JournalRecord(.memoryDropped, .error, ["name": name, "why": why])
        case .accountsUnchecked(let service, let why):
            JournalRecord(.accountsUnchecked, .warning, ["service": service, "why": why])
        case .accountsHeld(let service, let stack):
            JournalRecord(
                .accountsHeld, .warning,
                ["service": service, "name": stack, "why": "everybody is denied by the PAM service \(stack)"])
        case .accountsCheckedAgain(let service):
            JournalRecord(.accountsCheckedAgain, .notice, ["service": service])
        case .accountsUnsurveyed(let why): JournalRecord(.accountsUnsurveyed, .warning, ["why": why])
        case .accountsSurveyedAgain: JournalRecord(.accountsSurveyedAgain, .notice, [:])
        case .memoryUnlocked(let why): JournalRecord(.memoryUnlocked, .warning, ["why": why])
        case .ledgerFilling(let sessions, let capacity, let memory, let limit):
            JournalRecord(
                .ledgerFilling, .warning,
                [
                    "sessions": "\(sessions)", "capacity": "\(capacity)", "memory": "\(memory >> 20)M",
                    "limit": "\(limit >> 20)M",
                ])
        case .tokensRefused(let count, let peer):
            JournalRecord(.tokensRefused, .warning, ["count": "\(count)"] + peer.fields)
        case .cutOff(let what, let peer):
            JournalRecord(.clientCutOff, .notice, ["what": what] + peer.fields)
        case .limiterCleared(let user, let peer):
            JournalRecord(.limiterCleared, .notice, ["user": user] + peer.fields)
        case .memberForgotten(let host, let peer):
            JournalRecord(.memberForgotten, .warning, ["name": host] + peer.fields)
        case .forbidden(let missing, let peer):
            JournalRecord(
                .requestForbidden, .notice,
                [
                    "method": missing.method, "lacks": missing.lacks.joined(separator: " or "), "client": missing.entry,
                ] + peer.fields)
        case .reloaded(let closed, let unchanged):
            JournalRecord(
                .configurationReloaded, .notice,
                [
                    "closed": "\(closed)", "unchanged": unchanged.isEmpty ? nil : unchanged.joined(separator: " "),
                ])
        case .reloadRefused(let why): JournalRecord(.configurationRefused, .error, ["why": why])
        case .namesNotFound(let why): JournalRecord(.namesNotFound, .error, ["why": why])
        case .startDelayed(let starts, let milliseconds):
            JournalRecord(.startDelayed, .warning, ["count": "\(starts)", "delay": "\(milliseconds)ms"])
        case .cluster(let report): report.record
        case .clusterRecordUnread(let failure): JournalRecord(.recordUnread, .error, ["why": failure.text])
        case .startFailed(let why): JournalRecord(.startFailed, .critical, ["why": why])
        case .selfCheckFailed(let why): JournalRecord(.selfCheckFailed, .critical, ["why": why])
        case .loggedIn, .loginRefused, .loginBroken, .loginUndecided: login
        case .created, .rotated, .ended, .endedAll, .expired: session
        }
    }
}

extension Policy {
    /// Whose budget an entry counts against that a client without a role can cause.
    fileprivate func causer(_ peer: PeerCredentials) -> JournalCauser {
        let owner = owner(uid: peer.uid, gid: peer.gid, groups: peer.groups)
        return owner.isOutsider ? .outsiders : .user(owner.user)
    }
}

extension EndReason {
    /// The entry about a single session that ended so.
    fileprivate var message: JournalMessage {
        switch kind {
        case .expired: .sessionsExpired
        case .revoked: .sessionRevoked
        case .evicted: .sessionEvicted
        case .account: .accountEnded
        }
    }

    fileprivate var fields: [String: String?] {
        ["reason": name.description, "detail": detail?.description]
    }
}

extension LoginOrigin {
    fileprivate var fields: [String: String?] { ["client": client, "source": source, "claimed_source": claim] }
}

extension PeerCredentials {
    fileprivate var fields: [String: String?] { ["peer_uid": "\(uid)", "peer_pid": "\(pid)"] }
}

private func + (left: [String: String?], right: [String: String?]) -> [String: String?] {
    left.merging(right) { first, _ in first }
}
