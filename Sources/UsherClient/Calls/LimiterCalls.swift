internal import UsherWire

// `limiter.*`: how each is written and read.
extension ConnectionDriver {
    /// `limiter.list`.
    func limits(of user: String?) throws(UsherError) -> Call<LimiterReport> {
        try prepare(.idempotent) { frame, id in
            frame.writeLimiter(.listLimits, id: id, user: user)
        } read: { result, _ throws(Refusal) in
            let list = try LimiterList(result.all, in: result)
            return LimiterReport(names: list.entries.map(LimitedName.init), isCut: list.isCut)
        }
    }

    /// `limiter.clear`.
    package func clearLimits(of user: String?) throws(UsherError) -> Call<Void> {
        try prepare(.idempotent) { frame, id in
            frame.writeLimiter(.clearLimits, id: id, user: user)
        } read: { result, _ throws(Refusal) in
            try result.requireObject()
        }
    }
}

extension LimitedName {
    fileprivate init(_ entry: LimiterEntry) {
        user = entry.user
        realm = entry.realm
        failures = Int(entry.failures)
        failuresOfKnownSources = Int(entry.failuresOfKnownSources)
        retryAfter = entry.retryAfter
        retryAfterOfKnownSources = entry.retryAfterOfKnownSources
        isCapped = entry.isCapped
    }
}
