internal import UsherLinkWire

/// Calls, and what confirms them.
extension StoreSession {
    /// Keeps a call for ``flush()``.
    func call(_ call: Call) {
        count(call)
        switch call.function {
        case .get, .list: asked.append(call)
        default: batch.append(call)
        }
    }

    /// Sends the fetches that have come, and the other calls unless an earlier batch is being confirmed.
    func flush() {
        if isUp, !asked.isEmpty { fetches.together(fetch) }
        if isUp, !isConfirming, !batch.isEmpty { calls.together(sendBatch) }
    }

    private func fetch() {
        for call in asked {
            fetches.send(words(call.function, call.arguments)) { [unowned self] answer in settle(call, answer) }
        }
        asked.removeAll(keepingCapacity: true)
    }

    private func sendBatch() {
        let batch = self.batch
        self.batch = []
        let held = HeldAnswers()
        for call in batch {
            calls.send(words(call.function, call.arguments)) { [unowned self] answer in
                if call.isConfirmed { held.answers.append((call, answer)) } else { settle(call, answer) }
            }
        }
        let patience = batch.filter(\.isConfirmed).map(\.milliseconds).max()
        guard let patience, isUp else { return }
        confirm(held, patience)
    }

    /// Answers that wait for the replicas.
    private final class HeldAnswers {
        var answers: [(call: Call, answer: StoreAnswer)] = []
    }

    /// Has the replicas confirm the batch. WAIT gets 1 ms at least: a time of 0 would wait for ever.
    private func confirm(_ held: HeldAnswers, _ milliseconds: UInt32) {
        isConfirming = true
        let copies = Array(String(scope.copies).utf8)
        let time = Array(String(max(1, min(milliseconds, 5_000))).utf8)
        calls.send([Array("WAIT".utf8), copies, time]) { [unowned self] answer in
            isConfirming = false
            if let complaint = answer.complaint { return end(complaint) }
            guard case .value(let value) = answer, let count = value.number else { return end("WAIT has no count") }
            for (call, answer) in held.answers {
                settle(call, count >= Int64(scope.copies) ? answer : unconfirmed(answer))
            }
            flush()
        }
    }

    private func unconfirmed(_ answer: StoreAnswer) -> StoreAnswer {
        if case .error = answer { return answer }
        return .error(Array("UNCONFIRMED too few replicas have confirmed it".utf8))
    }

    private func settle(_ call: Call, _ answer: StoreAnswer) {
        discount(call)
        switch answer {
        case .value(let value): say(.reply(call.id, value))
        case .error(let text):
            let isOwn = StoreErrors.isOfLibrary(text) || text.starts(with: Array("UNCONFIRMED".utf8))
            guard isOwn else { return end(String(decoding: text, as: UTF8.self)) }
            say(.failure(call.id, text))
        }
    }

    private func say(_ message: LinkMessage) {
        if isUp { output.say(message) }
    }
}
