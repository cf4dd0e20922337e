package import UsherClient

/// How the program ends. A command that has printed everything throws it.
package enum ExitStatus: Int32, Error {
    case done = 0
    /// The daemon said no: denied, not valid, not allowed.
    case refused = 1
    case wrongUsage = 2
    /// The daemon could not be asked, or could not answer, or its answer could not be written.
    case unanswered = 3
    /// A request that changes something was sent, and no answer came: it may have been done, whole or in part. Or the
    /// change has begun, and not all hosts that share the session have confirmed it.
    case unconfirmed = 4

    /// The status for an error of the library. `isChange`: the command changes something.
    package init(_ error: UsherError, ofChange isChange: Bool = false) {
        switch error.code {
        case .unavailable where error.pending != nil: self = .unconfirmed
        case .answerTimedOut, .connectionLost, .protocolViolation: self = isChange ? .unconfirmed : .unanswered
        case .unreachable, .queueTimedOut, .untrustedServer, .closed, .busy, .unavailable, .internalError:
            self = .unanswered
        case .invalidArgument, .invalidRequest, .tooLarge: self = .wrongUsage
        default: self = .refused
        }
    }
}
