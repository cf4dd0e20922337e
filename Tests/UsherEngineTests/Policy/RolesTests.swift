import Testing
import UsherEngine

@Suite("Roles")
struct RolesTests {
    @Test("have names that read back, in the order of the protocol")
    func names() {
        #expect(Roles.all.names == ["login", "validate", "issue", "watch", "admin", "metrics"])
        #expect(Roles.all.names == Roles.allNames)
        for name in Roles.allNames { #expect(Roles(name: name)?.names == [name]) }
    }

    @Test("know no others", arguments: ["", "root", "Login", "login "])
    func refusals(_ name: String) { #expect(Roles(name: name) == nil) }
}
