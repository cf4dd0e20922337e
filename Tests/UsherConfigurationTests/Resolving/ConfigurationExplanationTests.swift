import Testing
import UsherConfiguration
import UsherEngine

@Suite("Explanation of a configuration")
struct ConfigurationExplanationTests {
    /// Whether what `question` is about is allowed by the configuration `text`, and the lines of the answer.
    private func ask(
        _ text: String, _ question: PolicyQuestion
    ) throws -> (isAllowed: Bool, lines: [String]) {
        question.answer(by: Policy(try ConfigurationBench.load(text)))
    }

    @Test("explains which entry decides, and what follows")
    func explained() throws {
        let text =
            """
            [[service]]
            name = "web"
            [[client]]
            user = 33
            roles = ["login"]
            name = "wiki"
            board = false
            [[client]]
            group = 50
            roles = ["validate"]
            """
        for (uid, groups, method, isAllowed, entry) in [
            (33, [50], "auth.start", true, "wiki"), (33, [50], "session.validate", false, "wiki"),
            (34, [4, 50], "session.validate", true, "group 50"), (34, [50], "session.list", true, "group 50"),
            (34, [50], "server.stats", false, "group 50"), (35, [], "server.hello", true, nil),
            (35, [], "auth.start", false, nil),
        ] as [(UInt32, [UInt32], String, Bool, String?)] {
            let report = try ask(text, try PolicyQuestion(uid: uid, gid: 1, groups: groups, method: method))
            #expect(report.isAllowed == isAllowed && report.lines[0].contains(isAllowed ? "allowed" : "refused"))
            #expect(
                report.lines[1].contains(entry.map { "entry \"\($0)\"" } ?? "no entry matches"), "\(report.lines)")
        }
        #expect(throws: PolicyQuestion.Fault.unknownMethod) {
            try PolicyQuestion(uid: 0, gid: 0, groups: [], method: "session.steal")
        }
    }

    @Test("explains that the uids of a range are one user, whichever entry decides")
    func range() throws {
        let text =
            """
            [[client]]
            user = 100007
            roles = ["admin"]
            [[client]]
            uids = "100000-165535"
            roles = ["validate"]
            """
        for (uid, entry, isInRange) in [
            (100_007, "user 100007", true), (100_000, "uids 100000-165535", true),
            (165_535, "uids 100000-165535", true), (165_536, nil, false), (0, "root", false),
        ] as [(UInt32, String?, Bool)] {
            for method in [nil, "server.ping"] {
                let output = try ask(text, try PolicyQuestion(uid: uid, gid: 1, groups: [], method: method)).lines
                #expect(output[1].contains(entry.map { "entry \"\($0)\"" } ?? "no entry matches"))
                #expect(output.contains("shares: one user with all of uids 100000-165535") == isInRange, "\(output)")
            }
        }
    }

    @Test("without a method answers with a table of all")
    func table() throws {
        let text =
            """
            [[service]]
            name = "web"
            [[client]]
            user = 33
            name = "wiki"
            roles = ["login", "validate"]
            board = false
            """
        let report = try ask(text, try PolicyQuestion(uid: 33, gid: 33, groups: [4, 50], method: nil))
        #expect(report.isAllowed)
        #expect(
            report.lines.joined(separator: "\n") == """
                uid 33, gid 33, groups 4, 50
                by: entry "wiki", the first that matches
                roles: login, validate
                services: web (realm default)
                relays_source: false
                board: false

                session.validate    allowed  takes the role validate
                session.touch       allowed  takes the role validate
                session.rotate      allowed  takes the role validate
                session.update      allowed  takes the role validate
                session.list        allowed  takes the role validate with a token, admin with a user or a handle
                session.revoke      allowed  takes the role validate with a token, admin with a user or a handle
                session.revoke_all  allowed  takes the role validate with a token, admin with a user or a handle
                session.create      refused  takes the role issue
                auth.start          allowed  takes the role login
                auth.respond        allowed  takes the role login
                auth.cancel         allowed  takes the role login
                code.claim          allowed  takes the role login
                server.hello        allowed  takes no role
                server.ping         allowed  takes no role
                server.stats        refused  takes the role admin or metrics
                events.subscribe    refused  takes the role watch
                board.attach        refused  takes the role validate and board = true
                limiter.list        refused  takes the role admin
                limiter.clear       refused  takes the role admin
                cluster.status      refused  takes the role admin
                cluster.forget      refused  takes the role admin
                cluster.leave       refused  takes the role admin
                """)
    }

    @Test("a user's groups are looked up by the name")
    func user() throws {
        let nobody = try #require(HostUser("nobody"))
        #expect(nobody.uid == 65534 && nobody.groups.contains(nobody.gid) && HostUser("no such user") == nil)
        let text = "[[client]]\ngroup = \(nobody.gid)\nname = \"theirs\"\nroles = [\"watch\"]\n"
        let report = try ask(
            text,
            try PolicyQuestion(
                name: nobody.name, uid: nobody.uid, gid: nobody.gid, groups: nobody.groups,
                method: "events.subscribe"))
        #expect(report.isAllowed && report.lines[0] == "events.subscribe by uid 65534 (nobody): allowed")
        #expect(report.lines[1] == "because: entry \"theirs\", the first that matches; it takes the role watch")
    }
}
