import Testing

@testable import UsherDaemon

@Suite("User of --dev")
struct DevUserTests {
    @Test("is a name, and what the command line says of it")
    func read() throws {
        let ada = try DevUser("ada")
        #expect(ada.name == "ada" && ada.password == .generated && ada.code == nil && !ada.isExpired)
        let bob = try DevUser("bob:secret,otp,expired")
        #expect(bob.name == "bob" && bob.password == .given("secret") && bob.code == .generated && bob.isExpired)
        let eve = try DevUser("eve@example.org:a:b=c,otp=123456")
        #expect(eve.name == "eve@example.org" && eve.password == .given("a:b=c") && eve.code == .given("123456"))
    }

    @Test(
        "is refused where a file or PAM could not hold it",
        arguments: [
            "", ":secret", "a/b", "-a", "a\nb", "ada:", "ada:x\ny", "ada,", "ada,otp=", "ada,otp=1:2", "ada,otp=1\n2",
            "ada,expired=no", "ada,admin", "ada:" + String(repeating: "x", count: 512),
            "ada,otp=" + String(repeating: "1", count: 65),
        ])
    func refused(_ text: String) {
        #expect(throws: DevUser.Fault.self) { try DevUser(text) }
    }

    @Test("may have the longest password that PAM takes")
    func longest() throws {
        #expect(try DevUser("ada:" + String(repeating: "x", count: 511)).name == "ada")
    }
}
