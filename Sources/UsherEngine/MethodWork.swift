internal import UsherWire

/// What requests cost beyond what their bytes pay for, in nanoseconds of processor time.
///
/// The amounts are what the handling of each took on a machine of 2026, measured at the daemon's socket in a release
/// build, less 7 a byte of the request. They are estimates, and so are the shares that they are charged to: what matters is
/// that a request which costs a hundred pings is not counted as one.
enum MethodWork {
    /// A request of that method, as far as the method alone tells.
    @inline(__always)
    static func base(of method: Method) -> Int {
        switch method {
        case .validate, .touch, .ping, .unknown: 0
        case .hello: 1600
        case .rotate, .create: 8000
        case .update, .revoke, .subscribe, .authCancel: 1000
        case .list: 2000
        case .revokeAll: 3000
        case .attachBoard: 3000
        case .authStart: 30_000
        case .authRespond: 10_000
        // Figures of the process come from proc(5).
        case .stats: 150_000
        case .listLimits, .clearLimits: 3000
        }
    }

    /// An event that is offered to one subscriber: whoever causes it pays. For sending it the owner of the subscription
    /// pays.
    static let event = 250
    /// An entry of the table of failures; a request for all names looks at every one, and one that forgives all writes it.
    static let limitedAccount = 8
    static let clearedLimitedAccount = 32
    /// A part of everybody's sessions that is looked at.
    static let everybody = 30_000
    /// A session that ends.
    static let endedSession = 500
}
