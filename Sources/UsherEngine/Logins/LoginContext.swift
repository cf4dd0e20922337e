internal import UsherCluster
internal import UsherLogin
internal import UsherNames
internal import UsherSessions

/// What the engine keeps of a login beside its state machine: what its session will be made of, how to answer it, and
/// what the journal will show.
final class LoginContext {
    /// A session that is re-authenticated, as it was when the login began.
    struct Renewal {
        let session: Session
        let digest: TokenDigest
    }

    /// The broker's number of the login's transaction.
    let number: UInt64
    /// The peer that asked.
    let credentials: PeerCredentials
    /// The service that the login began in, whatever a reload changes.
    let service: ServiceTable.Entry
    /// The session's context, as JSON.
    let json: [UInt8]
    /// How PAM vouches for the login: with the address in the context, or without it.
    let proof: SessionProof
    /// The session to renew, if this is a re-authentication.
    let renewal: Renewal?
    /// Where the login comes from; the journal shows it.
    let origin: LoginOrigin
    /// Where the login began, by the stream of the other hosts, if its session is to be shared.
    let began: Stamp?
    /// The account's name, once PAM has proven that its owner logs in. The journal shows it, whatever the outcome.
    var provenName: String?
    /// The account that the login turned out to be for, once PAM has said so.
    var account: LimiterAccount?
    /// The process that asks PAM, once there is one; the journal shows it.
    var worker: Int32?
    /// The account's entry in shadow(5), as the verdict has it.
    var credential: AccountCredential?
    /// The digest of the account's entries in the account files from before the check, as the verdict has it. Dropped
    /// if the account has a session already: the digest of an earlier check is then in the ledger.
    var digest: AccountDigest?
    /// Phase and code of PAM's verdict, once it has come; the journal shows them.
    var outcome: String?
    /// The answer that is owed to the client; nil while the client owes one, or has gone.
    var reply: PendingReply?

    init(
        number: UInt64, peer: Peer, service: ServiceTable.Entry, json: [UInt8], proof: SessionProof, renewal: Renewal?,
        origin: LoginOrigin, began: Stamp?, reply: consuming PendingReply
    ) {
        self.number = number
        credentials = peer.credentials
        self.service = service
        self.json = json
        self.proof = proof
        self.renewal = renewal
        self.origin = origin
        self.began = began
        self.reply = consume reply
    }
}

/// A login as the engine has it.
typealias EngineLogin = Login<LoginContext>
