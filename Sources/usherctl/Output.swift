import CLinux
import UsherClient
import UsherToolSupport

/// Text that came from elsewhere, fit for a terminal: control characters (C0, DEL, C1) and marks that change the
/// direction of writing become `?`, so that nothing foreign can move the cursor or hide a line. With `keepsLines` line
/// feeds stay.
func sanitized(_ text: String, keepsLines: Bool = false) -> String {
    var clean = ""
    for scalar in text.unicodeScalars {
        if keepsLines, scalar == "\n" {
            clean.unicodeScalars.append(scalar)
            continue
        }
        let isDirection = (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
        clean.unicodeScalars.append(isControl || isDirection ? "?" : scalar)
    }
    return clean
}

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

extension Session {
    /// A line for each member, for a person.
    var rows: [[String]] {
        var rows = [
            ["handle", handle.text], ["user", uid.map { "\(user) (uid \($0))" } ?? user],
            ["service", "\(service) (realm \(realm))"], ["methods", methods.joined(separator: " ")],
            ["authenticated", authenticated.description], ["created", created.description],
            ["last seen", lastSeen.description], ["ends if idle", idleExpires.description],
            ["ends", expires.description],
        ]
        for (name, value) in context.sorted(by: { $0.key < $1.key }) { rows.append(["context \(name)", value]) }
        for (name, value) in data { rows.append(["data \(name)", value]) }
        return rows
    }
}
