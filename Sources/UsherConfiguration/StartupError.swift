package import UsherPOSIX

/// Why the daemon does not start; the text is for the person who started it.
package struct StartupError: Error, Equatable, CustomStringConvertible {
    /// One sentence: what is wrong, and where.
    package let description: String

    /// An error that says `description`.
    package init(_ description: String) { self.description = description }

    /// An error of a system call on `subject`.
    package init(_ subject: String, _ cause: SystemError) {
        self.init("\(subject): \(cause)")
    }
}
