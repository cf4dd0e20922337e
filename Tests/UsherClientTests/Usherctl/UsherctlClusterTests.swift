import CLinux
import Testing
import UsherClient
import UsherTestKit
import UsherWire

@testable import UsherctlText
@testable import usherctl

/// 32 zero bytes in base64url.
private let zeroKey = String(repeating: "A", count: 43)

@Suite("usherctl: cluster")
struct UsherctlClusterTests {
    @Test("prints a new key with its number each time", arguments: [([], "1"), (["--number", "255"], "255")])
    func key(options: [String], number: String) {
        let keys = (0..<2).map { _ in
            let program = Program(["cluster", "key"] + options)
            #expect(program.finish() == 0)
            return program.printed.split(whereSeparator: \.isWhitespace).map(String.init)
        }
        #expect(keys.allSatisfy { $0.count == 2 && $0[0] == number && Token($0[1]) != nil }, "\(keys)")
        #expect(keys[0][1] != keys[1][1])
    }

    @Test("a number that is none is wrong usage", arguments: ["256", "-1", "x"])
    func number(text: String) {
        #expect(Program(["cluster", "key", "--number", text]).finish() == 2)
    }

    private static let member = "00112233445566778899aabbccddeeff"
    private static let other = "ffeeddccbbaa99887766554433221100"

    /// A member of two hosts, all well.
    private static func status(_ change: (inout ClusterStatus) -> Void = { _ in }) -> ClusterStatus {
        var status = ClusterStatus(name: "corp", host: "a", member: member, state: "member")
        (status.hasLink, status.hasStore, status.isWhole) = (true, true, true)
        (status.lease, status.leaseLeft, status.copies) = (10_000, 8_123, 1)
        (status.epoch, status.ordinal) = ("0000000a", 1_790_000_000_123)
        (status.acknowledged, status.acknowledgedByAll) = (33, 32)
        (status.sessions, status.endsPending) = (7, 1)
        status.members = [
            ClusterStatus.Member(member: member, host: "a", age: 120),
            ClusterStatus.Member(member: other, host: "b", age: 2_400),
        ]
        change(&status)
        return status
    }

    @Test("shows people what is wrong, this host, and the others")
    func table() {
        expectGolden("cluster", Self.status().lines())
        let missed = Self.status {
            $0.isWhole = false
            $0.members[1].age = 11_000
            $0.awaited = [ClusterStatus.Member(member: String(repeating: "c", count: 32), host: "c\u{1B}", age: nil)]
        }
        expectGolden("cluster-wrong", missed.lines())
    }

    @Test("says in one sentence what keeps a host from taking part")
    func faults() {
        func first(_ change: (inout ClusterStatus) -> Void) -> String { Self.status(change).faults.first ?? "" }
        #expect(Self.status().faults.isEmpty)
        #expect(first { $0.hasLink = false }.contains("systemctl status usher-link.socket"))
        let refused = first {
            $0.hasStore = false
            $0.fault = "NOAUTH"
        }
        #expect(refused == "usher-link has no connection with the store: NOAUTH")
        let joining = first {
            $0.state = "joining"
            $0.fault = "the other hosts have another key"
        }
        #expect(joining == "the other hosts have another key")
        #expect(first { $0.state = "joining" }.contains("on its way"))
        #expect(first { $0.leaseLeft = 0 }.contains("no lease"))
        #expect(first { $0.state = "stopped" }.contains("restart usherd"))
    }

    @Test("finds a host by its name and by the first digits of its member, and one that is waited for")
    func find() throws {
        let status = Self.status {
            $0.awaited = [ClusterStatus.Member(member: "c" + Self.other.dropFirst(), host: "c", age: nil)]
        }
        #expect(try status.find("b").member == Self.other && status.find("ffee").member == Self.other)
        #expect(try status.find("c").member == "c" + Self.other.dropFirst())
        #expect(try status.find(String(repeating: "0", count: 32)).host == nil)
        #expect(throws: ToolError.self) { try status.find("d") }
        #expect(throws: ToolError.self) { try status.find("ffe") }
        let twins = Self.status { $0.members[0].host = "b" }
        #expect(throws: ToolError.self) { try twins.find("b") }
    }

    /// A daemon with that status, which refuses to forget with `code`, if any.
    private func serve(_ json: String, refusal code: Int? = nil) -> ScriptedServer {
        ScriptedServer { peer in
            while let request = peer.next() {
                switch (request.method, code) {
                case ("cluster.status", _): peer.answer(request, json)
                case ("cluster.forget", let code?): peer.refuse(request, code)
                case ("cluster.forget", nil): peer.answer(request, "{}")
                default: peer.refuse(request, -32601)
                }
            }
        }
    }

    private static var text: String { status().json.line() ?? "" }

