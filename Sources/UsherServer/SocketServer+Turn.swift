internal import CLinux
internal import UsherEngine
internal import UsherEventLoop
internal import UsherPOSIX
internal import UsherSecrets
internal import UsherWire

/// From a readiness to the bytes.
extension SocketServer {
    /// Serves the ready connections of a lane, up to the lane's bounds. Returns whether any was ready.
    @discardableResult
    func turn(of lane: Lane) -> Bool {
        lane.poll(table)
        guard !lane.scheduler.isEmpty else { return false }
        handler.beginTurn()
        lane.scheduler.beginTurn()
        serve(lane, &answers)
        handler.endTurn()
        return true
    }

    private func serve(_ lane: Lane, _ answers: inout FrameBuffer) {
        while let next = lane.scheduler.next() {
            guard let connection = table[next.id], connection.lane === lane else { continue }
            serve(connection, lane.bounds.size(of: next.allowance), &answers)
            if !lane.bounds.isBatched { handleReceived(&answers) }
        }
        handleReceived(&answers)
    }

    /// Serves every connection once, ready or not.
    func serveAll() {
        handler.beginTurn()
        for connection in table.all {
            connection.readiness |= connection.interest
            let size = connection.lane?.bounds.receives.upperBound ?? 0
            serve(connection, size, &answers)
        }
        handleReceived(&answers)
        handler.endTurn()
    }

    /// Serves a connection; one recv(2) takes at most `size` bytes.
    private func serve(_ connection: Connection, _ size: Int, _ answers: inout FrameBuffer) {
        let happened = connection.readiness & (connection.interest | Self.ends)
        connection.readiness = 0
        guard happened != 0 else { return }
        if connection.owner.isOutsider {
            guard happened & Self.hangUp == 0 else { return end(connection) }
            noteUse(of: connection)
        }
        if happened & Self.writing != 0 {
            charge(Work.service, to: connection)
            sendUnsent(of: connection)
            if connection.isFlushed, connection.owesAnswers { handleHeld(of: connection, &answers) }
        } else if happened & Self.reading == 0 {
            end(connection)
        } else if let held = connection.held {
            receiveRest(of: held, size, from: connection, &answers)
        } else {
            return receive(size, from: connection, &answers)
        }
        finishTurn(of: connection)
    }

    /// Closes a connection whose client is gone.
    private func end(_ connection: Connection) {
        charge(Work.end, to: connection)
        close(connection)
    }

    private func finishTurn(of connection: Connection) {
        connection.isClosing && connection.isFlushed ? close(connection) : settle(connection)
    }

    /// Takes what the socket holds, to be handled together with what others sent.
    private func receive(_ size: Int, from connection: Connection, _ answers: inout FrameBuffer) {
        if Self.inputSize - receivedBytes < Self.receiveSize { handleReceived(&answers) }
        guard isRead(connection) else { return }
        let start = receivedBytes
        let free = unsafe UnsafeMutableRawBufferPointer(rebasing: input[start..<start + size])
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
        handler.receivedLast()
        var (batch, parts): (FrameBatch, [Received]) = (FrameBatch(), [])
        swap(&batch, &emptyBatch)
        swap(&parts, &received)
        withInput(0..<(parts.last?.bytes.upperBound ?? 0)) { bytes in
            for part in parts { batch.add(part.bytes, of: bytes) }
        }
        for part in parts {
            if let connection = table[part.id] {
                handleReceived(part.bytes, in: &batch, of: connection, &answers)
                finishTurn(of: connection)
            } else {
                wipeInput(part.bytes)
            }
        }
        parts.removeAll(keepingCapacity: true)
        swap(&parts, &received)
        batch.removeAll()
        swap(&batch, &emptyBatch)
    }

    /// What was received first is handled in any case: nothing before it can have used up what its owner may do.
    private func handleReceived(
        _ range: Range<Int>, in batch: inout FrameBatch, of connection: Connection, _ answers: inout FrameBuffer
    ) {
        let start = range.lowerBound
        let handled = withInput(0..<range.upperBound) { bytes in
            let handled =
                isRead(connection) && (start == 0 || !isOverdrawn(connection))
                ? handle(bytes, from: start, in: &batch, of: connection, paid: range.count * Work.byte, &answers)
                : start
            if handled < bytes.count, isRead(connection) {
                hold(bytes.extracting(start...), from: handled - start, of: connection)
            }
            return handled
        }
        // What is held, or not handled because the connection ends, may have a password in it.
        wipeInput(handled..<range.upperBound)
        if handler.takeSensitivity() {
            wipeInput(range)
            answers.wipe()
        }
    }

    private func wipeInput(_ range: Range<Int>) {
        unsafe usher_wipe(input.baseAddress?.advanced(by: range.lowerBound), range.count)
    }

    /// Reads the rest of a frame straight to where its start is held.
    private func receiveRest(
        of held: HeldInput, _ size: Int, from connection: Connection, _ answers: inout FrameBuffer
    ) {
        var count = 0
        unsafe held.bytes.fill { free in
            let free = unsafe UnsafeMutableRawBufferPointer(rebasing: free.prefix(size))
            count = unsafe connection.socket.receive(into: free)
            return max(count, 0)
        }
        guard accepted(count, from: connection), held.bytes.count == held.bytes.capacity else { return }
        handleHeld(of: connection, &answers)
    }

    private func handleHeld(of connection: Connection, _ answers: inout FrameBuffer) {
        guard let held = letGo(of: connection) else { return }
        handler.receivedLast()
        var alone = FrameBatch()
        // Receiving was charged in earlier turns, maybe many, and the work of all that was received is done in this
        // one.
        charge(held.bytes.count * Work.byte, to: connection)
        held.bytes.withBytes { bytes in
            let handled = handle(bytes, from: 0, in: &alone, of: connection, paid: 0, &answers)
            if handled < bytes.count, isRead(connection) {
                hold(bytes, from: handled, of: connection)
            } else {
                connection.frameDeadline = nil
            }
        }
        if handler.takeSensitivity() { answers.wipe() }
    }

    /// Charges receiving. Returns whether `count`, its result, means bytes. The end of the stream, an error or a
    /// descriptor closes the connection, unless the client closed only its own half and still gets answers.
    private func accepted(_ count: Int, from connection: Connection) -> Bool {
        charge(Work.service + max(count, 0) * Work.byte, to: connection)
        switch PeerSocket.Arrival(count) {
        case .bytes: return true
        case .nothing: return false
        case .ended:
            if endsHalf(connection) { return false }
        case .descriptor: noteCutOff(connection, "descriptor")
        }
        end(connection)
        return false
    }

    /// The stream has ended. Returns whether the client is still there and waits for answers. The start of a frame is
    /// dropped: its rest does not come.
    @inline(never)
    private func endsHalf(_ connection: Connection) -> Bool {
        guard handler.owesAnswers(to: connection.id), !connection.socket.isHungUp else { return false }
        _ = letGo(of: connection)
        connection.frameDeadline = nil
        connection.isHalfClosed = true
        settle(connection)
        return true
    }
}
