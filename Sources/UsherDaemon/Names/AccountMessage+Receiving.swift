internal import CLinux
internal import UsherConfiguration
internal import UsherEventLoop
internal import UsherNames

extension AccountMessage {
    /// What came of receiving.
    enum Received: Equatable { case answer(AccountMessage), nothing, end }

    /// Takes one answer off the socket, without waiting. What is no answer is the end.
    static func receive(on socket: borrowing PeerSocket) -> Received {
        var words: InlineArray<3, UInt32> = [0, 0, 0]
        var span = words.mutableSpan
        let got = unsafe span.withUnsafeMutableBytes { bytes in unsafe socket.receive(into: bytes) }
        if PeerSocket.Arrival(got) == .nothing { return .nothing }
        guard got == size, let message = AccountMessage(words.span) else { return .end }
        return .answer(message)
    }

    /// What the configuration makes of it. The number 2³²−1 means "none" to the kernel.
    var answer: AccountAnswer {
        switch outcome {
        case .found: value == .max ? .failed("it has the number of nobody") : .found(value)
        case .none: .none
        case .failed: .failed(unsafe String(cString: strerror(CInt(bitPattern: value))))
        }
    }
}
