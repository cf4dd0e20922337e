import Testing

@testable import UsherPAMWire

@Suite("Service list")
struct ServiceListTests {
    @Test("holds the names in it and what begins as it says, and no other one")
    func holds() throws {
        let list = try #require(ServiceList("usher,usher-*,wiki"))
        for name in ["usher", "usher-web", "usher-", "wiki"] { #expect(list.contains(name)) }
        for name in ["usherx", "wiki2", "login", "", "other", "usher*"] { #expect(!list.contains(name)) }
        #expect(list.description == "usher,wiki,usher-*")
        #expect(try #require(ServiceList("\(ServiceList.shipped)")) == .shipped)
    }

    @Test(
        "is refused where a member is no name of a service",
        arguments: ["", "usher,", "a b", "*", "../x", "other", "usher*x", "Usher", "usher\r\n"])
    func broken(_ text: String) { #expect(ServiceList(text) == nil) }
}
