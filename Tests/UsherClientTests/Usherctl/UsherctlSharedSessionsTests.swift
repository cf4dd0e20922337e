import Testing

@testable import UsherClient
@testable import usherctl

@Suite("usherctl: sessions that hosts share")
struct UsherctlSharedSessionsTests {
    /// Runs usherctl against a daemon that answers each method in one way.
    private func run(
        _ arguments: [String],
        _ answer: @escaping @Sendable (ScriptedServer.Received, ScriptedServer.Connection) -> Void
    ) -> (status: Int32, printed: String) {
        let server = ScriptedServer { peer in
            while let request = peer.next() { answer(request, peer) }
        }
        defer { server.stop() }
        let program = Program(arguments + ["--directory", server.directory])
        let status = program.finish()
        return (status, program.printed)
    }

    @Test(
        "says that a list may lack sessions, and what to do",
        arguments: [
            (["list"], "Only sessions that this host has seen: --user lists those of a user on all hosts.\n"),
            (
                ["list", "--user", "ada"],
                "Only sessions that this host has seen: the other hosts cannot be asked now.\n"
            ),
        ])
    func partial(_ arguments: [String], _ text: String) {
        let outcome = run(arguments) { request, peer in
            peer.answer(request, #"{"sessions":[],"partial":true}"#)
        }
        #expect(outcome.status == 0 && outcome.printed.hasSuffix(text), "\(outcome)")
        let whole = run(arguments) { request, peer in peer.answer(request, #"{"sessions":[]}"#) }
        #expect(whole.status == 0 && !whole.printed.contains("Only sessions"))
    }

    @Test("says what to do where a shared session cannot be kept")
    func except() {
        let outcome = run(["revoke-all", "--everybody", "--except", Sample.handle]) { request, peer in
            peer.refuse(request, 1018, data: #"{"reason":"unsupported"}"#)
        }
        #expect(outcome.status == 1)
        #expect(outcome.printed.contains("that hosts share cannot be kept when everybody's end"), "\(outcome)")
    }

    @Test("takes the host out of the cluster, and says so")
    func leave() {
        let outcome = run(["cluster", "leave"]) { request, peer in
            if request.method == "cluster.leave" { peer.answer(request, "{}") } else { peer.refuse(request, -32601) }
        }
        #expect(outcome.status == 0)
        #expect(outcome.printed == "This host has left. usherd can be stopped; started again, it joins.\n")
        let alone = run(["cluster", "leave"]) { request, peer in
            peer.refuse(request, 1018, data: #"{"reason":"unsupported"}"#)
        }
        #expect(alone.status == 1 && alone.printed.contains("usherd.toml has no [cluster]"), "\(alone)")
    }
}
