import Testing
import UsherPOSIX

@Suite("Database of accounts")
struct AccountDatabaseTests {
    @Test("has root, by name and by number, and a group of root")
    func root() {
        #expect(AccountDatabase.user(named: "root").entry == AccountDatabase.user(0).entry)
        #expect(AccountDatabase.user(0).entry?.name == "root" && AccountDatabase.user(0).entry?.uid == 0)
        #expect(AccountDatabase.group(named: "root") == .found(0))
    }

    @Test("says that there is nobody where that is so")
    func nobody() {
        #expect(AccountDatabase.user(named: "no-such-user-here") == .none)
        #expect(AccountDatabase.user(3_999_999_999) == .none)
        #expect(AccountDatabase.group(named: "no-such-group-here") == .none)
    }
}
