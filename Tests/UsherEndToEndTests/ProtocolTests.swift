import CLinux
import Testing
import UsherTestKit

/// What `protocol/` says, against a running daemon.
@Suite("The protocol, live")
struct ProtocolTests {
    private static let vectors = Vector.all.filter { $0.isLive && $0.isRequest }

    @Test("every live vector is answered as it says")
    func vectors() throws {
        #expect(Self.vectors.count > 100)
        let daemon = try DevDaemon()
        for vector in Self.vectors { try check(vector, daemon) }
    }

    private func check(_ vector: Vector, _ daemon: DevDaemon) throws {
        let client = try daemon.client()
        try client.send(vector.bytes)
        if let error = vector.expect["error"] {
            let answer = Answer(try #require(try client.receive(), "\(vector.name)"))
            #expect(answer.code == error["code"]?.integer && answer.reason == error["reason"]?.text, "\(vector.name)")
            #expect(answer.message["id"] == error["id"], "\(vector.name)")
        } else if let expected = vector.answer {
            let answer = Answer(try #require(try client.receive(), "\(vector.name)"))
            #expect(answer.message["id"] == expected["id"] && answer.result == expected["result"], "\(vector.name)")
            #expect(answer.code == expected["error"]?["code"]?.integer, "\(vector.name)")
        }
        if vector.expect["closes"] == true {
            #expect(client.isClosed(), "\(vector.name)")
        } else {
            try client.send(TestClient.frame(#"{"jsonrpc":"2.0","id":"after","method":"server.ping"}"#))
            #expect(try client.receive()?["id"] == "after", "\(vector.name)")
        }
    }

    @Test("the daemon, the broker and the command line say of which build they are, and so does server.hello")
    func version() throws {
        let directory = try TestDirectory()
        let versions = try ["usherd", "usher-pam", "usherctl"].map { program in
            try TestProcess.run(["\(Built.directory)/\(program)", "--version"], in: directory).text
        }
        let hello = try DevDaemon().client().call("server.hello")
        #expect(Set(versions).count == 1 && versions[0].first?.isNumber == true)
        #expect("\(hello.result?["server"]?.text ?? "")\n" == "usherd/\(versions[0])")
    }

    @Test("a client of 80 lines of Python does the main job", .enabled(if: Machine.hasProgram("python3")))
    func python() throws {
        let script = "\(Built.package)/protocol/examples/usher_login.py"
        #expect(File.text(script).split(separator: "\n", omittingEmptySubsequences: false).count <= 81)
        let daemon = try DevDaemon()
        let directory = try TestDirectory()
        let (end, text) = try TestProcess.run(
            ["python3", script, daemon.socket, "\(daemon.directory)/login.json"], in: directory)
        #expect(end == .status(0), "\(text)")
        let lines = text.split(separator: "\n")
        #expect(lines.first?.hasPrefix("logged in: \(daemon.user)") == true)
        #expect(lines.dropFirst() == ["valid: True", "revoked: 1", "valid: False"])
    }
}
