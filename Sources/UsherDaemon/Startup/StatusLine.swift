internal import CLinux
internal import UsherEngine
internal import UsherEventLoop
internal import UsherPOSIX

/// `STATUS=` of the service, as `systemctl status` shows it: sent when it has changed, and at most once a second. While
/// nothing changes there is no timer.
final class StatusLine {
    /// Nanoseconds between two tellings.
    private static let pause: Int64 = 1_000_000_000

    private var timer: EventTimer?
    private var told: String?
    private var latest = ""
    private var earliest: Int64 = 0
    /// A remark behind the figures; empty if there is none.
    var remark = "" { didSet { note(status) } }
    private var status = EngineStatus()

    /// A line that is told from `loop`.
    init(_ loop: EventLoop) throws(SystemError) {
        timer = try loop.timer { [unowned self] in
            timer?.fired()
            tell()
        }
    }

    /// The figures are these now.
    func note(_ status: EngineStatus) {
        self.status = status
        latest = text
        if latest != told { timer?.arm(at: max(earliest, usher_boottime())) }
    }

    /// Tells it now, in one message with `states`.
    func tell(with states: String = "") {
        latest = text
        guard latest != told || !states.isEmpty else { return }
        told = latest
        earliest = usher_boottime() + Self.pause
        ServiceManager.notify("\(states)STATUS=\(latest)")
    }

    private var text: String {
        "Sessions: \(status.sessions), logins: \(status.logins), connections: \(status.connections)\(remark)"
    }
}
