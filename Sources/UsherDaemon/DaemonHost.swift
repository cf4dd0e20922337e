internal import CLinux
internal import UsherEngine
internal import UsherEventLoop
internal import UsherPAMWire
internal import UsherServer
internal import UsherWire

/// Passes the engine's requests on: to the server, the link to the broker, the journal, the timers.
final class DaemonHost: EngineHost {
    let link: BrokerLink
    let journal: Journal
    weak var server: SocketServer?
    var cluster: ClusterLink?
    var timer: EventTimer?
    var journalTimer: EventTimer?
    var status: StatusLine?
    var process = ProcessFigures()
    /// The policy in effect, once there is one.
    var policy: () -> Policy? = { nil }
    /// Callers that were turned away.
    var refused: () -> UInt64 = { 0 }

    init(link: BrokerLink, journal: Journal) {
        self.link = link
        self.journal = journal
    }

    func deliver(_ frame: Span<UInt8>, to id: ConnectionID) { server?.deliver(frame, to: id) }

    func post(_ event: Span<UInt8>, to ids: [ConnectionID]) -> [ConnectionID] { server?.post(event, to: ids) ?? [] }

    func dismiss(_ id: ConnectionID, with frame: Span<UInt8>) { server?.dismiss(id, with: frame) }

    func send(_ request: borrowing PAMRequest) -> BrokerSending {
        switch link.send(request) {
        case .sent: .sent
        case .full: .full
        case .refused: .unreachable
        }
    }

    func wake(at deadline: Int64?) { timer?.arm(at: deadline) }

    var figures: [Figure] {
        process.figures(journal: journal, refused: refused(), cutOff: server?.cutOffs ?? 0)
            + [Figure("broker_connected", link.isConnected ? 1 : 0)]
            + (cluster.map { [Figure("cluster_store_connected", $0.isUp ? 1 : 0)] } ?? [])
    }

    func changed(_ status: EngineStatus) { self.status?.note(status) }

    func record(_ entry: JournalEntry) {
        let now = usher_boottime()
        journal.record(entry, at: now, by: policy())
        journalTimer?.arm(at: journal.deadline(at: now))
    }

    /// A second of entries is over, or the output is to be tried again.
    func settleJournal() {
        let now = usher_boottime()
        journalTimer?.fired()
        journal.settle(at: now)
        journalTimer?.arm(at: journal.deadline(at: now))
    }
}
