internal import CLinux
internal import UsherEngine
internal import UsherEventLoop
internal import UsherPOSIX
internal import UsherSecrets
internal import UsherWire

/// From a readiness to the answers.
extension SocketServer {
    /// Serves the connections that are ready, up to a bound; how many that were.
    func turn() -> Int {
        let ready = unsafe epoll_wait(set.number, events, CInt(Self.eventsPerTurn), 0)
        guard ready > 0 else { return 0 }
        handler.beginTurn()
        for index in 0..<Int(ready) {
            let event = unsafe events[index]
            guard let connection = unsafe table[ConnectionID(word: event.data.u64)] else { continue }
            serve(connection, unsafe event.events, &answers)
        }
        handleReceived(&answers)
        handler.endTurn()
        return Int(ready)
    }

    private func serve(_ connection: Connection, _ happened: UInt32, _ answers: inout FrameBuffer) {
        if happened & Self.writing != 0 {
            sendUnsent(of: connection)
            if connection.isFlushed, connection.owesAnswers { handleHeld(of: connection, &answers) }
        } else if happened & Self.reading == 0 {
            close(connection)
        } else if let held = connection.held {
            receiveRest(of: held, from: connection, &answers)
        } else {
            return receive(from: connection, &answers)
        }
        finishTurn(of: connection)
    }

    private func finishTurn(of connection: Connection) {
        connection.isClosing && connection.isFlushed ? close(connection) : settle(connection)
    }

    /// Takes what the socket holds, to be handled together with what others sent.
    private func receive(from connection: Connection, _ answers: inout FrameBuffer) {
        if Self.inputSize - receivedBytes < Self.receiveSize { handleReceived(&answers) }
        guard isRead(connection) else { return }
        let start = receivedBytes
        let free = unsafe UnsafeMutableRawBufferPointer(rebasing: input[start..<start + Self.receiveSize])
        let count = unsafe connection.socket.receive(into: free)
        if accepted(count, from: connection) { received.append((connection.id, start..<start + count)) }
    }

    private var receivedBytes: Int { received.last?.bytes.upperBound ?? 0 }

    private func withInput<R>(_ range: Range<Int>, _ body: (Span<UInt8>) -> R) -> R {
        body(unsafe Span<UInt8>(_unsafeBytes: UnsafeRawBufferPointer(rebasing: input[range])))
    }

    /// Handles all that was received, connection by connection.
    private func handleReceived(_ answers: inout FrameBuffer) {
        guard !received.isEmpty else { return }
        for part in received { withInput(part.bytes) { handler.expect($0) } }
        for part in received {
            if let connection = table[part.id] {
                handleReceived(part.bytes, of: connection, &answers)
                finishTurn(of: connection)
            } else {
                wipeInput(part.bytes)
            }
        }
        received.removeAll(keepingCapacity: true)
        handler.forgetExpected()
    }

    private func handleReceived(_ range: Range<Int>, of connection: Connection, _ answers: inout FrameBuffer) {
        let handled = withInput(range) { bytes in
            let handled = isRead(connection) ? handle(bytes, of: connection, &answers) : 0
            if handled < bytes.count, isRead(connection) { hold(bytes, from: handled, of: connection) }
            return handled
        }
        // What is held, or not handled because the connection ends, may have a password in it.
        wipeInput(range.lowerBound + handled..<range.upperBound)
        if handler.takeSensitivity() {
            wipeInput(range)
            answers.wipe()
        }
    }

    private func wipeInput(_ range: Range<Int>) {
        unsafe usher_wipe(input.baseAddress?.advanced(by: range.lowerBound), range.count)
    }

    /// Reads the rest of a frame straight to where its start is held.
    private func receiveRest(of held: HeldInput, from connection: Connection, _ answers: inout FrameBuffer) {
        var count = 0
        unsafe held.bytes.fill { free in
            count = unsafe connection.socket.receive(into: UnsafeMutableRawBufferPointer(free))
            return max(count, 0)
        }
        guard accepted(count, from: connection), held.bytes.count == held.bytes.capacity else { return }
        handleHeld(of: connection, &answers)
    }

    private func handleHeld(of connection: Connection, _ answers: inout FrameBuffer) {
        guard let held = letGo(of: connection) else { return }
        held.bytes.withBytes { bytes in
            let handled = handle(bytes, of: connection, &answers)
            if handled < bytes.count, isRead(connection) {
                hold(bytes, from: handled, of: connection)
            } else {
                connection.frameDeadline = nil
            }
        }
        if handler.takeSensitivity() { answers.wipe() }
    }

    /// Whether `count`, the result of receiving, means bytes. The end of the stream, an error, or a descriptor closes
    /// the connection.
    private func accepted(_ count: Int, from connection: Connection) -> Bool {
        switch PeerSocket.Arrival(count) {
        case .bytes: return true
        case .nothing: return false
        case .ended: break
        case .descriptor: noteCutOff(connection, "descriptor")
        }
        close(connection)
        return false
    }

    /// Handles whole frames from the start of `bytes` until there is none, the client does not read its answers, or the
    /// connection ends. Returns how many bytes that took.
    private func handle(_ bytes: Span<UInt8>, of connection: Connection, _ answers: inout FrameBuffer) -> Int {
        let handler = handler
        var offset = 0
        while case .whole(let body) = Frame.inspect(bytes, at: offset) {
            let start = answers.count
            let outcome = handler.received(body, of: bytes, from: connection.id, answers: &answers)
            offset = body.upperBound
            if outcome == .close || connection.isClosing {
                return closeAfterAnswers(connection, offset, &answers)
            }
            if outcome == .pause {
                connection.isPaused = true
                break
            }
            if outcome == .nextWithBoard {
                guard sendWithBoard(&answers, from: start, to: connection) else { break }
            } else if answers.room < Self.answerRoom {
                guard sendAnswers(&answers, to: connection) else { break }
            }
        }
        if case .invalidLength = Frame.inspect(bytes, at: offset) {
            handler.refusedLength(from: connection.id, answers: &answers)
            return closeAfterAnswers(connection, offset, &answers)
        }
        _ = sendAnswers(&answers, to: connection)
        return offset
    }

    private func closeAfterAnswers(_ connection: Connection, _ handled: Int, _ answers: inout FrameBuffer) -> Int {
        _ = sendAnswers(&answers, to: connection)
        closeWhenFlushed(connection)
        return handled
    }

    /// Sends what stands in `answers`, the board's descriptor on the byte at `start`; as ``sendAnswers(_:to:)``.
    private func sendWithBoard(_ answers: inout FrameBuffer, from start: Int, to connection: Connection) -> Bool {
        defer { answers.removeAll() }
        guard isOpen(connection) else { return false }
        answers.withBytes { bytes in
            if start > 0 { send(bytes.extracting(..<start), to: connection) }
            send(bytes.extracting(start...), to: connection, withBoard: true)
        }
        return connection.unsent.isEmpty
    }

    /// Sends what stands in `answers`, unless the handler has closed the connection; whether the socket took all of it.
    private func sendAnswers(_ answers: inout FrameBuffer, to connection: Connection) -> Bool {
        defer { answers.removeAll() }
        guard isOpen(connection) else { return false }
        answers.withBytes { if $0.count > 0 { send($0, to: connection) } }
        return connection.unsent.isEmpty
    }
}
