internal import CLinux
internal import UsherEventLoop
internal import UsherLinkWire
internal import UsherPOSIX

/// The connection with usherd: datagrams of a SOCK_SEQPACKET socket, read while there is room for what they ask, and
/// written as far as usherd reads.
final class UsherdSocket {
    /// What happens on it.
    struct Input {
        /// A message. False where no more are to be read for now.
        let message: (LinkMessage) -> Bool
        /// The messages of a turn have been read.
        let turnEnded: () -> Void
        /// usherd reads too slowly from now on (true), or has caught up (false).
        let pressure: (Bool) -> Void
        /// It has ended, with the reason; nothing comes afterwards.
        let ended: (String) -> Void
    }

    private let socket: PeerSocket
    private let input: Input
    private var source: EventSource?
    private var datagram = Datagram(limit: LinkLimits.datagram + 1)
    private var waiting = DatagramQueue()
    private var isPressed = false
    private var isReading = true

    /// Takes over what accept(2) returned.
    init(accepted number: CInt, loop: EventLoop, input: Input) throws(SystemError) {
        socket = PeerSocket(accepted: number, closer: loop.closer)
        self.input = input
        usher_set_send_buffer(number, CInt(2 * LinkLimits.datagram))
        source = try loop.watch(number, for: UInt32(EPOLLIN.rawValue)) { [unowned self] events in serve(events) }
    }

    /// Closes it without a word to anybody. What is not written is lost.
    func close() { source = nil }

    private func end(_ why: String) {
        guard source != nil else { return }
        close()
        input.ended(why)
    }

    private func serve(_ events: UInt32) {
        if events & UInt32(EPOLLOUT.rawValue) != 0 { write() }
        if events & UInt32(EPOLLIN.rawValue) != 0, isReading { return read() }
        if events & UInt32(EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 { end("usherd has closed its connection") }
    }

    // MARK: Reading

    /// Goes on, or stops, to read.
    func setReading(_ isReading: Bool) {
        self.isReading = isReading
        update()
    }

    private func read() {
        for _ in 0..<LinkBounds.datagramsPerTurn where source != nil && isReading {
            switch datagram.receive(from: socket) {
            case .nothing: return input.turnEnded()
            case .bytes: take()
            case .descriptor: end("usherd passed a descriptor")
            case .ended: end("usherd has closed its connection")
            }
        }
        if source != nil { input.turnEnded() }
    }

    private func take() {
        do throws(LinkError) {
            let message = try LinkMessage(datagram.bytes)
            if !input.message(message) { setReading(false) }
        } catch {
            end(error.description)
        }
    }

    // MARK: Writing

    /// Says `message`, or keeps it until usherd reads. A reply that fits no datagram is said as an error.
    func say(_ message: LinkMessage) {
        guard source != nil else { return }
        if let bytes = try? message.encoded() { return say(bytes) }
        guard case .reply(let id, _) = message else { return end("a message fits no datagram") }
        say(.failure(id, Array("TOOLARGE the reply does not fit a datagram".utf8)))
    }

    private func say(_ bytes: [UInt8]) {
        if waiting.isEmpty, put(bytes) { return }
        guard source != nil else { return }
        waiting.append(bytes)
        update()
        press()
    }

    private func write() {
        waiting.drain(put)
        update()
        press()
    }

    /// Whether the datagram is gone.
    private func put(_ bytes: [UInt8]) -> Bool {
        let count = unsafe bytes.withUnsafeBytes { unsafe usher_send(socket.number, $0.baseAddress, $0.count, -1) }
        if count >= 0 { return true }
        if ![EAGAIN, ENOBUFS, ENOMEM, EINTR].contains(usher_errno()) { end("usherd has closed its connection") }
        return false
    }

    private func update() {
        let input = isReading ? UInt32(EPOLLIN.rawValue) : 0
        source?.wait(for: input | (waiting.isEmpty ? 0 : UInt32(EPOLLOUT.rawValue)))
    }

    private func press() {
        let isTooMuch = waiting.bytes > (isPressed ? LinkBounds.output / 2 : LinkBounds.output)
        guard isTooMuch != isPressed else { return }
        isPressed = isTooMuch
        input.pressure(isTooMuch)
    }
}
