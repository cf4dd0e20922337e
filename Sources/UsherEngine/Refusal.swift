internal import UsherLogin
internal import UsherSessions
internal import UsherWire

/// Why a request gets an error instead of a result. Thrown before anything has changed.
struct Refusal: Error {
    let code: ErrorCode
    let retryAfter: Duration?
    /// What the peer lacks, of `forbidden`.
    let missing: MissingRight?

    init(_ code: ErrorCode, retryAfter: Duration? = nil) {
        self.code = code
        self.retryAfter = retryAfter
        missing = nil
    }

    init(_ missing: MissingRight) {
        code = .forbidden
        retryAfter = nil
        self.missing = missing
    }

    init(_ fault: WireFault) { self.init(fault.code) }

    init(_ error: LedgerError) {
        switch error.code {
        case .full, .userQuota, .usersFull, .contextsFull, .dataFull, .labelsFull: self.init(ErrorCode.quotaExceeded)
        case .contextTooLarge, .dataTooLarge, .labelSize: self.init(ErrorCode.tooLarge)
        case .userName: self.init(ErrorCode.invalidParams)
        case .conflict: self.init(ErrorCode.conflict)
        case .noSuchSession: self.init(ErrorCode.noSuchSession)
        case .duplicateToken: self.init(ErrorCode.internal)
        }
    }

    init(_ misfit: LoginMisfit) {
        switch misfit {
        case .full(let retryAfter): self.init(ErrorCode.busy, retryAfter: retryAfter)
        case .noSuchTransaction: self.init(ErrorCode.noSuchTransaction)
        case .unexpectedAnswers: self.init(ErrorCode.invalidParams)
        }
    }

    init(_ refusal: LoginRefusal) {
        switch refusal {
        case .denied: self.init(ErrorCode.denied)
        case .passwordChangeRequired: self.init(ErrorCode.passwordChangeRequired)
        case .accountExpired: self.init(ErrorCode.accountExpired)
        case .notPermitted: self.init(ErrorCode.notPermitted)
        case .changeFailed: self.init(ErrorCode.changeFailed)
        case .busy(let retryAfter): self.init(ErrorCode.busy, retryAfter: retryAfter)
        case .unavailable: self.init(ErrorCode.unavailable)
        case .timeout: self.init(ErrorCode.timeout)
        case .cancelled: self.init(ErrorCode.cancelled)
        }
    }
}
