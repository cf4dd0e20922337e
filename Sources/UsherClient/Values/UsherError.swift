internal import UsherWire

/// Why a call to the daemon did not give its answer.
///
/// `description` is safe to show to anybody and to log: it is one fixed sentence for each code. Details for the
/// administrator (the system call that failed and its error; the role that a configuration entry does not grant)
/// stand in `debugDescription` alone. Neither holds a byte that a user of the tool has typed; what PAM says to the
/// person is apart, in ``messages``.
public struct UsherError: Error, Sendable, Hashable {
    /// What went wrong, to be compared with the constants of ``Code``.
    public let code: Code

    /// How long to wait before it is worth another try; nil where the error does not say. Only of ``Code/rateLimited``,
    /// ``Code/busy`` and ``Code/unavailable``.
    public let retryAfter: Duration?

    /// An end of sessions that has begun, on a host that shares sessions with others; nil for all other failures. Only
    /// of ``Code/unavailable``, from a call that revokes.
    ///
    /// The end is in effect on this host and goes on by itself on all others.
    public internal(set) var pending: PendingChange?

    /// What is known of a change that has begun and goes on.
    public struct PendingChange: Sendable, Hashable {
        /// How long after the answer no host accepts the old state any more, not even one that cannot be reached. Nil
        /// where that is not known yet.
        public let until: Duration?

        /// A change that is in effect everywhere after `until`, for a test.
        public init(until: Duration?) { self.until = until }
    }

    /// What PAM says about a refused login, to be shown to the person; mostly nothing. Styles ``Challenge/Style/info``
    /// and ``Challenge/Style/error`` alone. A text may contain control characters: do not write it to a terminal
    /// unchanged.
    public let messages: [Challenge.Prompt]

    /// More for the person who runs the host; it never contains bytes that were sent.
    package let detail: String

    /// The right that the daemon's configuration does not grant; only of ``Code/forbidden``.
    var missing: MissingRight?

    /// An error of `code`, with more for the person who runs the host.
    package init(
        _ code: Code, retryAfter: Duration? = nil, messages: [Challenge.Prompt] = [], detail: String
    ) {
        self.code = code
        self.retryAfter = retryAfter
        self.messages = messages
        self.detail = detail
    }
}

extension UsherError: CustomStringConvertible, CustomDebugStringConvertible {
    /// The fixed sentence of the code.
    public var description: String { code.description }

    /// The code's name, its sentence and the detail.
    public var debugDescription: String {
        let ground = "\(code.name): \(code.description)"
        return detail.isEmpty ? ground : "\(ground) (\(detail))"
    }

    /// The uid that the daemon refused with ``Code/forbidden``; nil if the answer does not name it.
    package var refusedUID: UInt32? { missing?.uid }

    /// One line for the person who runs the host; `userName` is the name of ``refusedUID``, where it is known.
    package func text(userName: String?) -> String {
        missing.map { "\(code.name): \($0.text(userName: userName))" } ?? debugDescription
    }
}
