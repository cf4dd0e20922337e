import CLinux
import UsherClient
import UsherNames
import UsherPOSIX
import UsherctlText

/// usherctl's side of a conversation with `usher-pam-doctor --converse`: shows its report and answers its questions,
/// from the terminal or from lines of standard input.
struct DoctorConversation: ~Copyable {
    /// The longest line of a report, in bytes: a path, a text of a module and words around them.
    private static let longest = 65_536

    private let socket: FileDescriptor
    private var received: [UInt8] = []

    /// A conversation on a connected socket.
    init(on socket: consuming FileDescriptor) { self.socket = socket }

    /// Runs the doctor as a child of this process and as the caller's user. Returns whether all is well.
    static func run(_ options: [String]) throws -> Bool {
        var pair: [Int32] = [-1, -1]
        _ = try SystemError.check(unsafe usher_socketpair(Int32(SOCK_STREAM.rawValue), 0, &pair), "socketpair")
        let conversation = DoctorConversation(on: FileDescriptor(owning: pair[0]))
        let far = FileDescriptor(owning: pair[1])
        let program = OwnProgram.companion("usher-pam-doctor")
        let start = ProcessStart(
            path: program, arguments: ["usher-pam-doctor", "--converse"],
            environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "SWIFT_BACKTRACE=enable=no"],
            descriptors: [.copy(far.number), .copy(far.number), .same])
        let process: Int32
        do throws(SystemError) { process = try start.run() } catch {
            throw ToolError(.unanswered, "\(program) cannot be run: \(error)")
        }
        _ = consume far
        defer { waitpid(process, nil, 0) }
        guard let isGood = try conversation.hold(options) else {
            throw ToolError(.unanswered, "usher-pam-doctor ended without an outcome")
        }
        return isGood
    }

    /// Sends `options`, then converses to the end. Returns the verdict; nil if there was none.
    consuming func hold(_ options: [String]) throws -> Bool? {
        send(options.map { $0 + "\n" }.joined() + "\n")
        while let line = nextLine() {
            switch DoctorLine(line) {
            case .report(let text): printLine(sanitized(text))
            case .question(let text, let isVisible): answer(text, isVisible)
            case .verdict(let isGood): return isGood
            }
        }
        return nil
    }

    /// Without an answer the doctor goes on as if the person had gone.
    private func answer(_ question: String, _ isVisible: Bool) {
        guard let answer = readSecret(asking: question, isVisible: isVisible).value() else {
            shutdown(socket.number, Int32(SHUT_WR))
            return
        }
        answer.withBytes { bytes in send(bytes) }
        send("\n")
    }

    private func send(_ text: String) { send(Array(text.utf8).span) }

    /// send(2), which waits for room. If nobody reads, `nextLine` finds the end.
    private func send(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBytes { bytes in
            _ = unsafe CLinux.send(socket.number, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        }
    }

    /// The next line without its end; nil at the end of the connection or where the line is endless.
    private mutating func nextLine() -> String? {
        while true {
            if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                defer { received.removeSubrange(...end) }
                return String(decoding: received[..<end], as: UTF8.self)
            }
            var piece = [UInt8](repeating: 0, count: 4096)
            let got = unsafe read(socket.number, &piece, piece.count)
            if got < 0, usher_errno() == EINTR { continue }
            guard got > 0, received.count <= Self.longest else { return nil }
            received += piece[..<got]
        }
    }
}
