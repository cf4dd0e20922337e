internal import CLinux
internal import Synchronization
internal import UsherPOSIX

/// Writes entries to systemd-journald as fields, if standard error is a stream to it, else to standard error as lines.
///
/// It never waits. An entry that is not taken at once waits in a bounded queue, and is tried again before the next
/// entry and by ``flush()``. If the queue is full, the entry is lost and counted; once the queue has emptied, an entry
/// tells the number. Half of the queue is for entries that no client can cause at will. libsystemd's own sender is not
/// used, because it waits for a journal that does not read.
package final class JournalOutput: Sendable {
    /// Entries that may wait. With the longest ones this is a few hundred KiB.
    package static let room = 256
    /// Entries that may wait before no further one is taken that clients cause at will.
    package static let roomForClients = room / 2
    private static let socketPath = "/run/systemd/journal/socket"

    private struct State: ~Copyable {
        var socket: FileDescriptor?
        var waiting: [[UInt8]] = []
        var untold: UInt64 = 0
        var lost: UInt64 = 0
    }

    /// The program (SYSLOG_IDENTIFIER).
    private let identifier: String
    /// The journal's socket; nil for standard error.
    private let path: String?
    /// Whether standard error is a stream to the journal (`JOURNAL_STREAM` of systemd.exec(5)).
    private let isStream: Bool
    private let state: Mutex<State>

    /// The output that the environment asks for, of the program `identifier`.
    package convenience init(of identifier: String) {
        let isStream = Self.isJournalStream(unsafe getenv("JOURNAL_STREAM").map { unsafe String(cString: $0) })
        let isThere = unsafe access(Self.socketPath, W_OK) == 0
        self.init(of: identifier, path: isStream && isThere ? Self.socketPath : nil, isStream: isStream)
    }

    /// An output to the journal's socket at `path`, or to standard error where that is nil.
    package init(of identifier: String, path: String?, isStream: Bool = false) {
        self.identifier = identifier
        self.path = path
        self.isStream = isStream
        state = Mutex(State())
    }

    /// Whether `value`, `DEVICE:INODE`, names what standard error is (fstat(2)).
    static func isJournalStream(_ value: String?) -> Bool {
        var status = stat()
        guard let value, unsafe fstat(2, &status) == 0 else { return false }
        return value == "\(status.st_dev):\(status.st_ino)"
    }

    /// Entries lost so far.
    package var lost: UInt64 { state.withLock { $0.lost } }

    /// Whether entries wait.
    package var hasWaiting: Bool { state.withLock { !$0.waiting.isEmpty } }

    /// Writes an entry; `isAtWill`: a client can cause it with each request.
    package func write(_ record: JournalRecord, isAtWill: Bool = false) {
        let bytes = encoded(record)
        state.withLock { state in
            flush(&state)
            if state.waiting.isEmpty, send(bytes, &state) { return }
            if state.waiting.count < (isAtWill ? Self.roomForClients : Self.room) {
                state.waiting.append(bytes)
            } else {
                state.lost += 1
                state.untold += 1
            }
        }
    }

    /// Tries to send the entries that wait.
    package func flush() { state.withLock { flush(&$0) } }

    private func flush(_ state: inout State) {
        let sent = state.waiting.prefix { send($0, &state) }.count
        state.waiting.removeFirst(sent)
        guard state.untold > 0, state.waiting.isEmpty else { return }
        let told = JournalRecord(.entriesLost, .warning, ["count": "\(state.untold)"])
        if send(encoded(told), &state) { state.untold = 0 }
    }

    private func encoded(_ record: JournalRecord) -> [UInt8] {
        path == nil
            ? JournalFormat.line(record, isJournal: isStream) : JournalFormat.datagram(record, from: identifier)
    }

    // MARK: Sending

    /// Whether the entry was taken. True as well if standard error can never take it.
    private func send(_ bytes: [UInt8], _ state: inout State) -> Bool {
        guard let path else { return print(bytes) }
        let descriptor = state.socket?.number ?? -1
        if deliver(bytes, to: descriptor) { return true }
        if usher_errno() == EAGAIN { return false }
        // There is no connection yet, or a journal that was started anew has a new socket.
        return connect(path, &state) && deliver(bytes, to: state.socket?.number ?? -1)
    }

    private func connect(_ path: String, _ state: inout State) -> Bool {
        guard let socket = try? FileDescriptor(usher_unix_socket(CInt(SOCK_DGRAM.rawValue), 1), "socket"),
            unsafe usher_connect(socket.number, path) == 0
        else { return false }
        state.socket = consume socket
        return true
    }

    private func deliver(_ bytes: [UInt8], to descriptor: CInt) -> Bool {
        unsafe bytes.withUnsafeBytes { unsafe usher_send(descriptor, $0.baseAddress, $0.count, -1) } >= 0
    }

    /// Standard error may be a socket, a file or a terminal, which take a line at once, or a pipe, which is asked
    /// first.
    private func print(_ bytes: [UInt8]) -> Bool {
        unsafe bytes.withUnsafeBytes {
            let sent = unsafe usher_send(2, $0.baseAddress, $0.count, -1)
            if sent >= 0 { return true }
            guard usher_errno() == ENOTSOCK else { return usher_errno() != EAGAIN }
            guard Self.hasRoom else { return false }
            _ = unsafe CLinux.write(2, $0.baseAddress, $0.count)
            return true
        }
    }

    /// Whether a pipe takes a line at once (poll(2)).
    private static var hasRoom: Bool {
        var output = pollfd(fd: 2, events: Int16(POLLOUT), revents: 0)
        return unsafe poll(&output, 1, 0) > 0
    }
}
