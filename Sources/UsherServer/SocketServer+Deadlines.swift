internal import UsherEngine
internal import UsherNames
internal import UsherPOSIX

/// Clients that keep the server waiting: with the rest of a frame, or with reading what was sent.
extension SocketServer {
    /// Closes the connections whose half frame is overdue, and those that took nothing of what waits for them.
    func expire(at now: Int64) {
        for id in frameDeadlines.takeDue(at: now) {
            guard let connection = table[id] else { continue }
            connection.isInFrameQueue = false
            expireFrame(of: connection, at: now)
        }
        for id in sendDeadlines.takeDue(at: now) {
            guard let connection = table[id] else { continue }
            connection.isInSendQueue = false
            guard let deadline = connection.sendDeadline else { continue }
            guard deadline <= now else {
                queueSend(deadline, of: connection)
                continue
            }
            noteCutOff(connection, "answers")
            close(connection)
        }
    }

    private func expireFrame(of connection: Connection, at now: Int64) {
        guard let deadline = connection.frameDeadline else { return }
        if deadline > now {
            queueFrame(deadline, of: connection)
        } else if connection.isFlushed && !connection.isPaused && connection.readiness == 0 {
            noteCutOff(connection, "frame")
            close(connection)
        } else {
            // It is not being read, or waits for its turn: the rest may long be here.
            let later = now + limits.frameTimeout.wholeNanoseconds
            connection.frameDeadline = later
            queueFrame(later, of: connection)
        }
    }

    /// Half a frame is held. Its rest is due `limits.frameTimeout` after its start was first held.
    func startFrameDeadline(of connection: Connection) {
        let deadline = connection.frameDeadline ?? clock() + limits.frameTimeout.wholeNanoseconds
        connection.frameDeadline = deadline
        queueFrame(deadline, of: connection)
    }

    /// Something is unsent. The client must take some of it within ``sendTimeout``; a running deadline stays.
    func startSendDeadline(of connection: Connection) {
        let deadline = connection.sendDeadline ?? clock() + Self.sendTimeout
        connection.sendDeadline = deadline
        queueSend(deadline, of: connection)
    }

    private func queueFrame(_ deadline: Int64, of connection: Connection) {
        guard !connection.isInFrameQueue else { return }
        connection.isInFrameQueue = true
        frameDeadlines.insert(connection.id, deadline)
        armTimer()
    }

    private func queueSend(_ deadline: Int64, of connection: Connection) {
        guard !connection.isInSendQueue else { return }
        connection.isInSendQueue = true
        sendDeadlines.insert(connection.id, deadline)
        armTimer()
    }
}
