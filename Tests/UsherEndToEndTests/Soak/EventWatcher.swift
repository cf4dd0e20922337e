import UsherTestKit

/// One thread's work: follows the events, and tells of an end that nobody asked for.
struct EventWatcher {
    let socket: String
    let scene: CrashScene

    /// Follows them until the scene is over; on a connection that ends it begins anew on another one.
    func work() {
        while !scene.isOver.load(ordering: .relaxed) {
            do {
                let client = try TestClient(socket)
                guard try client.call("events.subscribe", within: .seconds(90)).result == [:] else { continue }
                try follow(client)
            } catch { continue }
        }
    }

    private func follow(_ client: TestClient) throws {
        while !scene.isOver.load(ordering: .relaxed) {
            guard let message = try client.receive(within: .seconds(2)) else { return }
            let (kind, reason) = (message["params"]?["kind"]?.text ?? "", message["params"]?["reason"]?.text ?? "")
            if ["expired", "gap"].contains(kind) || reason == "quota" { note(kind, message) }
            if kind == "revoked" { judge(message["params"]?["handle"]?.text ?? "") }
            scene.count(\.told)
        }
    }

    /// A watcher may be too slow on a busy machine; nothing may expire, and no quota is reached.
    private func note(_ kind: String, _ message: JSONValue) {
        if kind != "gap" { scene.fail("an end that nobody asked for: \(message.json)") }
    }

    /// Only what somebody has begun to end may be told as ended.
    private func judge(_ handle: String) {
        let sessions = scene.newest(5000).filter { $0.made.handle == handle }
        if !sessions.isEmpty, sessions.allSatisfy({ $0.knowledge.endings == 0 }) {
            scene.fail("told as ended, and nobody asked for it: \(handle)")
        }
    }
}
