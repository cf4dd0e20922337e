internal import UsherEngine
internal import UsherWire

/// From the bytes to the answers.
extension SocketServer {
    /// Handles whole frames of `bytes` from `offset` on. It stops when no whole frame is left, when the client does not
    /// read its answers, when the connection ends, or when the work exceeds what was `paid` for the bytes and the
    /// owner's allowance. It handles at least one frame. Returns the offset of the first byte that was not handled.
    func handle(
        _ bytes: Span<UInt8>, from offset: Int, in batch: inout FrameBatch, of connection: Connection, paid: Int,
        _ answers: inout FrameBuffer
    ) -> Int {
        let handler = handler
        let frame = connection.lane?.bounds.frame ?? Work.frame
        var (offset, work, extra) = (offset, 0, 0)
        var allowed: Int?
        defer { if work > paid { charge(work - paid, to: connection) } }
        while case .whole(let body) = Frame.inspect(bytes, at: offset) {
            let start = answers.count
            let result = handler.received(body, of: bytes, in: &batch, from: connection.id, answers: &answers)
            let outcome = result.outcome
            offset = body.upperBound
            extra += result.work
            work += frame + result.work + max(0, answers.count - start - Work.answer)
            // Patterns, since `==` of another module's enumeration is a call.
            if case .close = outcome { return closeAfterAnswers(connection, offset, &answers) }
            if connection.isClosing { return closeAfterAnswers(connection, offset, &answers) }
            if case .pause = outcome {
                connection.isPaused = true
                break
            }
            if case .nextWithBoard = outcome {
                guard sendWithBoard(&answers, from: start, to: connection) else { break }
            } else if answers.room < Self.answerRoom {
                guard sendAnswers(&answers, to: connection) else { break }
            }
            if work > paid {
                // Most clients never come here, so that it is asked for late.
                let limit = allowed ?? allowance(of: connection)
                if work - paid >= limit {
                    // What else was received is paid for as usual frames.
                    if extra > 0 { overdraw(connection) }
                    break
                }
                allowed = limit
            }
        }
        if isLengthRefused(bytes, at: offset, of: connection) {
            handler.refusedLength(from: connection.id, answers: &answers)
            return closeAfterAnswers(connection, offset, &answers)
        }
        _ = sendAnswers(&answers, to: connection)
        return offset
    }

    /// Whether the next frame has a length that is no frame's, or is larger than its lane lets frames be.
    private func isLengthRefused(_ bytes: Span<UInt8>, at offset: Int, of connection: Connection) -> Bool {
        switch Frame.inspect(bytes, at: offset) {
        case .invalidLength: true
        case .incomplete(let size?): size > connection.lane?.bounds.largestFrame ?? .max
        case .incomplete(nil), .whole: false
        }
    }

    private func closeAfterAnswers(_ connection: Connection, _ handled: Int, _ answers: inout FrameBuffer) -> Int {
        _ = sendAnswers(&answers, to: connection)
        closeWhenFlushed(connection)
        return handled
    }

    /// Sends `answers`, with the board's descriptor on the byte at `start`. Returns as ``sendAnswers(_:to:)``.
    private func sendWithBoard(_ answers: inout FrameBuffer, from start: Int, to connection: Connection) -> Bool {
        defer { answers.removeAll() }
        guard isOpen(connection) else { return false }
        answers.withBytes { bytes in
            if start > 0 { send(bytes.extracting(..<start), to: connection) }
            send(bytes.extracting(start...), to: connection, withBoard: true)
        }
        return connection.unsent.isEmpty
    }

    /// Sends the content of `answers`, unless the connection is closed. Returns whether the socket took all of it.
    private func sendAnswers(_ answers: inout FrameBuffer, to connection: Connection) -> Bool {
        defer { answers.removeAll() }
        guard isOpen(connection) else { return false }
        answers.withBytes { if $0.count > 0 { send($0, to: connection) } }
        return connection.unsent.isEmpty
    }
}
