/// What keeps a command from being done, beside what the library says: a sentence for the person, and the exit status.
struct ToolError: Error {
    let status: ExitStatus
    let message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }
}
