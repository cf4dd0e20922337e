import CLinux
import Testing

@testable import UsherClient
@testable import UsherctlText
@testable import usherctl

@Suite("usherctl: list and revoke-all")
struct UsherctlListTests {
    private static func session(
        _ number: Int, _ user: String = "ada", _ service: String = "web", realm: String = "default",
        from address: String = "192.0.2.7"
    ) -> Session {
        let last = Array("ABCDEFGHIJ")[number]
        let text =
            #"{"handle":"h_AAAAAQAAAAAAAAB\#(last)","realm":"\#(realm)","#
            + #""service":"\#(service)","user":"\#(user)","uid":1000,"created":\#(1_790_000_000 + number),"#
            + #""authenticated":1790000000,"last_seen":\#(1_790_000_000 + 100 * number),"#
            + #""idle_expires":1790002000,"expires":1790086400,"methods":["pwd","otp"],"#
            + #""context":{"remote_ip":"\#(address)"},"version":1}"#
        guard let session = Sample.parsed(text) else { preconditionFailure("the sample is no session") }
        return session
    }

    private static let several = [
        session(0), session(1, "bob", "ssh"), session(2, "Zoë Łukasz 山田", "mail", from: "2001:db8:85a3::8a2e:370:7334"),
        session(3, "a-person-with-a-very-long-account-name@example.com", "a-service-with-a-long-name"),
    ]
    private static let time = RelativeTime(now: UnixTime(seconds: 1_790_000_500))

    @Test("a list fits a terminal of 80 columns, with times from now")
    func narrow() {
        let lines = SessionTable.narrow(Self.several, Self.time, width: 80)
        #expect(lines.allSatisfy { columns(of: $0) <= 80 })
        expectGolden("list", lines)
        let realms = SessionTable.narrow(Self.several + [Self.session(4, realm: "vault")], Self.time, width: 80)
        #expect(realms.allSatisfy { columns(of: $0) <= 80 } && realms[0].contains("REALM"))
    }

    @Test("a wide list has every column, and times in UTC")
    func wide() { expectGolden("list-wide", SessionTable.wide(Self.several)) }

    @Test(
        "times are told in their greatest unit",
        arguments: [
            (0, "0s"), (59, "59s"), (60, "1m"), (3599, "59m"), (3600, "1h"), (86_399, "23h"), (86_400, "1d"),
            (86_400 * 400, "400d"),
        ] as [(Int64, String)])
    func times(seconds: Int64, text: String) {
        let time = RelativeTime(now: UnixTime(seconds: 1_000_000_000))
        #expect(time.age(of: UnixTime(seconds: 1_000_000_000 - seconds)) == text)
        let wait = time.wait(until: UnixTime(seconds: 1_000_000_000 + seconds))
        #expect(wait == (seconds == 0 ? "now" : "in \(text)"))
        #expect(time.wait(until: UnixTime(seconds: 1)) == "now")
    }

    @Test("wide characters take two columns, marks none, and what does not fit is cut", arguments: [20, 12])
    func widths(_ width: Int) {
        let rows = [["A", "B"], ["山田", "x"], ["e\u{301}", "y"], ["abcdefghijklmnop", "z"]]
        let lines = TextTable(rows: rows, flexible: [0]).lines(width: width)
        #expect(lines.allSatisfy { columns(of: $0) <= width })
        let starts = lines.map { line in columns(of: String(line.unicodeScalars.dropLast())) }
        #expect(Set(starts).count == 1, "the second column begins at the same place in each line")
    }

    @Test("keeps the first of many by each order, in bounded memory", arguments: SessionSelection.Order.allCases)
    func selection(_ order: SessionSelection.Order) {
        var selection = SessionSelection(service: nil, order: order, limit: 2)
        for round in 0..<1000 {
            for (user, service, realm) in [("b", "w", "r"), ("a", "x", "q"), ("c", "v", "s")] {
                selection.add(Self.session(round % 10, user, service, realm: realm))
            }
        }
        #expect(selection.count == 3000 && selection.sessions.count == 2)
        let first = selection.sessions.map { "\($0.user)\($0.created.seconds % 10)" }
        switch order {
        case .oldest: #expect(first.allSatisfy { $0.hasSuffix("0") })
        case .user, .realm: #expect(first == ["a0", "a0"])
        case .service: #expect(first == ["c0", "c0"])
        }
        var service = SessionSelection(service: "v", order: order, limit: 9)
        Self.several.forEach { service.add($0) }
        #expect(service.count == 0)
    }

    // MARK: Against a daemon

    /// A daemon with three pages, the second of which is empty.
    private func serve(_ asked: Box<[String]>) -> ScriptedServer {
        ScriptedServer { peer in
            while let request = peer.next() {
                let cursor = request.member("cursor")
                let words = [request.method, request.member("realm"), cursor].compactMap(\.self)
                asked.change { $0.append(words.joined(separator: " ")) }
                if request.member("realm") == "nowhere" {
                    peer.refuse(request, -32602)
                    continue
                }
                let sessions = cursor == "1" ? "" : Sample.session(user: cursor == nil ? "ada" : "bob")
                let next = cursor == nil ? #","next":"1""# : cursor == "1" ? #","next":"2""# : ""
                let isList = request.method == "session.list"
                peer.answer(
                    request, isList ? #"{"sessions":[\#(sessions)]\#(next)}"# : #"{"revoked":2\#(next)}"#)
            }
        }
    }

    @Test("lists everybody, page by page, the empty ones included")
    func everybody() {
        let asked = Box<[String]>([])
        let server = serve(asked)
        defer { server.stop() }
        let program = Program(["list", "--json", "--directory", server.directory])
        #expect(program.finish() == 0)
        #expect(program.printed.split(separator: "\n").count == 2)
        #expect(program.printed.contains(#""user":"ada""#) && program.printed.contains(#""user":"bob""#))
        #expect(asked.current == ["session.list", "session.list 1", "session.list 2"])
        let table = Program(["list", "--limit", "1", "--sort", "user", "--directory", server.directory])
        #expect(table.finish() == 0)
        #expect(table.printed.contains("ada") && !table.printed.contains("bob") && table.printed.contains("1 more: "))
        let none = Program(["list", "--service", "ssh", "--directory", server.directory])
        #expect(none.finish() == 0 && none.printed.split(separator: "\n").count == 1)
    }

    @Test("ends everybody's sessions to the last piece, in one realm where that is asked")
    func revokeEverybody() {
        let asked = Box<[String]>([])
        let server = serve(asked)
        defer { server.stop() }
        let program = Program(["revoke-all", "--everybody", "--realm", "site", "--directory", server.directory])
        #expect(program.finish() == 0 && program.printed == "6 sessions ended.\n")
        #expect(asked.current == [1, 2, 3].map { "session.revoke_all site" + ["", " 1", " 2"][$0 - 1] })
        let wrong = Program(["revoke-all", "--everybody", "--realm", "nowhere", "--directory", server.directory])
        #expect(wrong.finish() == 2 && wrong.printed == "usherctl: there is no realm 'nowhere' that you may use\n")
    }

    @Test(
        "refuses options that exclude each other",
        arguments: [
            ["list", "--user", "ada", "--with-token"], ["list", "--user", "ada", "--realm", "r"],
            ["list", "--limit", "0"], ["revoke-all", "--user", "ada", "--everybody"],
            ["revoke-all", "--user", "ada", "--realm", "r"], ["stats", "--output", "/x"],
        ])
    func usage(_ arguments: [String]) { #expect(Program(arguments).finish() == 2) }
}
