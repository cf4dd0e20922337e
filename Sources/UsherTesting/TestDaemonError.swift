internal import UsherPOSIX

/// Why a ``TestDaemon`` does not run.
public struct TestDaemonError: Error, CustomStringConvertible {
    /// What is wrong, and what the daemon wrote.
    public let description: String

    init(_ description: String) { self.description = description }

    init(_ subject: String, _ cause: SystemError) { self.init("\(subject): \(cause)") }
}
