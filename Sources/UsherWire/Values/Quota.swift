/// What is used up, of `quota_exceeded` (PROTOCOL.md, Errors).
package enum Quota: String, Hashable, Sendable, CaseIterable {
    /// `limits.capacity`: sessions in all, or those that issuers may make.
    case capacity
    /// `limits.memory`: the memory of all sessions.
    case memory
    /// `limits.sessions_per_user`: sessions of the user in the realm.
    case sessionsPerUser = "sessions_per_user"
    /// Names of services and lists of methods.
    case labels
    /// Boards of a connection.
    case boards
}

extension FrameBuffer {
    /// A member of `error.data`.
    package mutating func quota(_ quota: Quota) {
        key("quota")
        value(quota.rawValue)
    }
}
