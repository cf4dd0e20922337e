internal import UsherLogin
internal import UsherSecrets
internal import UsherSessions
internal import UsherWire

/// What the engine keeps of a login beside its state machine: how to answer it and what its session will be made of.
final class LoginRecord {
    /// A session that is proven anew, as it was when the login began.
    struct Renewal {
        let session: Session
        let digest: TokenDigest
    }

    /// How far the worker is.
    enum Stage {
        /// There is none yet. To `working` or `decided`.
        case queued
        /// One asks PAM, or waits for the person. To `decided`.
        case working
        /// It has said what it had to say, or is not listened to any more.
        case decided
    }

    let id: TransactionName
    /// Its name between usherd and the broker.
    let number: UInt64
    let connection: ConnectionID
    let credentials: PeerCredentials
    let service: ServiceTable.Entry
    let ticket: ThrottleTicket
    let user: String
    let context: [UInt8]
    let renewal: Renewal?
    /// The process that asks PAM, once there is one; only ever told.
    fileprivate(set) var worker: Int32?
    var stage = Stage.queued
    /// Phase and code of what libpam said last, once it has; only ever told.
    var outcome: String?
    /// The request that waits for an answer.
    var request: RequestID

    init(
        id: TransactionName, number: UInt64, peer: Peer, service: ServiceTable.Entry, ticket: ThrottleTicket,
        user: String,
        context: [UInt8], renewal: Renewal?, request: RequestID
    ) {
        self.id = id
        self.number = number
        connection = peer.id
        credentials = peer.credentials
        self.service = service
        self.ticket = ticket
        self.user = user
        self.context = context
        self.renewal = renewal
        self.request = request
    }
}

extension LoginRecord {
    /// A worker has begun with it.
    func began(in worker: Int32) {
        self.worker = worker
        if stage == .queued { stage = .working }
    }
}

/// The records of the logins in progress, by both of their names. As many as ``LoginTable`` holds.
struct LoginRecords {
    private var records: [TransactionName: LoginRecord] = [:]
    private var names: [UInt64: TransactionName] = [:]
    private var last: UInt64 = 0

    /// A name for the broker that was never used before.
    mutating func nextNumber() -> UInt64 {
        last += 1
        return last
    }

    subscript(id: TransactionName) -> LoginRecord? { records[id] }

    /// The login that the broker calls `number`.
    subscript(number: UInt64) -> LoginRecord? { names[number].flatMap { records[$0] } }

    /// Every login.
    var all: [LoginRecord] { Array(records.values) }

    mutating func insert(_ record: LoginRecord) {
        records[record.id] = record
        names[record.number] = record.id
    }

    mutating func remove(_ record: LoginRecord) {
        records[record.id] = nil
        names[record.number] = nil
    }
}
