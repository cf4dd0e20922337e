/// The methods of the protocol.
package enum Method: CaseIterable, Sendable {
    case validate, touch, rotate, update, list, revoke, revokeAll, create
    case authStart, authRespond, authCancel
    case claim
    case hello, ping, stats
    case subscribe, attachBoard, listLimits, clearLimits
    case clusterStatus, forgetMember
    case leaveCluster
    /// A name that is no method of the protocol; the answer is `unknownMethod`.
    case unknown

    /// As it stands in `method`; empty for `unknown`.
    @inline(__always)
    package var name: StaticString {
        switch self {
        case .validate: "session.validate"
        case .touch: "session.touch"
        case .rotate: "session.rotate"
        case .update: "session.update"
        case .list: "session.list"
        case .revoke: "session.revoke"
        case .revokeAll: "session.revoke_all"
        case .create: "session.create"
        case .authStart: "auth.start"
        case .authRespond: "auth.respond"
        case .authCancel: "auth.cancel"
        case .claim: "code.claim"
        case .hello: "server.hello"
        case .ping: "server.ping"
        case .stats: "server.stats"
        case .subscribe: "events.subscribe"
        case .attachBoard: "board.attach"
        case .listLimits: "limiter.list"
        case .clearLimits: "limiter.clear"
        case .clusterStatus: "cluster.status"
        case .forgetMember: "cluster.forget"
        case .leaveCluster: "cluster.leave"
        case .unknown: ""
        }
    }

    /// The method that `text` names. Compares with `session.validate` first, the most frequent one.
    @inline(__always)
    static func named(_ text: JSONText, in bytes: Span<UInt8>) -> Method {
        if text.equals("session.validate", in: bytes) { return .validate }
        return other(text, bytes)
    }

    private static func other(_ text: JSONText, _ bytes: Span<UInt8>) -> Method {
        for method in allCases where method != .unknown && text.equals(method.name, in: bytes) { return method }
        return .unknown
    }
}
