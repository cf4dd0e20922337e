/// Sessions whose uses are to be reported to the store, and those of the report under way.
struct UseReports: Sendable {
    /// What came after the batch that is being reported.
    private var later: [SharedDigest] = []
    private var rest: [SharedDigest] = []
    /// The sessions of the report under way.
    private(set) var sent: [SharedDigest] = []
    /// A timer runs for the next report.
    var isPlanned = false

    /// How many sessions wait.
    var count: Int { later.count + rest.count }
    /// Whether there is anything to report.
    var isWanted: Bool { !rest.isEmpty || !later.isEmpty }
    /// Whether the batch that was due is not reported to its end.
    var isDraining: Bool { !rest.isEmpty }

    /// Adds a session.
    mutating func add(_ digest: SharedDigest) { later.append(digest) }

    /// Begins a report with the next sessions, at most `count`.
    mutating func next(_ count: Int) -> [SharedDigest] {
        if rest.isEmpty { swap(&rest, &later) }
        sent = Array(rest.suffix(count))
        rest.removeLast(sent.count)
        return sent
    }

    /// The report has ended.
    mutating func finish() { sent = [] }
}
