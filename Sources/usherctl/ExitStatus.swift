import UsherClient

/// How the program ends. Thrown by a command that has said all there is to say.
enum ExitStatus: Int32, Error {
    case done = 0
    /// The daemon said no: denied, not valid, not allowed.
    case refused = 1
    case wrongUsage = 2
    /// The daemon could not be asked, or could not answer, or its answer could not be written.
    case unanswered = 3

    /// What an error of the library comes to.
    init(_ error: UsherError) {
        switch error.code {
        case .unreachable, .queueTimedOut, .answerTimedOut, .connectionLost, .untrustedServer, .protocolViolation,
            .closed,
            .busy, .unavailable, .internalError:
            self = .unanswered
        case .invalidArgument, .invalidRequest, .tooLarge: self = .wrongUsage
        default: self = .refused
        }
    }
}
