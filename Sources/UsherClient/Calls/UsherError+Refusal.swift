internal import UsherWire

extension UsherError {
    /// The error for a refusal of the daemon. A number that this version does not know becomes `internalError`.
    init(_ refusal: Response.ErrorObject) {
        self.init(
            refusal.code.map(Code.init) ?? .internalError, retryAfter: refusal.retryAfter,
            messages: refusal.messages.map(Challenge.Prompt.init),
            detail: refusal.missing?.text() ?? refusal.quota?.text ?? refusal.pending?.text
                ?? "the daemon answered \(refusal.number)")
        missing = refusal.missing
        pending = refusal.pending.map { PendingChange(until: $0.until) }
    }
}

extension UsherError.Code {
    /// The code that stands for the protocol's.
    init(_ code: ErrorCode) {
        self =
            switch code {
            case .parse, .invalidRequest, .unknownMethod, .invalidParams: .invalidRequest
            case .internal: .internalError
            case .denied: .denied
            case .passwordChangeRequired: .passwordChangeRequired
            case .accountExpired: .accountExpired
            case .notPermitted: .notPermitted
            case .changeFailed: .changeFailed
            case .rateLimited: .rateLimited
            case .busy: .busy
            case .unavailable: .unavailable
            case .timeout: .loginTimedOut
            case .cancelled: .cancelled
            case .forbidden: .forbidden
            case .noSuchSession: .noSuchSession
            case .noSuchTransaction: .noSuchTransaction
            case .unknownService: .unknownService
            case .quotaExceeded: .quotaExceeded
            case .conflict: .conflict
            case .tooLarge: .tooLarge
            case .unsupported: .unsupported
            }
    }
}

extension PendingChange {
    /// How far it is, for the person who runs the host.
    fileprivate var text: String {
        guard let until else { return "the sessions have ended here; the other hosts are still being told" }
        return "the sessions have ended here, and end on every host within \(until.components.seconds + 1) s"
    }
}

extension Quota {
    /// What is used up, for the person who runs the host.
    fileprivate var text: String {
        switch self {
        case .capacity: "limits.capacity is used up"
        case .memory: "limits.memory is used up"
        case .sessionsPerUser: "limits.sessions_per_user is used up"
        case .labels: "there are too many services and lists of methods"
        case .boards: "the connection has the board already"
        }
    }
}
