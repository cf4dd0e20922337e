/// Why a call to the daemon did not give its answer.
///
/// `description` is safe to show to anybody and to log: it is one fixed sentence for each code. What may help the
/// person who runs the host (which system call failed, and how) stands in `debugDescription` alone. Neither holds a
/// byte that was sent or received.
public struct UsherError: Error, Sendable, Hashable {
    /// What went wrong, to be compared with the constants of ``Code``.
    public let code: Code

    /// How long to wait before it is worth another try; only ``Code/rateLimited`` and ``Code/busy`` may tell.
    public let retryAfter: Duration?

    /// More for the person who runs the host; never sent bytes.
    package let detail: String

    /// An error of `code`.
    package init(_ code: Code, retryAfter: Duration? = nil, detail: String = "") {
        self.code = code
        self.retryAfter = retryAfter
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
}
