internal import UsherLinkWire

/// The stream, read with a command at a time.
extension StoreSession {
    /// Reads from behind an entry, in place of what was read before. A command that is under way is answered first.
    func follow(_ reading: StreamReading) {
        let isIdle = self.reading == nil || stream.openCount == 0
        self.reading = reading
        if isIdle { read() }
    }

    /// usherd takes `count` more datagrams of entries.
    func grant(_ count: UInt16, to id: UInt64) {
        guard reading?.id == id else { return }
        reading?.grant(count)
        read()
    }

    private func read() {
        guard isUp, stream.openCount == 0, let command = reading?.command(scope.prefix) else { return }
        let id = reading?.id
        stream.send(command) { [unowned self] answer in take(answer, id) }
    }

    private func take(_ answer: StoreAnswer, _ id: UInt64?) {
        if let complaint = answer.complaint { return end(complaint) }
        guard case .value(let value) = answer else { return }
        if reading?.id == id {
            guard let messages = reading?.take(value) else { return end("the stream is none of Usher's") }
            for message in messages where isUp { output.say(message) }
        }
        read()
    }
}