    @Test("shows the status to people and to programs")
    func show() {
        let server = serve(Self.text.replacing(#""fault":null,"#, with: ""))
        defer { server.stop() }
        let program = Program(["cluster", "status", "--directory", server.directory])
        #expect(program.finish() == 0)
        #expect(program.printed.contains("Nothing is wrong.") && program.printed.contains("b     ffeeddcc  2.4 s ago"))
        let json = Program(["cluster", "status", "--json", "--directory", server.directory])
        #expect(json.finish() == 0)
        #expect(json.printed.contains(#""state":"member""#) && json.printed.contains(#""age_ms":2400"#))
    }

    @Test("forgets a host only with --yes, and says why a host that may live is not forgotten")
    func forget() {
        let server = serve(Self.text.replacing(#""fault":null,"#, with: ""))
        let (deaf, old) = (serve(Self.text.replacing(#""fault":null,"#, with: ""), refusal: 1016), serve("{}"))
        defer { for one in [server, deaf, old] { one.stop() } }
        let ask = Program(["cluster", "forget", "b", "--directory", server.directory])
        #expect(ask.finish() == 2)
        #expect(ask.printed.contains("--yes"))
        let done = Program(["cluster", "forget", "b", "--yes", "--directory", server.directory])
        #expect(done.finish() == 0)
        #expect(done.printed == "b is waited for no more.\n")
        let refused = Program(["cluster", "forget", "b", "--yes", "--directory", deaf.directory])
        #expect(refused.finish() == 1)
        #expect(refused.printed.contains("may still accept sessions"))
        #expect(Program(["cluster", "forget", "x", "--yes", "--directory", server.directory]).finish() == 1)
        for arguments in [[], ["b", "--everybody"]] {
            let wrong = Program(["cluster", "forget", "--yes", "--directory", server.directory] + arguments)
            #expect(wrong.finish() == 2)
            #expect(wrong.printed.contains("give a host or --everybody"))
        }
        let unsaid = Program(["cluster", "forget", "--everybody", "--directory", server.directory])
        #expect(unsaid.finish() == 2)
        #expect(unsaid.printed.contains("--yes: none comes back"))
        let all = Program(["cluster", "forget", "--everybody", "--yes", "--directory", server.directory])
        #expect(all.finish() == 0)
        #expect(all.printed == "Nobody is waited for any more.\n")
    }

    @Test("prints the library byte by byte, and says which package has it")
    func library() throws {
        let path = "protocol/cluster/usher.lua"
        let program = Program(["cluster", "library", "--file", path])
        #expect(program.finish() == 0)
        #expect(program.printed == File.text(path))
        let missing = Program(["cluster", "library", "--file", "/nonexistent"])
        #expect(missing.finish() == 3)
        #expect(missing.printed.contains("usher-link"))
    }

    @Test(
        "knows the form of a key file, and nothing else",
        arguments: [
            ("1 \(zeroKey)\n", true), ("1 \(zeroKey)", true), ("1 \(zeroKey)\n255 \(zeroKey)\n", true), ("", false),
            ("256 \(zeroKey)\n", false), ("1  \(zeroKey)\n", false),
            ("1 \(zeroKey)\n2 \(zeroKey)\n3 \(zeroKey)\n", false),
            ("\(zeroKey)\n", false), ("1 \(zeroKey)x\n", false), ("1 \(zeroKey)\n\n", false), ("x \(zeroKey)\n", false),
        ])
    func keyForm(_ text: String, _ isGood: Bool) {
        let bytes = Array(text.utf8)
        #expect(ClusterKeyForm.isGood(bytes.span) == isGood)
    }

    @Test("checks without a daemon: each line says what to do, and the exit status that something is")
    func check() throws {
        let place = try TestDirectory()
        let none = [
            "--directory", place.path("none"), "--link", place.path("link.sock"), "--options", place.path("options"),
        ]
        let program = Program(["cluster", "check", "--key-file", place.path("key"), "--name", "corp"] + none)
        #expect(program.finish() == 1)
        #expect(program.printed.contains("not ok  key: "), "\(program.printed)")
        #expect(program.printed.contains("systemctl enable --now usher-link.socket"))
        try File.write("1 " + String(repeating: "A", count: 43) + "\n", to: place.path("key"))
        chmod(place.path("key"), 0o644)
        let open = Program(["cluster", "check", "--json", "--key-file", place.path("key")] + none)
        #expect(open.finish() == 1)
        #expect(open.printed.contains("must be a file of root with the mode 0600"))
        chmod(place.path("key"), 0o600)
        guard geteuid() == 0 else { return }
        let closed = Program(["cluster", "check", "--key-file", place.path("key")] + none)
        #expect(closed.finish() == 1)
        #expect(closed.printed.contains("ok      key: "))
    }
}
