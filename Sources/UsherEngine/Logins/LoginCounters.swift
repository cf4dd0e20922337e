internal import UsherWire

/// How logins ended, by the reason that the client got.
struct LoginCounters {
    /// Reasons with a figure of their own, `logins_` and the reason; all others are `logins_failed_otherwise`.
    static let reasons: [ErrorCode] = [
        .denied, .rateLimited, .passwordChangeRequired, .accountExpired, .notPermitted, .changeFailed, .busy,
        .unavailable, .timeout, .cancelled,
    ]

    private var refused = [UInt64](repeating: 0, count: LoginCounters.reasons.count)
    private var otherwise: UInt64 = 0

    /// A login ended with that error.
    mutating func count(_ code: ErrorCode) {
        if let place = Self.reasons.firstIndex(of: code) { refused[place] += 1 } else { otherwise += 1 }
    }

    /// What `server.stats` shows.
    var figures: [Figure] {
        zip(Self.reasons, refused).map { Figure("logins_\($0.reason)", Int64(clamping: $1)) }
            + [Figure("logins_failed_otherwise", Int64(clamping: otherwise))]
    }
}
