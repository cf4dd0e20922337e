internal import UsherNames

/// What a copy of a session that several hosts share consists of, beside the digest of its token.
package struct SharedSession: Sendable {
    /// What does not change when the token does: the random part of its handle, never 0.
    package var tag: UInt64
    /// The pseudonym of its user within its realm, top bit set: the prefix of its handle.
    package var bucket: UInt32
    /// The account behind the user's name; nil without one.
    package var uid: UInt32?
    /// The service that made it, with its realm.
    package var service: ServiceID
    /// Who vouched for its user.
    package var proof: SessionProof
    /// When it was created, when its user last proved who they are, when its token was last used. Each may lie before
    /// the start of the machine; an instant after the time of adoption counts as that time.
    package var created, authenticated, lastSeen: LedgerSeconds
    /// Seconds that it may stay unused; 0 counts as one.
    package var idle: UInt32
    /// From this instant on it is over.
    package var expires: LedgerSeconds
    /// The version of its data; 0 counts as 1.
    package var version: UInt32
    /// The user's name, 1 to 256 bytes; methods, context and data as the caller encodes them.
    package var user, methods, context, data: [UInt8]

    /// A session of these parts.
    package init(
        tag: UInt64, bucket: UInt32, uid: UInt32?, service: ServiceID, proof: SessionProof, created: LedgerSeconds,
        authenticated: LedgerSeconds, lastSeen: LedgerSeconds, idle: UInt32, expires: LedgerSeconds, version: UInt32,
        user: [UInt8], methods: [UInt8], context: [UInt8], data: [UInt8]
    ) {
        (self.tag, self.bucket, self.uid, self.service, self.proof) = (tag, bucket, uid, service, proof)
        (self.created, self.authenticated, self.lastSeen) = (created, authenticated, lastSeen)
        (self.idle, self.expires, self.version) = (idle, expires, version)
        (self.user, self.methods, self.context, self.data) = (user, methods, context, data)
    }

    /// The same session with its numbers in their ranges at `now`.
    func capped(at now: LedgerSeconds) -> SharedSession {
        var capped = self
        capped.created = min(created, now)
        capped.authenticated = min(authenticated, now)
        capped.lastSeen = min(max(lastSeen, created), now)
        (capped.idle, capped.version) = (max(idle, 1), max(version, 1))
        return capped
    }

    /// From this instant on it is over, unless it is used before.
    var deadline: LedgerSeconds { min(lastSeen + idle, expires) }

    /// Whether tag and bucket make the handle of a shared session.
    var hasSharedHandle: Bool { tag != 0 && bucket >= SessionHandle.hintLimit }

    /// Bytes of its block of data; 0 without one, as its first version has while it is empty.
    var blockSize: Int { data.isEmpty && version == 1 ? 0 : Ledger.dataHead + data.count }
}
