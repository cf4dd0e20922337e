package import UsherClient

/// The sessions of a person, gathered page by page for the page that shows them.
///
/// Where hosts share sessions, a page may have none and name a next one all the same, a session may come on two pages,
/// and a store that always names a next page must not keep a request for ever.
package struct OwnSessions {
    /// Sessions that are enough.
    private static let enough = 200
    /// Pages that are asked for at most.
    package static let pages = 32

    /// The sessions, each once.
    package private(set) var sessions: [Session] = []
    /// Where the next page begins; nil after the last.
    package private(set) var next: String?
    private var known: Set<SessionHandle> = []
    private var count = 0
    private var isPartial = false

    /// No sessions yet.
    package init() {}

    /// Whether the next page is to be asked for.
    package var wantsMore: Bool {
        count == 0 || next != nil && count < Self.pages && sessions.count < Self.enough
    }

    /// Whether the person may have other sessions than these.
    package var mayBeMore: Bool { isPartial || next != nil }

    /// Takes a page.
    package mutating func add(_ page: SessionPage) {
        count += 1
        sessions += page.sessions.filter { known.insert($0.handle).inserted }
        (isPartial, next) = (isPartial || page.isPartial, page.next)
    }
}
