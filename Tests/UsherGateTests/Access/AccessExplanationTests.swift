import Testing
import UsherWebCore

@testable import UsherGate

@Suite("Explanation of a site's rules")
struct AccessExplanationTests {
    private func lines(
        _ address: String, _ user: String? = nil, _ groups: Access.Groups = .known([])
    ) throws -> [String] {
        try AccessExplanation(GateBench.configuration, address: address).lines(of: user, in: groups)
    }

    @Test("says which users each rule lets pass, and what it demands of them")
    func demands() throws {
        #expect(
            try lines("https://WIKI.corp.example/admin?rule=public") == [
                "https://wiki.corp.example (Wiki) is decided by the rule that the proxy names: wiki, admin, public, fresh",
                "wiki: every user passes; the tool hears Remote-User, Remote-Groups",
                "admin: users root2 and members of groups staff, o,d%d pass; the tool hears Remote-User, Remote-Groups, Remote-Email",
                "public: everybody passes without a login; the tool hears no name",
                "fresh: every user passes; the login must have used otp; a login older than 15m is confirmed first; "
                    + "preflights pass without an identity; the tool hears Remote-User, Remote-Groups",
            ])
        #expect(
            try lines("https://ci.corp.example:8443/").first
                == "https://ci.corp.example:8443 (https://ci.corp.example:8443) is decided by the rule wiki")
    }

    @Test(
        "says whether a user passes, and by what",
        arguments: [
            ("root2", Access.Groups.known([]), "root2 passes: users names root2"),
            ("root2", .unavailable, "root2 passes: users names root2"),
            ("ann", .known(["staff", "other"]), "ann passes: a member of staff"),
            ("ann", .known(["other"]), "ann does not pass: only users root2 and members of groups staff, o,d%d do"),
            (
                "ann", .unavailable,
                "it is not known whether ann passes: the host did not say which groups the user is in"
            ),
        ])
    func decisions(_ user: String, _ groups: Access.Groups, _ text: String) throws {
        let lines = try lines("https://wiki.corp.example/", user, groups)
        #expect(lines[1] == "wiki: \(user) passes: every user does; the tool hears Remote-User, Remote-Groups")
        #expect(lines[2].hasPrefix("admin: \(text); the tool hears"), "\(lines[2])")
    }

    @Test("names what is wrong with an address of no site")
    func faults() throws {
        typealias Fault = AccessExplanation.Fault
        #expect(throws: Fault.portal("https://login.corp.example")) { try lines("https://login.corp.example/") }
        #expect(throws: Fault.refused(.insecure)) { try lines("http://wiki.corp.example/") }
        #expect(throws: Fault.refused(.address)) { try lines("wiki.corp.example") }
        let known = ["https://wiki.corp.example", "https://ci.corp.example:8443"]
        #expect(throws: Fault.foreign(origin: "https://wiki.corp.example.e", known: known)) {
            try lines("https://wiki.corp.example.e/")
        }
    }

    @Test("asks for the groups of the site's rules")
    func groups() throws {
        let wiki = try AccessExplanation(GateBench.configuration, address: "https://wiki.corp.example/")
        #expect(wiki.groups == ["staff", "o,d%d"])
    }
}
