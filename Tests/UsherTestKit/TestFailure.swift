import CLinux

/// Why a step of a test did not come to its end.
package struct TestFailure: Error, CustomStringConvertible {
    /// What happened, for the one who reads the test's output.
    package let description: String

    /// A failure with this description.
    package init(_ description: String) { self.description = description }

    /// The failure of a system call that has just returned.
    package static func last(_ call: String) -> TestFailure {
        TestFailure("\(call): \(String(cString: strerror(usher_errno())))")
    }
}
