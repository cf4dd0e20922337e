internal import UsherEventLoop
internal import UsherLinkWire

/// Asks Sentinels, one after the other, for the primary's address. The first address counts: the server itself then
/// confirms that it is a primary.
final class PrimaryFinder {
    /// How long a Sentinel may take.
    private static let patience = Duration.seconds(1)

    private let loop: EventLoop
    private let primary: String
    private let password: StorePassword?
    private let done: (StoreEndpoint?, String) -> Void
    private var left: ArraySlice<StoreEndpoint>
    private var connection: StoreConnection?
    private var timer: EventTimer?
    private var reason = "no Sentinel knows the primary"

    /// Begins to ask `sentinels`. `done` is called once, after `init` has returned: with the primary, or with the
    /// reason why there is none.
    init(
        _ sentinels: [StoreEndpoint], primary: String, password: StorePassword?, loop: EventLoop,
        done: @escaping (StoreEndpoint?, String) -> Void
    ) {
        (self.loop, self.primary, self.password) = (loop, primary, password)
        (self.done, left) = (done, sentinels[...])
        timer = try? loop.timer { [unowned self] in next() }
        timer?.arm(sinceBoot: .zero)
    }

    private func next() {
        timer?.fired()
        connection = nil
        guard let sentinel = left.popFirst() else { return finish(nil) }
        timer?.arm(sinceBoot: loop.now + Self.patience)
        do throws(StoreFault) {
            connection = try StoreConnection(
                sentinel, loop: loop, opened: { [unowned self] in greet(sentinel) },
                ended: { [unowned self] why in fail(sentinel, why) })
        } catch {
            fail(sentinel, error.description)
        }
    }

    private func greet(_ sentinel: StoreEndpoint) {
        guard let password else { return ask() }
        connection?.send(secret: password.command(user: nil)) { [unowned self] answer in
            if let complaint = answer.complaint { return fail(sentinel, complaint) }
            ask()
        }
    }

    private func ask() {
        let words = ["SENTINEL", "get-master-addr-by-name", primary].map { Array($0.utf8) }
        connection?.send(words) { [unowned self] answer in take(answer) }
    }

    private func take(_ answer: StoreAnswer) {
        if let complaint = answer.complaint { reason = "a Sentinel says: \(complaint)" }
        guard case .value(let value) = answer, let parts = value.list, parts.count == 2, let host = parts[0].bytes,
            let port = parts[1].bytes, let endpoint = StoreEndpoint(host: host, port: port)
        else { return timer?.arm(sinceBoot: .zero) ?? () }
        finish(endpoint)
    }

    /// Notes why a Sentinel failed. The next one is asked in a later turn of the loop.
    private func fail(_ sentinel: StoreEndpoint, _ why: String) {
        reason = "Sentinel \(sentinel): \(why)"
        timer?.arm(sinceBoot: .zero)
    }

    private func finish(_ endpoint: StoreEndpoint?) {
        timer = nil
        connection = nil
        done(endpoint, reason)
    }
}
