/// The codes of `error.code`: those of JSON-RPC 2.0 (section 5.1) and Usher's own. Stable; new ones are added at the
/// end.
package enum ErrorCode: Int64, CaseIterable, Sendable {
    case parse = -32700
    case invalidRequest = -32600
    case unknownMethod = -32601
    case invalidParams = -32602
    case `internal` = -32603
    case denied = 1001
    case passwordChangeRequired = 1002
    case accountExpired = 1003
    case notPermitted = 1004
    case changeFailed = 1005
    case rateLimited = 1006
    case busy = 1007
    case unavailable = 1008
    case timeout = 1009
    case cancelled = 1010
    case forbidden = 1011
    case noSuchSession = 1012
    case noSuchTransaction = 1013
    case unknownService = 1014
    case quotaExceeded = 1015
    case conflict = 1016
    case tooLarge = 1017
    case unsupported = 1018

    /// `error.data.reason`, the stable name.
    package var reason: StaticString {
        switch self {
        case .parse: "parse_error"
        case .invalidRequest: "invalid_request"
        case .unknownMethod: "method_not_found"
        case .invalidParams: "invalid_params"
        case .internal: "internal_error"
        case .denied: "denied"
        case .passwordChangeRequired: "password_change_required"
        case .accountExpired: "account_expired"
        case .notPermitted: "not_permitted"
        case .changeFailed: "change_failed"
        case .rateLimited: "rate_limited"
        case .busy: "busy"
        case .unavailable: "unavailable"
        case .timeout: "timeout"
        case .cancelled: "cancelled"
        case .forbidden: "forbidden"
        case .noSuchSession: "no_such_session"
        case .noSuchTransaction: "no_such_transaction"
        case .unknownService: "unknown_service"
        case .quotaExceeded: "quota_exceeded"
        case .conflict: "conflict"
        case .tooLarge: "too_large"
        case .unsupported: "unsupported"
        }
    }

    /// `error.message`: a fixed text for people, never anything that a peer or a PAM module said.
    package var message: StaticString {
        switch self {
        case .parse: "The frame is not valid JSON"
        case .invalidRequest: "The message is not a valid request"
        case .unknownMethod: "There is no such method"
        case .invalidParams: "A parameter is missing or wrong"
        case .internal: "Something went wrong inside the daemon"
        case .denied: "Login refused"
        case .passwordChangeRequired: "The password must be changed first"
        case .accountExpired: "The account has expired"
        case .notPermitted: "The account may not log in here or now"
        case .changeFailed: "The password was not changed"
        case .rateLimited: "Too many attempts"
        case .busy: "Too much is going on already"
        case .unavailable: "The authentication service is not available"
        case .timeout: "The login took too long"
        case .cancelled: "The login was cancelled"
        case .forbidden: "This peer may not do that"
        case .noSuchSession: "There is no such session"
        case .noSuchTransaction: "There is no such login in progress"
        case .unknownService: "There is no such service for this peer"
        case .quotaExceeded: "A quota is used up"
        case .conflict: "The session has changed meanwhile"
        case .tooLarge: "A value is too large"
        case .unsupported: "This is not offered here"
        }
    }

    /// Whether the connection ends after the answer: nothing behind a broken frame can be trusted.
    package var closesConnection: Bool { self == .parse }

    /// Whether the answer always says when to try again (`error.data.retry_after_ms`). `unavailable` may say it.
    package var carriesRetryAfter: Bool { self == .rateLimited || self == .busy }
}
