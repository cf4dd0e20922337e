package import UsherClient
import UsherPOSIX

/// Why a command was not done, for a person and for a program.
package struct ToolFailure {
    /// How the program ends.
    package let status: ExitStatus
    /// One word, stable: the reason of the protocol where the daemon refused.
    package let reason: String
    /// A sentence.
    package let text: String
    /// The number of the protocol, where there is one.
    package private(set) var code: Int?
    /// How long to wait before it is worth another try.
    package private(set) var retryAfter: Duration?
    /// What PAM says to the person.
    package private(set) var messages: [String] = []
    /// The end of sessions that has begun and goes on, where it has.
    package private(set) var pending: UsherError.PendingChange?

    /// A failure that the tool itself found.
    package init(_ status: ExitStatus, _ reason: String, _ text: String) {
        self.status = status
        self.reason = reason
        self.text = text
    }

    /// The failure for an error of the tool.
    package init(_ error: ToolError) {
        let reason =
            switch error.status {
            case .wrongUsage: "usage"
            case .unanswered: "unreachable"
            case .unconfirmed: "unconfirmed"
            case .refused, .done: "refused"
            }
        self.init(error.status, reason, error.message)
    }

    /// The failure for an error of the library. If a command that changes something lost its answer, nobody knows
    /// whether it was done.
    package init(_ error: UsherError, ofChange isChange: Bool) {
        let status = ExitStatus(error, ofChange: isChange)
        if let pending = error.pending {
            self.init(status, "pending", Self.text(of: pending))
            (code, retryAfter, self.pending) = (error.code.number, error.retryAfter, pending)
            return
        }
        let name = error.refusedUID.flatMap { AccountDatabase.user($0).entry?.name }
        let wait = error.retryAfter.map { " Wait \(RelativeTime.long($0.wholeSeconds))." } ?? ""
        let doubt = status == .unconfirmed ? " It may have been done, whole or in part." : ""
        self.init(status, error.code.name, error.text(userName: name) + wait + doubt)
        code = error.code.number
        retryAfter = error.retryAfter
        messages = error.messages.map(\.words)
    }

    /// The commands that change something all end sessions.
    private static func text(of pending: UsherError.PendingChange) -> String {
        guard let until = pending.until else {
            return "The end has begun on this host and goes on; the other hosts get it once the store can be reached."
        }
        return "The end has begun and goes on; hosts that have not confirmed it stop by themselves within "
            + RelativeTime.long(until.wholeSeconds) + "."
    }

    /// For a person: what PAM says, then why.
    package var lines: [String] {
        messages.map { sanitized($0, keepsLines: true) } + ["usherctl: \(sanitized(text))"]
    }
}
