import CLinux
import UsherClient
import UsherPOSIX
import UsherctlText

// Questions to the person at the terminal, whatever standard input and output are. What is typed goes byte by byte into
// a `Secret`. While nothing is shown, the signals that end a process first put the terminal back; the one that stops it
// is ignored, because the shell would otherwise get a terminal that shows nothing.

/// The terminal of this process.
struct Terminal: ~Copyable {
    private let descriptor: Int32

    /// open(2) of /dev/tty; nil where there is none.
    init?() {
        let descriptor = unsafe usher_open("/dev/tty", O_RDWR | O_NOCTTY, 0)
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Shows lines.
    func show(_ text: String) { put(sanitized(text, keepsLines: true) + "\n") }

    /// Asks, and reads a line.
    func ask(_ question: String, isVisible: Bool = false) -> SecretRead {
        let before = isVisible ? nil : hideTyping()
        defer { if let before { showTyping(before) } }
        put(sanitized(question, keepsLines: true) + (question.hasSuffix(" ") ? "" : " "))
        return readSecret(from: descriptor)
    }

    private func put(_ text: String) {
        var text = text
        text.withUTF8 { bytes in _ = unsafe write(descriptor, bytes.baseAddress, bytes.count) }
    }

    private func hideTyping() -> termios? {
        var before = termios()
        guard unsafe tcgetattr(descriptor, &before) == 0 else { return nil }
        unsafe savedTerminal.pointee = (descriptor, before)
        for number in endingSignals { handle(number, restoreAndEnd) }
        handle(SIGTSTP) { _ in }
        var hidden = before
        hidden.c_lflag &= ~tcflag_t(ECHO | ECHOE | ECHOK | ECHONL)
        return unsafe tcsetattr(descriptor, TCSAFLUSH, &hidden) == 0 ? before : nil
    }

    private func showTyping(_ before: termios) {
        var before = before
        _ = unsafe tcsetattr(descriptor, TCSAFLUSH, &before)
        for number in endingSignals + [SIGTSTP] { handle(number, nil) }
        put("\n")
    }
}

private let endingSignals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

/// What the handler puts back. A pointer and not a variable, so that the handler runs no code of Swift's runtime.
private nonisolated(unsafe) let savedTerminal: UnsafeMutablePointer<(descriptor: Int32, state: termios)> = {
    let saved = UnsafeMutablePointer<(descriptor: Int32, state: termios)>.allocate(capacity: 1)
    unsafe saved.initialize(to: (-1, termios()))
    return unsafe saved
}()

/// tcsetattr(3), signal(2) and raise(3) are safe in a handler (signal-safety(7)).
private func restoreAndEnd(_ number: Int32) {
    _ = unsafe tcsetattr(savedTerminal.pointee.descriptor, TCSAFLUSH, &savedTerminal.pointee.state)
    _ = signal(number, nil)  // SIG_DFL
    raise(number)
}

/// signal(2); nil is SIG_DFL.
private func handle(_ number: Int32, _ handler: (@convention(c) (Int32) -> Void)?) { _ = signal(number, handler) }
