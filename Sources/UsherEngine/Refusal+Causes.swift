internal import UsherLogin
internal import UsherSessions
internal import UsherWire

/// What the parts of the engine refuse with, as the wire says it.
extension Refusal {
    /// What the ledger refused with.
    init(because error: LedgerError) {
        switch error.code {
        case .full: self.init(.capacity)
        case .userQuota: self.init(.sessionsPerUser)
        case .memoryFull, .usersFull, .contextsFull, .dataFull: self.init(.memory)
        case .labelsFull: self.init(.labels)
        case .contextTooLarge, .dataTooLarge, .labelSize: self.init(.tooLarge)
        case .userName: self.init(.invalidParams)
        case .conflict: self.init(.conflict)
        case .noSuchSession: self.init(.noSuchSession)
        case .duplicateToken: self.init(.internal)
        }
    }

    /// Why a request does not fit the logins in progress.
    init(because misfit: LoginMisfit) {
        switch misfit {
        case .full(let retryAfter): self.init(.busy, retryAfter: retryAfter)
        case .noSuchTransaction: self.init(.noSuchTransaction)
        case .unexpectedAnswers: self.init(.invalidParams)
        }
    }

    /// How a login ended.
    init(because refusal: LoginRefusal) {
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
