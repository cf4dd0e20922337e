import Testing
import UsherEngine
import UsherNames

@Suite("Policy")
struct PolicyTests {
    static let configuration = Configuration(
        services: [
            Service(name: "web", realm: "intranet"), Service(name: "cli"), Service(name: "mail", realm: "intranet"),
        ],
        clients: [
            ClientEntry(name: "shut out", subject: .user(66)),
            ClientEntry(
                name: "web", subject: .user(33), roles: [.login, .validate], services: ["mail", "web"],
                relaysSource: true),
            ClientEntry(name: "staff", subject: .group(50), roles: [.validate], board: false),
            ClientEntry(name: "admins", subject: .group(4), roles: [.validate, .watch, .admin]),
            ClientEntry(name: "issuer", subject: .user(77), roles: .issue, services: ["cli"]),
        ])

    private func explain(_ uid: UInt32, _ gid: UInt32, _ groups: [UInt32]) -> Policy.Explanation {
        Policy(Self.configuration).explain(uid: uid, gid: gid, groups: groups)
    }

    @Test(
        "lets the first entry that matches decide",
        arguments: [
            (33, 33, [], "web", ["login", "validate"]),
            (33, 50, [4], "web", ["login", "validate"]),
            (1001, 50, [], "staff", ["validate"]),
            (1001, 1001, [27, 50], "staff", ["validate"]),
            (1001, 1001, [4, 50], "staff", ["validate"]),
            (1001, 1001, [4], "admins", ["validate", "watch", "admin"]),
            (1001, 4, [], "admins", ["validate", "watch", "admin"]),
            (66, 50, [4], "shut out", []),
            (77, 77, [], "issuer", ["issue"]),
            (1001, 1001, [], nil, []),
            (50, 33, [], nil, []),
            (0, 0, [0], "root", ["login", "validate", "watch", "admin", "metrics"]),
            (0, 50, [4], "root", ["login", "validate", "watch", "admin", "metrics"]),
        ] as [(UInt32, UInt32, [UInt32], String?, [String])])
    func firstMatch(_ uid: UInt32, _ gid: UInt32, _ groups: [UInt32], _ entry: String?, _ roles: [String]) {
        #expect(explain(uid, gid, groups).entry == entry)
        #expect(explain(uid, gid, groups).grant.roles.names == roles)
        let policy = Policy(Self.configuration)
        #expect(policy.grant(uid: uid, gid: gid, groups: groups) == explain(uid, gid, groups).grant)
    }

    @Test("gives the named services in the configuration's order, with their realms, and nobody else's")
    func services() {
        let web = explain(33, 33, []).grant
        #expect(web.services.map(\.name) == ["web", "mail"])
        #expect(Set(web.services.map(\.realm)) == ["intranet"])
        #expect(web.service(nil)?.name == "web" && web.service("mail")?.realm == "intranet")
        #expect(web.service("cli") == nil && web.service("") == nil)
        #expect(web.relaysSource && web.board)
        let staff = explain(1001, 50, []).grant
        #expect(staff.services.map(\.name) == ["web", "cli", "mail"])
        #expect(Set(staff.services.map(\.realm)) == ["intranet", "default"])
        #expect(!staff.relaysSource && !staff.board)
    }

