internal import CLinux
package import UsherCluster
package import UsherEngine
package import UsherEventLoop
internal import UsherLinkWire
internal import UsherNames
package import UsherPOSIX
internal import UsherStoreWire

/// The connection with usher-link, as the engine drives it: one SOCK_SEQPACKET socket, on which a ``StoreConversation``
/// takes place from the first message to the loss of the store.
///
/// The link never waits. What usher-link does not take at once waits in a queue of at most `outputLimit` bytes; an
/// usher-link that takes less is given up, and made anew. While there is no usher-link, or no store behind it, the link
/// tries again by itself. What has happened is reported from the event loop alone, never from within a call.
package final class ClusterLink: ClusterDriver {
    /// Datagrams taken in one turn, so that usher-link does not keep the loop from the clients.
    private static let datagramsPerTurn = 64
    /// Bytes of a reason that are kept.
    private static let faultLimit = 512
    /// Bytes that may wait for usher-link.
    private static let outputLimit = 16 << 20
    /// The pauses before the connection is made anew, in nanoseconds: each is twice the last.
    private static let pauses: ClosedRange<Int64> = 100_000_000...5_000_000_000

    /// Called with everything that happens.
    package var reported: (ClusterEvent) -> Void = { _ in }
    /// Called with what a restart of the daemon must find.
    package var kept: (MemberID, UInt64) -> Void = { _, _ in }
    /// Called with the fence that a restart of the daemon must find.
    package var keptFence: (KeptFence) -> Void = { _ in }

    private let settings: ClusterSettings
    private let loop: EventLoop
    private var timer: EventTimer?
    private var conversation: StoreConversation
    private var socket: PeerSocket?
    private var source: EventSource?
    private var datagram = Datagram(limit: LinkLimits.datagram + 1)
    private var waiting = DatagramQueue()
    private var pause = pauses.lowerBound
    private var isPlanned = false
    /// The socket has failed within a call. The loop is to find that.
    private var isBroken = false
    /// Why there is no connection with the store, as usher-link said last.
    private var fault: String?

    /// A link with the usher-link that `settings` name. It is made when the engine asks for it.
    package init(_ settings: ClusterSettings, loop: EventLoop) throws(SystemError) {
        (self.settings, self.loop) = (settings, loop)
        conversation = Self.conversation(settings)
        timer = try loop.timer { [unowned self] in
            timer?.fired()
            due()
        }
    }

    private static func conversation(_ settings: ClusterSettings) -> StoreConversation {
        StoreConversation(
            copies: UInt16(clamping: settings.copies), prefix: Array("usher:{\(settings.name)}:".utf8))
    }

    /// Whether calls reach the store.
    package var isUp: Bool { source != nil && conversation.isUp }

    package var reach: StoreReach {
        StoreReach(hasLink: source != nil && conversation.isGreeted, hasStore: isUp, fault: fault)
    }

    // MARK: What the engine asks

    package func connect(after pause: BootSpan) {
        close()
        plan(Int64(clamping: pause.nanoseconds))
    }

    package func call(_ id: CallID, epoch: Epoch?, _ call: StoreCall, isConfirmed: Bool) -> Bool {
        do throws(StoreConversationError) {
            // Replicas have a quarter of the lease to confirm.
            let milliseconds = UInt32(clamping: settings.lease.wholeNanoseconds / 4_000_000)
            let messages = try conversation.call(
                id, epoch: epoch, call, isConfirmed: isConfirmed, milliseconds: milliseconds)
            for message in messages { say(message) }
            return true
        } catch {
            return false
        }
    }

    package func follow(_ id: CallID, after: Stamp, member: MemberID) {
        say(conversation.follow(id, after: after, member: member))
    }

    package func keep(_ member: MemberID, beat: UInt64) { kept(member, beat) }

    package func keep(_ fence: KeptFence) { keptFence(fence) }

    // MARK: The connection

    private func plan(_ pause: Int64) {
        isPlanned = true
        timer?.arm(at: usher_boottime() + pause)
    }

    private func due() {
        if isBroken { return lose() }
        guard isPlanned else { return }
        isPlanned = false
        open()
    }

    private func open() {
        close()
        conversation = Self.conversation(settings)
        do throws(SystemError) {
            let descriptor = try FileDescriptor(usher_unix_socket(CInt(SOCK_SEQPACKET.rawValue), 1), "socket")
            usher_set_send_buffer(descriptor.number, CInt(2 * LinkLimits.datagram))
            let socket = PeerSocket(fresh: descriptor, closer: loop.closer)
            _ = try SystemError.check(
                unsafe settings.link.withCString { unsafe usher_connect(socket.number, $0) }, "connect")
            source = try loop.watch(socket.number) { [unowned self] events in serve(events) }
            self.socket = consume socket
            say(conversation.greeting)
        } catch {
            tryAgain()
        }
    }

    private func tryAgain() {
        plan(pause)
        pause = min(2 * pause, Self.pauses.upperBound)
    }

    private func close() {
        source = nil
        socket = nil
        (waiting, isBroken) = (DatagramQueue(), false)
    }

    /// The connection is gone, or the store behind it. The engine may ask for another pause than the link's own.
    private func lose() {
        close()
        isPlanned = false
        reported(.disconnected)
        if !isPlanned { tryAgain() }
    }

    private func serve(_ events: UInt32) {
        if isBroken { return lose() }
        if events & UInt32(EPOLLOUT.rawValue) != 0 { write() }
        for _ in 0..<Self.datagramsPerTurn where source != nil {
            switch receive() {
            case .nothing: return
            case .bytes: take()
            case .descriptor, .ended: return lose()
            }
        }
    }

    private func receive() -> PeerSocket.Arrival {
        switch socket {
        case .some(let socket): datagram.receive(from: socket)
        case .none: .ended
        }
    }

    private func take() {
        guard let message = try? LinkMessage(datagram.bytes), let outcome = try? conversation.take(message) else {
            return lose()
        }
        if conversation.isUp { (pause, fault) = (Self.pauses.lowerBound, nil) }
        if let why = outcome.fault { fault = String(decoding: why.prefix(Self.faultLimit), as: UTF8.self) }
        switch outcome.event {
        case .disconnected: lose()
        case .some(let event): reported(event)
        case nil: break
        }
        // After what the event has brought: other hosts may wait for a beat, and nobody waits for this.
        if let answer = outcome.message { say(answer) }
    }

    // MARK: Writing

    private func say(_ message: LinkMessage) {
        guard source != nil, !isBroken else { return }
        guard let bytes = try? message.encoded() else { return fail() }
        if waiting.isEmpty, put(bytes) { return }
        guard !isBroken else { return }
        waiting.append(bytes)
        if waiting.bytes > Self.outputLimit { return fail() }
        update()
    }

    private func write() {
        waiting.drain(put)
        update()
    }

    private func update() {
        source?.wait(for: UInt32(EPOLLIN.rawValue) | (waiting.isEmpty ? 0 : UInt32(EPOLLOUT.rawValue)))
    }

    /// Whether the datagram is gone.
    private func put(_ bytes: [UInt8]) -> Bool {
        let number: CInt
        switch socket {
        case .some(let socket): number = socket.number
        case .none: return false
        }
        let count = unsafe bytes.withUnsafeBytes { unsafe usher_send(number, $0.baseAddress, $0.count, -1) }
        if count >= 0 { return true }
        if ![EAGAIN, ENOBUFS, ENOMEM, EINTR].contains(usher_errno()) { fail() }
        return false
    }

    /// The connection is of no use any more. The loop reports that, so that no call is answered within itself.
    private func fail() {
        isBroken = true
        timer?.arm(at: usher_boottime())
    }
}
