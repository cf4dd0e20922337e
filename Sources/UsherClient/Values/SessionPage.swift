/// Part of a list of sessions.
public struct SessionPage: Sendable {
    /// The sessions, without their data.
    public let sessions: [Session]
    /// Where the next page begins; nil on the last.
    public let next: String?
    /// Whether there may be sessions on other hosts that no page has: only those that the daemon's own host has seen
    /// are listed. Never true where hosts do not share sessions.
    public let isPartial: Bool

    /// A page for a test.
    public init(sessions: [Session], next: String? = nil, isPartial: Bool = false) {
        self.sessions = sessions
        self.next = next
        self.isPartial = isPartial
    }
}
