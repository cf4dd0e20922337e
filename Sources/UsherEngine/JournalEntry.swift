package import UsherCluster
package import UsherSealing
package import UsherSessions
package import UsherWire

/// Where a login came from, as the journal says it.
package struct LoginOrigin: Equatable, Sendable {
    /// The name of the configuration's entry that matches the peer.
    package var client: String?
    /// The address that the peer relays for its user, if the peer is believed.
    package var source: String?
    /// The address that the peer relays for its user, if the peer is not believed.
    package var claim: String?

    /// An origin.
    package init(client: String? = nil, source: String? = nil, claim: String? = nil) {
        self.client = client
        self.source = source
        self.claim = claim
    }
}

/// What the daemon tells its administrator. There is no room for a token, a password or an answer in it.
package enum JournalEntry: Equatable, Sendable {
    /// A person logged in: a session was made, or proven anew. `worker` is the process that asked PAM, where it is
    /// known: what modules wrote to syslog(3) for this login came from it.
    case loggedIn(
        user: String, service: String, handle: String, renewed: Bool, worker: Int32?, peer: PeerCredentials,
        from: LoginOrigin = LoginOrigin())
    /// A login ended without a session. `user` is nil unless PAM has proven the name or somebody has logged in under it
    /// before: people type passwords into the name field. `pam` is PAM's last phase and code, if any. `service` is the
    /// request's name if no such service exists, and empty if the session's service is gone.
    case loginRefused(
        user: String?, service: String, reason: String, pam: String?, worker: Int32?, peer: UInt32,
        from: LoginOrigin = LoginOrigin())
    /// The stack did something that an administrator must look at.
    case loginBroken(service: String, what: String, worker: Int32?, peer: UInt32, from: LoginOrigin = LoginOrigin())
    /// PAM could not find out who logged in: `pam` is its phase and code.
    case loginUndecided(service: String, pam: String, worker: Int32?, peer: UInt32, from: LoginOrigin = LoginOrigin())
    /// A session was made without asking PAM.
    case created(user: String, service: String, handle: String, peer: PeerCredentials)
    /// A session got a new token.
    case rotated(handle: String, peer: PeerCredentials)
    /// A session was ended before its time; by `peer`, where one asked for it.
    case ended(EndReason, user: String, handle: String, peer: PeerCredentials?)
    /// Sessions of `user`, or of everybody if nil, were ended; in the realms of `peer`, where a peer asked for it.
    case endedAll(EndReason, count: Int, user: String?, peer: PeerCredentials?)
    /// Accounts of the service cannot be checked: a directory is away, or a module breaks. Their sessions go on, and
    /// the checks are repeated. Written once, until they succeed again.
    case accountsUnchecked(service: String, why: String)
    /// The PAM service `stack`, which checks the service's accounts, denies everybody. Its denials end nobody until it
    /// admits somebody.
    case accountsHeld(service: String, stack: String)
    /// The service's accounts can be checked again.
    case accountsCheckedAgain(service: String)
    /// Surveys cannot see which accounts have changed, so that each change leads to a check of all accounts. Written
    /// once, until surveys work again.
    case accountsUnsurveyed(why: String)
    /// Surveys work again.
    case accountsSurveyedAgain
    /// Sessions ended by themselves since the last such entry.
    case expired(count: Int)
    /// Sessions of an earlier process were taken over. `dropped` more ended, because they were damaged or were ending
    /// when that process died.
    case memoryAdopted(sessions: Int, dropped: Int)
    /// Memory of an earlier process could not be taken over.
    case memoryDropped(name: String, why: String)
    /// The sessions, or those that come from now on, may be written to a swap device.
    case memoryUnlocked(why: String)
    /// Seven eighths of the sessions that there may be, or of their memory, are used.
    case ledgerFilling(sessions: Int, capacity: Int, memory: Int, limit: Int)
    /// A client was disconnected. `what` names what it did not read (`events`, `answers`), did not send (the rest of a
    /// `frame`), must not pass (a `descriptor`), or is in too many of (`groups`).
    case cutOff(what: String, peer: PeerCredentials)
    /// A peer showed `count` tokens of no session within this minute.
    case tokensRefused(count: Int, peer: PeerCredentials)
    /// Failed logins were forgiven, to that name or to all.
    case limiterCleared(user: String?, peer: PeerCredentials)
    /// The policy said no: what the peer lacks.
    case forbidden(MissingRight, peer: PeerCredentials)
    /// The configuration was read again: connections closed because of it, and the keys whose change takes a restart.
    case reloaded(closed: Int, unchanged: [String])
    /// The configuration was read again and is wrong; nothing changed.
    case reloadRefused(why: String)
    /// Users or groups of the configuration were not found at the start. Their entries match nobody.
    case namesNotFound(why: String)
    /// `starts` earlier starts in a row failed or did not last. This start waited for `milliseconds`.
    case startDelayed(starts: Int, milliseconds: Int)
    /// Something happened among the hosts that share sessions.
    case cluster(ClusterReport)
    /// A session in the store cannot be read here.
    case clusterRecordUnread(SealFailure)
    /// An administrator said that a host is gone for good. `host` is its name, or the member where it is unknown.
    case memberForgotten(host: String, peer: PeerCredentials)
    /// The daemon cannot start.
    case startFailed(why: String)
    /// The daemon is not sound, and does not feed its watchdog any more.
    case selfCheckFailed(why: String)
}
