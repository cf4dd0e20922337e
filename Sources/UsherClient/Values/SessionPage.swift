/// Part of a list of sessions.
public struct SessionPage: Sendable {
    /// The sessions, without their data.
    public let sessions: [Session]
    /// Where the next page begins; nil on the last.
    public let next: String?

    /// A page for a test.
    public init(sessions: [Session], next: String? = nil) {
        self.sessions = sessions
        self.next = next
    }
}
