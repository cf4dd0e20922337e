import CLinux
import Testing

@testable import UsherClient
@testable import UsherctlText
@testable import usherctl

@Suite("usherctl: errors, exit statuses and completions")
struct UsherctlErrorTests {
    /// A daemon that answers everything in one way.
    private func serve(_ answer: @escaping @Sendable (ScriptedServer.Received, ScriptedServer.Connection) -> Void)
        -> ScriptedServer
    {
        ScriptedServer { peer in
            while let request = peer.next() { answer(request, peer) }
        }
    }

    @Test("with --json an error is JSON as well")
    func json() {
        let server = serve { request, peer in
            peer.refuse(request, 1006, data: #"{"reason":"rate_limited","retry_after_ms":3200}"#)
        }
        defer { server.stop() }
        let program = Program(["login", "ada", "--json", "--password-stdin", "--directory", server.directory])
        program.type("x\n")
        #expect(program.finish() == 1)
        #expect(
            program.printed
                == #"{"error":{"code":1006,"reason":"rate_limited","message":"rate_limited: Too many attempts; wait "#
                + #"before the next. (the daemon answered 1006) Wait 4s.","retry_after_ms":3200,"exit_status":1}}"#
                + "\n")
        let away = Program(["stats", "--json", "--directory", "/nonexistent"])
        #expect(away.finish() == 3)
        #expect(away.printed.hasPrefix(#"{"error":{"reason":"unreachable","message":"no daemon at "#))
        let usage = Program(["stats", "--json", "--nonsense"])
        #expect(
            usage.finish() == 2 && usage.printed.hasPrefix(#"{"error":{"reason":"usage","message":"Unknown option"#))
    }

    @Test("a refusal says how long to wait")
    func wait() {
        let server = serve { request, peer in
            peer.refuse(request, 1006, data: #"{"reason":"rate_limited","retry_after_ms":90000}"#)
        }
        defer { server.stop() }
        let program = Program(["login", "ada", "--password-stdin", "--directory", server.directory])
        program.type("x\n")
        #expect(program.finish() == 1)
        #expect(
            program.printed
                == "usherctl: rate_limited: Too many attempts; wait before the next. "
                + "(the daemon answered 1006) Wait 1min 30s.\n")
    }

    @Test(
        "where the answer to a change is lost it ends with 4, and with 3 where nothing was to be changed",
        arguments: [
            (["revoke", "h_AAAAAQAAAAAAAABC"], 4), (["revoke-all", "--user", "ada"], 4), (["limiter", "clear"], 4),
            (["revoke-all", "--everybody"], 4), (["limiter"], 3), (["list"], 3), (["stats"], 3),
        ] as [([String], Int32)])
    func unconfirmed(_ arguments: [String], _ status: Int32) {
        let server = ScriptedServer { peer in _ = peer.next() }  // and closes
        defer { server.stop() }
        let program = Program(arguments + ["--directory", server.directory])
        #expect(program.finish() == status, "\(program.printed)")
        #expect(program.printed.contains("It may have been done") == (status == 4))
    }

    @Test(
        "where an end goes on it ends with 4 and says when the last host stops, without another word",
        arguments: [["revoke", "h_AAAAAQAAAAAAAABC"], ["revoke-all", "--user", "ada"]])
    func pending(_ arguments: [String]) {
        let server = serve { request, peer in
            peer.refuse(
                request, 1008,
                data: #"{"reason":"unavailable","retry_after_ms":1000,"pending":true,"until_ms":10400}"#)
        }
        defer { server.stop() }
        let text = "The end has begun and goes on; hosts that have not confirmed it stop by themselves within 11s."
        let program = Program(arguments + ["--directory", server.directory])
        #expect(program.finish() == 4 && program.printed == "usherctl: \(text)\n")
        let json = Program(arguments + ["--json", "--directory", server.directory])
        #expect(json.finish() == 4)
        #expect(
            json.printed
                == #"{"error":{"code":1008,"reason":"pending","message":"\#(text)","retry_after_ms":1000,"#
                + #""pending":true,"until_ms":10400,"exit_status":4}}"# + "\n")
    }

    @Test("where an end waits for the store it says so, and where nothing was begun it ends with 3")
    func pendingWithoutTime() {
        let server = serve { request, peer in
            let data = request.method == "session.revoke" ? #"{"reason":"unavailable","pending":true}"# : "{}"
            peer.refuse(request, 1008, data: data)
        }
        defer { server.stop() }
        let begun = Program(["revoke", "h_AAAAAQAAAAAAAABC", "--directory", server.directory])
        #expect(begun.finish() == 4)
        #expect(begun.printed.contains("begun on this host and goes on; the other hosts get it once the store can be"))
        let refused = Program(["revoke-all", "--user", "ada", "--directory", server.directory])
        #expect(refused.finish() == 3 && !refused.printed.contains("begun"), "\(refused.printed)")
    }

    @Test(
        "suggests the command that was meant",
        arguments: [
            (["lst"], "there is no command 'lst'; did you mean 'list'?"),
            (["help", "revokeall"], "there is no command 'revokeall'; did you mean 'revoke-all'?"),
            (["stat", "--json"], "there is no command 'stat'; did you mean 'stats'?"),
            (["limiter", "claer"], "there is no command 'claer'; did you mean 'clear'?"),
            (["frobnicate"], "there is no command 'frobnicate'; 'usherctl --help' shows all."),
        ])
    func suggestion(_ arguments: [String], _ text: String) {
        let program = Program(arguments)
        #expect(program.finish() == 2)
        #expect(program.printed.contains(text), "\(program.printed)")
    }

    @Test("help for a command that is there is help", arguments: [["help", "list"], ["help"], ["limiter", "--help"]])
    func help(_ arguments: [String]) {
        let program = Program(arguments)
        #expect(program.finish() == 0 && program.printed.contains("USAGE: usherctl"))
    }

    @Test("an argument that is not UTF-8 is refused, and nothing is asked")
    func argumentBytes() {
        let server = serve { _, _ in Issue.record("the daemon was asked") }
        defer { server.stop() }
        let line = "exec \(Program.usherctl) list --directory \(server.directory) --user $(printf 'p\\344')"
        let program = Program(["-c", line], path: "/bin/sh", environment: ["PATH=/usr/bin:/bin"])
        #expect(program.finish() == 2 && program.printed == "usherctl: an argument is not UTF-8\n")
    }

    // MARK: Passwords

    @Test("a login without a terminal says so, and asks nothing")
    func noTerminal() {
        let server = serve { _, _ in Issue.record("the daemon was asked") }
        defer { server.stop() }
        let program = Program(
            ["--wait", Program.usherctl, "login", "ada", "--directory", server.directory], path: "/usr/bin/setsid")
        #expect(program.finish() == 2)
        #expect(
            program.printed
                == "usherctl: there is no terminal to ask on; --password-stdin reads from standard input\n")
    }

    @Test("a password that is too long, or missing, is told as that")
    func badPassword() {
        let server = serve { _, _ in Issue.record("the daemon was asked") }
        defer { server.stop() }
        for (typed, text) in [
            (String(repeating: "x", count: 512) + "\n", "that is too long: an answer has at most 511 bytes"),
            ("", "standard input has ended before PAM's questions"),
        ] {
            let program = Program(["login", "ada", "--password-stdin", "--directory", server.directory])
            program.type(typed)
            #expect(program.finish() == 2 && program.printed == "usherctl: \(text)\n")
        }
    }

    @Test(
        "a carriage return before the line's end is none of the password",
        arguments: [("right\r\n", "right"), ("ri\rght\r\r\n", #"ri\rght\r"#), ("right", "right"), ("\r\n", "")])
    func carriageReturn(_ typed: String, _ password: String) {  // as it stands in the request's JSON
        let asked = Box<[String]>([])
        let server = serve { request, peer in
            if request.method == "auth.start" { asked.change { $0.append(request.member("password") ?? "none") } }
            peer.refuse(request, 1001)
        }
        defer { server.stop() }
        let program = Program(["login", "ada", "--password-stdin", "--directory", server.directory])
        program.type(typed)
        #expect(program.finish() == 1 && Set(asked.current) == [password], "\(asked.current)")
    }

    @Test("a challenge keeps its lines, and nothing else that could steer a terminal")
    func lines() {
        let server = serve { request, peer in
            if request.method == "auth.cancel" { return peer.answer(request, "{}") }
            peer.answer(
                request,
                Sample.challenge(#"{"style":"info","text":"██\n█ █\u001b[2J\nhttps://id.example"},"# + Sample.code))
        }
        defer { server.stop() }
        let program = Program(
            ["--wait", Program.usherctl, "login", "ada", "--password-stdin", "--directory", server.directory],
            path: "/usr/bin/setsid")
        program.type("x\n")
        #expect(program.finish() == 2)
        #expect(program.printed.hasPrefix("██\n█ █?[2J\nhttps://id.example\nLook at your token\n"))
    }

    // MARK: Completions

    @Test("a shell is offered users, handles, services, kinds, files and directories")
    func completions() {
        let server = serve { request, peer in
            switch request.method {
            case "server.hello":
                peer.answer(request, Sample.hello(services: #""web","ssh""#))
            default: peer.answer(request, #"{"sessions":[\#(Sample.session(user: "ada"))]}"#)
            }
        }
        defer { server.stop() }
        let script = server.directory + "/usherctl.bash"
        let path = Program.usherctl.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
        defer { unlink(script) }
        for (words, wanted) in [
            ("list --user ", "ada"), ("list --service ", "web"), ("revoke ", Sample.handle),
            ("watch --kind re", "refused"),
            ("list --sort ", "oldest"), ("revoke-all --except ", Sample.handle), ("login x --service ", "ssh"),
            ("stats --socket \(server.directory)/", "\(server.directory)/usher.sock"),
            ("stats --directory \(server.directory.dropLast())", server.directory),
        ] {
            let line = "usherctl \(words)"
            let program = Program(
                [
                    "-c",
                    """
                    PATH=\(path):/usr/bin:/bin; usherctl --generate-completion-script bash >\(script); . \(script)
                    COMP_LINE='\(line)'; COMP_POINT=${#COMP_LINE}; read -ra COMP_WORDS <<<"$COMP_LINE"
                    [ "${COMP_LINE: -1}" != ' ' ] || COMP_WORDS+=('')
                    COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_TYPE=9; COMP_KEY=9
                    _usherctl usherctl "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>/dev/null
                    printf '%s\\n' "${COMPREPLY[@]}"
                    """,
                ], path: "/bin/bash", environment: ["USHER_SOCKET=\(server.path)"])
            _ = program.finish()
            // Without root the own user is not trusted to serve a socket that USHER_SOCKET names.
            let isAsked = getuid() == 0 || ["stats", "watch", "list --sort"].contains { words.hasPrefix($0) }
            #expect(!isAsked || program.printed.contains(wanted), "\(words): \(program.printed)")
        }
    }
}
