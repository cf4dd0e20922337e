/// A failure that the tool itself finds: a sentence for the person, and the exit status.
package struct ToolError: Error {
    /// How the program ends.
    package let status: ExitStatus
    /// A sentence.
    package let message: String

    /// An error of the tool itself.
    package init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }
}
