internal import CLinux
internal import UsherEventLoop
internal import UsherSecrets
internal import UsherWire

/// What waits on a connection: half frames, frames behind unread answers, unsent answers; all of it counted.
extension SocketServer {
    /// Keeps `bytes` from `offset` on.
    func hold(_ bytes: Span<UInt8>, from offset: Int, of connection: Connection) {
        let rest = bytes.extracting(offset..<bytes.count)
        if offset > 0 { connection.frameDeadline = nil }
        if case .incomplete(let needed) = Frame.inspect(rest, at: 0) {
            var block = SecretBytes(capacity: needed ?? WireLimit.header)
            block.append(copying: rest)
            connection.held = HeldInput(block, isWhole: false)
            startFrameDeadline(of: connection)
        } else {
            connection.held = HeldInput(SecretBytes(copying: rest), isWhole: true)
            connection.frameDeadline = nil
        }
        count(connection.held?.bytes.capacity ?? 0)
    }

    /// Takes what is held off the connection.
    func letGo(of connection: Connection) -> HeldInput? {
        defer { connection.held = nil }
        waitingBytes -= connection.held?.bytes.capacity ?? 0
        return connection.held
    }

    /// Sends `bytes` behind all that waits; bytes that the socket does not take wait too. With the board, the
    /// descriptor goes out with the first of `bytes`: answers before it go out by another system call.
    func send(_ bytes: Span<UInt8>, to connection: Connection, withBoard: Bool = false) {
        var sent = 0
        if connection.unsent.isEmpty {
            sent = write(bytes, withBoard: withBoard, to: connection)
            guard sent >= 0 else { return abandon(connection) }
        }
        guard sent < bytes.count else { return }
        let rest = bytes.extracting(sent..<bytes.count)
        guard connection.unsentBytes + rest.count <= Self.unsentLimit else { return giveUp(connection) }
        connection.unsent.append(UnsentBlock(copying: rest, carriesBoard: withBoard && sent == 0))
        startSendDeadline(of: connection)
        count(rest.count)
    }

    /// Lets an event wait for the next time that the socket takes something.
    func keep(_ event: UnsentBlock, of connection: Connection) {
        connection.events.append(event)
        count(event.bytes.count)
        settle(connection)
    }

    /// Reads no more from a connection, and lets it end once nothing waits for the client.
    func closeWhenFlushed(_ connection: Connection) {
        _ = letGo(of: connection)
        connection.isClosing = true
    }

    /// Goes on where the socket stopped taking answers, and then with the events.
    func sendUnsent(of connection: Connection) {
        repeat { sendBlocks(of: connection) } while connection.unsent.isEmpty && takeEvents(of: connection)
    }

    /// Joins the waiting events to one unsent block. Returns false if no event waits.
    private func takeEvents(of connection: Connection) -> Bool {
        connection.eventsUnderWay = connection.events.count
        guard !connection.events.isEmpty else { return false }
        connection.unsent = [UnsentBlock(joining: connection.events)]
        connection.events = []
        return true
    }

    private func sendBlocks(of connection: Connection) {
        while let block = connection.unsent.first {
            let sent = block.bytes.withBytes { bytes in
                let rest = bytes.extracting(block.sent...)
                return write(rest, withBoard: block.carriesBoard && block.sent == 0, to: connection)
            }
            guard sent >= 0 else { return abandon(connection) }
            block.sent += sent
            waitingBytes -= sent
            if sent > 0 { connection.sendDeadline = nil }
            guard block.sent == block.bytes.count else { return startSendDeadline(of: connection) }
            connection.unsent.removeFirst()
        }
        connection.sendDeadline = nil
    }

    /// Lets epoll(7) wait for what the connection needs next.
    func settle(_ connection: Connection) {
        guard isOpen(connection) else { return }
        let interest = interest(of: connection)
        if interest != connection.interest { wait(for: interest, of: connection) }
    }

    /// Room to send, if something is unsent; only the end, if the connection is paused or the client sends no more;
    /// room to send, which there is at once, if held frames need a turn; else bytes to read.
    private func interest(of connection: Connection) -> UInt32 {
        if !connection.isFlushed || connection.isClosing { return Self.writing }
        if connection.isPaused || connection.isHalfClosed { return 0 }
        return connection.held?.isWhole == true ? Self.writing : Self.reading
    }

    /// Counts bytes that wait. Beyond ``waitingLimit``, gives connections up: each time the one with the most waiting
    /// bytes of the owner that lets most bytes wait.
    private func count(_ bytes: Int) {
        waitingBytes += bytes
        while waitingBytes > Self.waitingLimit, let connection = largestOfLargestOwner() { giveUp(connection) }
    }

    /// Nil if nothing waits. O(connections).
    private func largestOfLargestOwner() -> Connection? {
        var sums: [TurnScheduler.Owner: Int] = [:]
        for connection in table.all {
            sums[TurnScheduler.Owner(connection.owner), default: 0] += connection.waitingBytes
        }
        guard let largest = sums.max(by: { $0.value < $1.value }), largest.value > 0 else { return nil }
        return table.all.filter { TurnScheduler.Owner($0.owner) == largest.key }
            .max { $0.waitingBytes < $1.waitingBytes }
    }

    /// Gives a connection up whose client lets too much wait.
    private func giveUp(_ connection: Connection) {
        noteCutOff(connection, "answers")
        abandon(connection)
    }

    /// Ends a connection: nothing more is sent, and shutdown(2) lets epoll(7) report its end, upon which it is closed.
    /// It is not closed here, because the handler may be the one who is sending.
    private func abandon(_ connection: Connection) {
        waitingBytes -= connection.waitingBytes
        connection.held = nil
        connection.unsent = []
        connection.events = []
        connection.eventsUnderWay = 0
        connection.sendDeadline = nil
        // Held requests are lost, and later requests must not run without them.
        connection.isClosing = true
        shutdown(connection.socket.number, CInt(SHUT_RDWR))
    }

    /// Bytes that send(2) took: 0 where the socket is full, -1 where the peer is gone.
    private func write(_ bytes: Span<UInt8>, withBoard: Bool, to connection: Connection) -> Int {
        let socket = connection.socket.number
        let flags = CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)
        let sent = unsafe bytes.withUnsafeBytes { bytes in
            withBoard
                ? unsafe usher_send(socket, bytes.baseAddress, bytes.count, board)
                : unsafe CLinux.send(socket, bytes.baseAddress, bytes.count, flags)
        }
        if sent < 0 && (usher_errno() == EAGAIN || usher_errno() == EINTR) { return 0 }
        return sent
    }
}