    @Test("gives nothing at all to whom no entry matches")
    func defaultDeny() {
        let grant = explain(1001, 1001, []).grant
        #expect(grant == .nothing)
        #expect(grant.service(nil) == nil && grant.services.isEmpty && !grant.board && !grant.relaysSource)
        for name in Roles.allNames { #expect(Roles(name: name).map(grant.allows) == false) }
    }

    @Test("without entries gives root all but issue, and others nothing")
    func withoutEntries() {
        let policy = Policy(Configuration())
        let root = policy.grant(uid: 0, gid: 0, groups: [])
        #expect(root.roles.names == ["login", "validate", "watch", "admin", "metrics"])
        #expect(root.services == [.init(name: "usher", realm: "default")] && !root.allows(.issue))
        #expect(policy.grant(uid: 1, gid: 0, groups: [0]) == .nothing)
    }

    @Test("in development gives the one who started it everything, and others nothing")
    func development() {
        let policy = Policy(Configuration.development(directory: "/tmp/x", uid: 1001))
        #expect(policy.grant(uid: 1001, gid: 1, groups: []).allows(.all))
        #expect(policy.grant(uid: 1001, gid: 1, groups: []).service(nil)?.name == "default")
        #expect(policy.grant(uid: 1, gid: 0, groups: [0]) == .nothing)
        #expect(policy.grant(uid: 0, gid: 0, groups: []).roles == ClientEntry.root.roles)
    }

    @Test(
        "root keeps its roles unless an entry is for uid 0, wherever that stands",
        arguments: [
            ([ClientEntry(name: "wiki", subject: .user(33), roles: .login)], "root", ClientEntry.root.roles),
            ([ClientEntry(name: "anyone", subject: .anyone)], "root", ClientEntry.root.roles),
            ([ClientEntry(name: "wheel", subject: .group(0), roles: .issue)], "root", ClientEntry.root.roles),
            ([ClientEntry(name: "uid 0", subject: .user(0))], "uid 0", []),
            (
                [
                    ClientEntry(name: "anyone", subject: .anyone, roles: .login),
                    ClientEntry(name: "uid 0", subject: .user(0), roles: .issue),
                ], "uid 0", .issue
            ),
            (
                [
                    ClientEntry(name: "open", subject: .named(AccountName(.group, "remote"))),
                    ClientEntry(name: "anyone", subject: .anyone),
                ], "root", ClientEntry.root.roles
            ),
        ] as [([ClientEntry], String, Roles)])
    func root(_ clients: [ClientEntry], _ entry: String, _ roles: Roles) {
        let explanation = Policy(Configuration(clients: clients)).explain(uid: 0, gid: 0, groups: [0, 4])
        #expect(explanation.entry == entry && explanation.grant.roles == roles)
        #expect(explanation.grant.services.map(\.name) == ["usher"])
    }

    @Test("asks for every one of the roles")
    func allows() {
        let grant = Grant(roles: [.login, .watch], services: [], relaysSource: false, board: false)
        #expect(grant.allows(.login) && grant.allows([.login, .watch]) && grant.allows([]))
        #expect(!grant.allows([.login, .admin]) && !grant.allows(.validate))
    }

    @Test("matches anyone but root where the entry says so")
    func anyone() {
        let clients = [ClientEntry(name: "anyone", subject: .anyone, roles: .validate)]
        let policy = Policy(Configuration(clients: clients))
        for uid in [1, 2, .max] as [UInt32] {
            #expect(policy.grant(uid: uid, gid: 0, groups: []).roles == .validate)
        }
    }

    @Test("a range of uids is one user, whichever entry grants the role, and never root")
    func ranges() {
        let policy = Policy(
            Configuration(
                clients: [
                    ClientEntry(name: "exception", subject: .user(1500), roles: .admin),
                    ClientEntry(name: "range", subject: .users(0...1999), roles: .validate),
                    ClientEntry(name: "last", subject: .users(.max...(.max))),
                ]))
        for (uid, user, entry) in [
            (0, 0, "root"), (1, 0, "range"), (1500, 0, "exception"), (1999, 0, "range"), (2000, 2000, nil),
            (.max, .max, "last"),
        ] as [(UInt32, UInt32, String?)] {
            #expect(policy.user(of: uid) == user, "\(uid)")
            #expect(policy.explain(uid: uid, gid: uid, groups: []).entry == entry, "\(uid)")
        }
    }

    @Test("an entry whose name was not found matches nobody, and narrows those behind it but for users")
    func open() {
        let services = [Service(name: "web"), Service(name: "mail")]
        let policy = Policy(
            Configuration(
                services: services,
                clients: [
                    ClientEntry(name: "before", subject: .group(4), roles: [.validate, .watch]),
                    ClientEntry(name: "gone", subject: .absent(AccountName(.user, "gone")), roles: []),
                    ClientEntry(
                        name: "open", subject: .named(AccountName(.group, "remote")), roles: [.login, .validate],
                        services: ["web"], board: false),
                    ClientEntry(name: "tool", subject: .user(33), roles: [.login, .admin]),
                    ClientEntry(name: "staff", subject: .group(50), roles: [.validate, .admin], relaysSource: true),
                    ClientEntry(name: "out", subject: .named(AccountName(.user, "mallory")), roles: []),
                    ClientEntry(name: "range", subject: .users(7000...7999), roles: [.validate, .admin]),
                    ClientEntry(name: "anyone", subject: .anyone, roles: .validate),
                ]))
        #expect(policy.grant(uid: 7001, gid: 1, groups: []).roles == [])
        #expect(policy.grant(uid: 1, gid: 4, groups: []).roles == [.validate, .watch])
        let tool = policy.grant(uid: 33, gid: 33, groups: [])
        #expect(tool.roles == [.login, .admin] && tool.services.count == 2 && tool.board)
        let staff = policy.grant(uid: 1, gid: 50, groups: [])
        #expect(staff.roles == .validate && staff.services.map(\.name) == ["web"])
        #expect(!staff.board && !staff.relaysSource)
        #expect(policy.explain(uid: 1, gid: 1, groups: []).entry == "anyone")
        #expect(policy.grant(uid: 1, gid: 1, groups: []).roles == [])
    }

    @Test(
        "a group of which a directory says that there is none narrows as one of which it says nothing",
        arguments: [true, false])
    func absentGroup(isAbsent: Bool) {
        let name = AccountName(.group, "contractors")
        let policy = Policy(
            Configuration(
                clients: [
                    ClientEntry(name: "out", subject: isAbsent ? .absent(name) : .named(name), roles: []),
                    ClientEntry(name: "alice", subject: .user(1001), roles: .admin),
                    ClientEntry(name: "staff", subject: .group(50), roles: .validate),
                    ClientEntry(name: "anyone", subject: .anyone, roles: .login),
                ]))
        #expect(policy.grant(uid: 1, gid: 50, groups: []).roles == [])
        #expect(policy.grant(uid: 1, gid: 1, groups: []).roles == [])
        #expect(policy.grant(uid: 1001, gid: 1, groups: []).roles == .admin, "although alice may be a contractor")
    }
}
