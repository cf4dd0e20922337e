/// Why a frame is refused. It carries nothing of the frame.
package enum WireFault: Error, Equatable, Sendable {
    /// Not JSON as we read it (RFC 8259, valid UTF-8, depth): the connection is closed after the answer.
    case malformed
    /// JSON, but not a request of JSON-RPC 2.0 as we offer it.
    case invalidRequest
    /// A member that we use is missing, of the wrong type, twice there, or out of range.
    case invalidParams
    /// A value is of the right kind, but over a size that `PROTOCOL.md` states.
    case tooLarge

    /// The code of the answer.
    package var code: ErrorCode {
        switch self {
        case .malformed: .parse
        case .invalidRequest: .invalidRequest
        case .invalidParams: .invalidParams
        case .tooLarge: .tooLarge
        }
    }

    /// Whether the connection ends after the answer: nothing behind a broken frame can be trusted.
    package var closesConnection: Bool { self == .malformed }
}
