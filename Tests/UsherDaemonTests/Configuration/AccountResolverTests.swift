import Testing
import UsherDaemon

@Suite("Account resolver of the system")
struct AccountResolverTests {
    @Test("knows root and nobody whom there is not")
    func lookups() {
        #expect(AccountResolver.system.uid("root") == 0)
        #expect(AccountResolver.system.gid("root") == 0)
        for name in ["", "no-such-account", "a:b", String(repeating: "x", count: 100_000)] {
            #expect(AccountResolver.system.uid(name) == nil)
            #expect(AccountResolver.system.gid(name) == nil)
        }
    }
}
