internal import CLinux
internal import UsherConfiguration
internal import UsherEventLoop
internal import UsherNames

/// What ``AccountLookup`` and its process say to each other: names as arguments, answers as datagrams of three words,
/// which both take from the memory of the same program.
enum AccountMessage {
    /// An answer to the argument at `index`.
    struct Answer: Equatable {
        var index: Int
        var answer: AccountAnswer
    }

    /// Where the process finds its end of the socket.
    static let descriptor: CInt = 3
    private static let size = 3 * MemoryLayout<UInt32>.size
    private enum Outcome: UInt32 { case found, none, failed }

    /// A name as an argument.
    static func argument(_ name: AccountName) -> String { "\(name.kind.rawValue):\(name.name)" }

    /// The name of an argument; nil where it is none.
    static func name(_ argument: String) -> AccountName? {
        let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let kind = AccountName.Kind(rawValue: String(parts[0])) else { return nil }
        return AccountName(kind, String(parts[1]))
    }

    /// Sends what getpwnam_r(3) or getgrnam_r(3) returned for the argument at `index`: `code`, and the number that was
    /// found.
    static func send(_ index: Int, code: CInt, found: UInt32?, on socket: CInt) {
        let outcome: Outcome = code != 0 ? .failed : found == nil ? .none : .found
        let value = found ?? UInt32(bitPattern: code)
        let words: InlineArray<3, UInt32> = [UInt32(index), outcome.rawValue, value]
        unsafe words.span.withUnsafeBytes { bytes in _ = unsafe write(socket, bytes.baseAddress, bytes.count) }
    }

    /// What came of receiving.
    enum Received: Equatable { case answer(Answer), nothing, end }

    /// Takes one answer off the socket, without waiting. What is no answer is the end.
    static func receive(on socket: borrowing PeerSocket) -> Received {
        var words: InlineArray<3, UInt32> = [0, 0, 0]
        var span = words.mutableSpan
        let got = unsafe span.withUnsafeMutableBytes { bytes in unsafe socket.receive(into: bytes) }
        if PeerSocket.Arrival(got) == .nothing { return .nothing }
        guard got == size, let outcome = Outcome(rawValue: words[1]) else { return .end }
        return .answer(Answer(index: Int(words[0]), answer: answer(outcome, words[2])))
    }

    private static func answer(_ outcome: Outcome, _ value: UInt32) -> AccountAnswer {
        switch outcome {
        // 2³²−1 means "none" to the kernel.
        case .found: value == .max ? .failed("it has the number of nobody") : .found(value)
        case .none: .none
        case .failed: .failed(unsafe String(cString: strerror(CInt(bitPattern: value))))
        }
    }
}
