internal import UsherLogin
internal import UsherSessions
internal import UsherWire

/// Why a request gets an error instead of a result. Thrown before anything has changed.
struct Refusal: Error {
    let code: ErrorCode
    let retryAfter: Duration?

    init(_ code: ErrorCode, retryAfter: Duration? = nil) {
        self.code = code
        self.retryAfter = retryAfter
    }

    init(_ fault: WireFault) { self.init(fault.code) }

    init(_ error: LedgerError) {
        switch error.code {
        case .full, .userQuota, .usersFull, .contextsFull, .dataFull, .labelsFull: self.init(.quotaExceeded)
        case .contextTooLarge, .dataTooLarge, .labelSize: self.init(.tooLarge)
        case .userName: self.init(.invalidParams)
        case .conflict: self.init(.conflict)
        case .noSuchSession: self.init(.noSuchSession)
        case .duplicateToken: self.init(.internal)
        }
    }

    init(_ misfit: LoginTable.Misfit) {
        switch misfit {
        case .full(let retryAfter): self.init(.busy, retryAfter: retryAfter)
        case .noSuchTransaction: self.init(.noSuchTransaction)
        case .unexpectedAnswers: self.init(.invalidParams)
        }
    }

    init(_ refusal: LoginRefusal) {
        switch refusal {
        case .denied: self.init(.denied)
        case .passwordChangeRequired: self.init(.passwordChangeRequired)
        case .accountExpired: self.init(.accountExpired)
        case .notPermitted: self.init(.notPermitted)
        case .changeFailed: self.init(.changeFailed)
        case .busy(let retryAfter): self.init(.busy, retryAfter: retryAfter)
        case .unavailable: self.init(.unavailable)
        case .timeout: self.init(.timeout)
        case .cancelled: self.init(.cancelled)
        }
    }
}
