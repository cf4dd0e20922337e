internal import UsherWire

/// What requests cost beyond what their bytes pay for, in nanoseconds of processor time.
///
/// Each amount was measured at the daemon's socket, in a release build on a machine of 2026, less 7 for each byte of
/// the request. The amounts are estimates, and so are the shares that are charged: a request that costs a hundred pings
/// must not count as one.
enum MethodWork {
    /// A request of that method, as far as the method alone tells.
    @inline(__always)
    static func base(of method: Method) -> Int {
        switch method {
        case .validate, .touch, .ping, .unknown: 0
        case .hello: 1600
        case .rotate: 8000
        case .create: 20_000
        case .update, .revoke, .subscribe, .authCancel, .claim: 1000
        case .list: 2000
        case .revokeAll: 3000
        case .attachBoard: 3000
        case .authStart: 30_000
        case .authRespond: 10_000
        // Figures of the process come from proc(5).
        case .stats: 150_000
        case .listLimits, .clearLimits, .forgetMember, .leaveCluster: 3000
        case .clusterStatus: 10_000
        }
    }

    /// A byte of a session's data that is read, or written, by a change.
    static let dataByte = 7
    /// A record of a page of a user's sessions on all hosts, which is opened when the store has answered. The page is
    /// paid for when it is asked for, as if it were full.
    static let listedRecord = 2000
    /// An event that is offered to one subscriber. The peer that causes the event pays for the offer; the
    /// subscription's owner pays for sending it.
    static let event = 250
    /// An entry of the limiter's table, as read by a request for all names, or as cleared by one that forgives all.
    static let limitedAccount = 8
    static let clearedLimitedAccount = 32
    /// One part of everybody's sessions, listed or ended.
    static let everybody = 30_000
    /// A session that ends.
    static let endedSession = 500
}
