package import Logging

/// The daemon's journal: entries as log messages with fields.
///
/// A peer causes an entry with each request that is refused, so each uid has a budget of these a second; what is over it is
/// counted and told in one entry. Everything else is rare or the price of a login.
package final class Journal {
    /// Entries of refusals in one second.
    static let budget = 20

    private let logger: Logger
    private var second: Int64 = 0
    private var refusals: [UInt32: Int] = [:]

    /// A journal that writes through `logger`.
    package init(_ logger: Logger) { self.logger = logger }

    /// Writes an entry; `now` is in seconds.
    package func record(_ entry: JournalEntry, at now: Int64) {
        if now != second { startSecond(now) }
        if let peer = entry.refusedPeer {
            refusals[peer, default: 0] += 1
            guard refusals[peer, default: 0] <= Self.budget else { return }
        }
        let (level, message, fields) = entry.line
        logger.log(level: level, "\(message)", metadata: fields.mapValues { .string($0) })
    }

    private func startSecond(_ now: Int64) {
        for (peer, count) in refusals where count > Self.budget {
            logger.warning(
                "entries left out", metadata: ["count": "\(count - Self.budget)", "peer_uid": "\(peer)"])
        }
        second = now
        refusals = [:]
    }
}

extension JournalEntry {
    /// The uid of the peer that can cause it at will.
    fileprivate var refusedPeer: UInt32? {
        switch self {
        case .forbidden(_, let peer): peer.uid
        case .loginRefused(_, _, _, let peer): peer
        default: nil
        }
    }

    /// Level, message and fields of the entry.
    fileprivate var line: (Logger.Level, String, [String: String]) {
        switch self {
        case .loggedIn(let user, let service, let handle, let renewed, let peer):
            (
                .info, renewed ? "session proven anew" : "logged in",
                ["user": user, "service": service, "handle": handle] + peer.fields
            )
        case .loginRefused(let user, let service, let reason, let peer):
            (.notice, "login refused", ["user": user, "service": service, "reason": reason, "peer_uid": "\(peer)"])
        case .loginBroken(let service, let what):
            (.error, "PAM stack broke down", ["service": service, "what": what])
        case .created(let user, let service, let handle, let peer):
            (.notice, "session issued", ["user": user, "service": service, "handle": handle] + peer.fields)
        case .rotated(let handle, let peer): (.info, "session rotated", ["handle": handle] + peer.fields)
        case .revoked(let count, let user, let peer):
            (.info, "sessions revoked", ["count": "\(count)", "user": user ?? ""].filter { $1 != "" } + peer.fields)
        case .expired(let count): (.info, "sessions expired", ["count": "\(count)"])
        case .evicted(let user, let handle):
            (.info, "session made room for a newer one", ["user": user, "handle": handle])
        case .memoryAdopted(let sessions): (.notice, "sessions taken over", ["sessions": "\(sessions)"])
        case .memoryDropped(let name, let why): (.error, "memory dropped", ["name": name, "why": why])
        case .tokensRefused(let count, let peer): (.warning, "tokens refused", ["count": "\(count)"] + peer.fields)
        case .limiterCleared(let user, let peer):
            (.notice, "limiter cleared", ["user": user ?? ""].filter { $1 != "" } + peer.fields)
        case .forbidden(let method, let peer): (.notice, "request forbidden", ["method": method] + peer.fields)
        }
    }
}

extension PeerCredentials {
    fileprivate var fields: [String: String] { ["peer_uid": "\(uid)", "peer_pid": "\(pid)"] }
}

private func + (left: [String: String], right: [String: String]) -> [String: String] {
    left.merging(right) { first, _ in first }
}
