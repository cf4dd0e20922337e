import CLinux
import Testing
import UsherTestKit

/// What pam_echo(8) says: a module that passes a whole file on as one text.
@Suite("Texts of modules")
struct TextTests {
    /// A code of blocks, 20 lines of 60 bytes, and the address behind it.
    private static let code =
        (0..<20).map { line in String(repeating: line % 2 == 0 ? "\u{2588} " : " \u{2588}", count: 15) }
        .joined(separator: "\n") + "\nhttps://id.example/verify?code=ABCD-EFGH"

    private func daemon(_ text: String, keys: String = "") throws -> DevDaemon {
        let stack = """
            auth optional pam_echo.so file=DIR/text
            auth required DEV file=DIR/users
            account required DEV file=DIR/users
            """
        let daemon = try DevDaemon([DevDaemon.Service(name: "code", stack: stack, keys: keys)])
        try File.write(text, to: daemon.directory + "/text")
        return daemon
    }

    @Test("arrive with all their lines: with the question where they are relayed, else with the login")
    func lines() throws {
        #expect(Self.code.utf8.count > 1000)
        let held = try daemon(Self.code)
        let step = try held.client().call("auth.start", held.credentials(for: "code"))
        #expect(step["messages"] == [["style": "info", "text": .text(Self.code)]])
        let relayed = try daemon(Self.code, keys: "relay_messages = true")
        let question = try relayed.client().call("auth.start", ["user": .text(relayed.user), "service": "code"])
        #expect(
            question["prompts"] == [
                ["style": "info", "text": .text(Self.code)], ["style": "secret", "text": "Password: "],
            ])
    }

    @Test("that are longer than 4 KiB are cut, which usherctl tells; it shows no control characters")
    func cut() throws {
        let daemon = try daemon("one\n\u{1b}[2Jtwo\n" + String(repeating: "x", count: 5000))
        let step = try daemon.client().call("auth.start", daemon.credentials(for: "code"))
        let message = step["messages"]?.array?.first
        #expect(message?["cut"] == true && message?["text"]?.text?.utf8.count == 4096)
        let place = try TestDirectory()
        try File.write(daemon.password + "\n", to: place.path("password"))
        let shown = try TestProcess.run(
            [
                "sh", "-c", "exec \"$@\" <\"$0\"", place.path("password"), Built.directory + "/usherctl", "login",
                daemon.user, "--service", "code", "--password-stdin", "--directory", daemon.directory,
            ], in: place)
        #expect(shown.end == .status(0) && shown.text.contains("\none\n[2Jtwo\nxxx"), "\(shown.text)")
        #expect(shown.text.hasSuffix("x\n[the rest is cut off]\n\n"), "\(shown.text.suffix(100))")
    }
}
