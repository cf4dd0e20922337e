#if Web
    import HTTPTypes
    import Hummingbird
    import UsherClient
    import UsherWeb

    /// The text and status for a login that did not succeed. The status is 422, 429 or 503: 401 would need a challenge
    /// of HTTP's own, and proxies act on it.
    struct RefusalNotice {
        let status: HTTPResponse.Status
        let text: String
        /// Seconds until another try is worth it; nil if unknown.
        let retryAfter: Int64?

        init(_ error: UsherError) {
            retryAfter = error.retryAfter.map { max($0.components.seconds, 1) }
            switch error.code {
            case .denied, .invalidArgument:
                (status, text) = (.unprocessableContent, "User name or password are not right.")
            case .rateLimited:
                let wait = retryAfter.map { "\($0) seconds" } ?? "a while"
                (status, text) = (.tooManyRequests, "Too many attempts. Please wait \(wait) before the next.")
            case .cancelled, .loginTimedOut, .noSuchTransaction, .connectionLost, .noSuchSession:
                (status, text) = (.unprocessableContent, "That took too long or was interrupted. Please start again.")
            case .passwordChangeRequired, .accountExpired, .notPermitted, .changeFailed, .quotaExceeded:
                (status, text) = (.unprocessableContent, error.description)
            default: (status, text) = (.serviceUnavailable, "Nobody can log in right now. Please try again.")
            }
        }
    }

    extension WebTool {
        /// The form could not be read.
        func unreadable(_ refusal: FormBody.Refusal) -> Response {
            page(
                "That could not be read", status: HTTPResponse.Status(code: refusal.status),
                "<p>Go back and try again with other characters or less text.</p>")
        }
    }
#endif
