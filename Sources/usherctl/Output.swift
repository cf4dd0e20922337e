import CLinux
import UsherToolSupport
import UsherctlText

/// A line on standard output. Output that cannot be written ends the program: nobody may take its silence for an
/// answer.
func printLine(_ text: String) {
    var line = text + "\n"
    let failure = line.withUTF8 { bytes in
        var rest = unsafe bytes[...]
        while unsafe !rest.isEmpty {
            let written = unsafe write(1, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
            let number = usher_errno()
            if written < 0, number != EINTR { return number }
            unsafe rest = rest.dropFirst(max(0, written))
        }
        return 0
    }
    if failure == EPIPE { leave(with: .done) }  // only where SIGPIPE is ignored: the reader has had enough
    guard failure != 0 else { return }
    printError("usherctl: the output could not be written: write(2) failed with errno \(failure)")
    leave(with: .unanswered)
}

/// A line on standard error.
func printError(_ text: String) {
    var line = text + "\n"
    line.withUTF8 { bytes in _ = unsafe write(2, bytes.baseAddress, bytes.count) }
}

/// exit(3).
func leave(with status: ExitStatus) -> Never { exit(status.rawValue) }

/// Prints a value as a line of JSON.
func printJSON(_ value: JSONValue) {
    if let line = value.line() { printLine(line) }
}

/// Prints rows in columns, the first row being the heading.
func printTable(_ rows: [[String]]) {
    for line in TextTable(rows: rows).lines() { printLine(line) }
}
