internal import CLinux
internal import UsherWire

/// One connection's bytes: frames waiting to go out, the bytes of answers coming in. Used under the driver's lock
/// alone.
///
/// The input buffer holds exactly the largest frame, so that a peer cannot make it grow; what was read out of it is
/// zeroed at once, because answers carry tokens.
@safe final class Channel: @unchecked Sendable {
    /// What `nextFrame` found in the input.
    enum Inbound {
        /// A whole frame's body, which the closure has been given.
        case frame
        case incomplete
        /// The frame's length is outside of what the protocol allows.
        case invalid
    }

    private static let capacity = WireLimit.header + WireLimit.frame

    private let socket: Socket
    private let input: UnsafeMutableRawBufferPointer
    private var filled = 0
    private var consumed = 0
    private(set) var outbox: [PendingCall] = []
    private var next = 0
    /// Bytes of `outbox[next]` that the kernel has taken.
    private var offset = 0
    private let scratch: UnsafeMutableRawBufferPointer
    /// The part of `scratch` that is not sent yet: the next bytes of the waiting frames.
    private var gathered = 0..<0
    /// The descriptor that the server passed last, until `takeDescriptor` takes it.
    private var passed: Int32?
    /// Bytes that the kernel has taken, all frames together.
    private(set) var flushed: UInt64 = 0

    /// A channel over a connected socket.
    init(socket: consuming Socket) {
        self.socket = socket
        unsafe input = .allocate(byteCount: Self.capacity, alignment: 8)
        unsafe scratch = .allocate(byteCount: Self.capacity, alignment: 8)
    }

    deinit {
        if let passed { _ = close(passed) }
        unsafe usher_wipe(input.baseAddress, filled)
        unsafe input.deallocate()
        unsafe usher_wipe(scratch.baseAddress, gathered.upperBound)
        unsafe scratch.deallocate()
    }

    /// The socket, for poll(2).
    var descriptor: Int32 { socket.descriptor }
    /// Whether frames wait for room in the socket.
    var wantsOutput: Bool { next < outbox.count }

    /// Puts the call's frame behind those that wait; `flush` sends it.
    func enqueue(_ call: PendingCall) { outbox.append(call) }

    /// Sends what waits, as far as the socket takes it. False when the connection is gone.
    func flush() -> Bool {
        while wantsOutput {
            if gathered.isEmpty, outbox.count - next > 1 { gather() }
            guard let (sent, offered) = gathered.isEmpty ? sendLast() : sendGathered() else { return false }
            advance(by: sent)
            if sent < offered { return true }
        }
        return true
    }

    private func sendLast() -> (sent: Int, offered: Int)? {
        outbox[next].frame.withBytes { frame in
            let rest = frame.extracting(min(offset, frame.count)...)
            return socket.send(rest).map { ($0, rest.count) }
        }
    }

    /// Copies as many waiting frames as fit into one buffer, so that a burst of calls costs one system call.
    private func gather() {
        var size = 0
        var skipped = offset
        for call in outbox[next...] {
            let fitted = call.frame.withBytes { copy($0.extracting(min(skipped, $0.count)...), at: &size) }
            skipped = 0
            if !fitted { break }
        }
        gathered = 0..<size
    }

    /// What the socket does not take stays gathered, so that a full socket costs no copy; what it took is zeroed.
    private func sendGathered() -> (sent: Int, offered: Int)? {
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: scratch[gathered])
        guard let sent = socket.send(unsafe Span<UInt8>(_unsafeBytes: UnsafeRawBufferPointer(rest))) else { return nil }
        unsafe usher_wipe(rest.baseAddress, sent)
        gathered = gathered.lowerBound + sent..<gathered.upperBound
        return (sent, rest.count)
    }

    /// False when `bytes` did not fit whole; as much as fits is copied.
    private func copy(_ bytes: Span<UInt8>, at size: inout Int) -> Bool {
        let count = unsafe min(bytes.count, scratch.count - size)
        unsafe bytes.extracting(..<count).withUnsafeBytes {
            unsafe UnsafeMutableRawBufferPointer(rebasing: scratch[size..<size + count]).copyMemory(from: $0)
        }
        size += count
        return count == bytes.count
    }

    private func advance(by sent: Int) {
        flushed += UInt64(sent)
        offset += sent
        while next < outbox.count, offset >= outbox[next].frame.count {
            offset -= outbox[next].frame.count
            outbox[next].leftWhole()
            next += 1
        }
        if next == outbox.count {
            (outbox, next) = ([], 0)
        } else if next >= 64, next >= outbox.count / 2 {
            outbox.removeSubrange(..<next)
            next = 0
        }
    }

    /// The descriptor that came last, which is then the caller's to close.
    func takeDescriptor() -> Int32? {
        defer { passed = nil }
        return passed
    }

    /// Reads once. False when the connection is gone.
    func fill() -> Bool {
        switch unsafe socket.receive(into: UnsafeMutableRawBufferPointer(rebasing: input[filled...]), passed: &passed) {
        case .bytes(let count):
            filled += count
            return true
        case .nothing: return true
        case .ended: return false
        }
    }

    /// Moves the incomplete frame to the start of the input, and zeroes the bytes that were read.
    func wipeConsumed() {
        guard consumed > 0 else { return }
        let rest = filled - consumed
        unsafe input.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[consumed..<filled]))
        unsafe usher_wipe(UnsafeMutableRawBufferPointer(rebasing: input[rest..<filled]).baseAddress, consumed)
        filled = rest
        consumed = 0
    }

    /// Lends the body of the next whole frame to `body`, if there is one, and passes over it.
    func nextFrame(_ body: (Span<UInt8>) -> Void) -> Inbound {
        let bytes = unsafe Span<UInt8>(_unsafeBytes: UnsafeRawBufferPointer(rebasing: input[..<filled]))
        switch Frame.inspect(bytes, at: consumed) {
        case .incomplete: return .incomplete
        case .invalidLength: return .invalid
        case .whole(let range):
            body(bytes.extracting(range))
            consumed = range.upperBound
            return .frame
        }
    }
}
