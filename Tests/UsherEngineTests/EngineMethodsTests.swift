import Testing
import UsherEngine
import UsherTestKit

@Suite("Engine: lists of methods")
struct EngineMethodsTests {
    let bench: EngineBench
    let issuer: Client

    init() throws {
        bench = try EngineBench(
            .bench {
                $0.capacity = 2048
                $0.sessionsPerUser = 2048
            })
        issuer = bench.connect(Uid.issue)
    }

    private func issue(_ method: String, to user: String = "ann") -> JSONValue {
        issuer.ask("session.create", #"{"user":"\#(user)","methods":["\#(method)"]}"#)
    }

    /// Issues sessions with a list of their own each, until that is refused; how many.
    private func exhaust() -> Int {
        for index in 0..<2048 where issue("m\(index)").result == nil { return index }
        return 2048
    }

    @Test("an issuer that invents them without end keeps nobody from logging in, nor a reload from naming services")
    func reserve() throws {
        #expect((1600..<2048).contains(exhaust()))
        #expect(issue("other").reason == "quota_exceeded")
        #expect(issue("pwd").result != nil, "a list of the configuration is always there")
        let client = bench.connect()
        for (number, service) in ["web", "vault"].enumerated() {
            let login = client.startLogin("user\(number)", #","service":"\#(service)""#)
            bench.succeed(bench.lastTransaction, "user\(number)")
            #expect(client.answer(to: login)?.result?["state"] == "complete")
        }
        var configuration = Configuration.bench { $0.capacity = 2048 }
        configuration.services += (0..<200).map { Service(name: "more\($0)", methods: ["otp\($0)"]) }
        #expect(throws: Never.self) { try bench.reload(configuration) }
    }

    @Test("a list that is there already takes no place")
    func known() {
        #expect(exhaust() > 1600)
        #expect(issue("other").reason == "quota_exceeded")
        #expect(issue("m0").result != nil)
    }

    @Test("lists count while a session has them; what is not needed is looked for at most once a second")
    func released() {
        let count = exhaust()
        let client = bench.connect()
        func revoke() -> Int64? {
            client.ask("session.revoke_all", #"{"user":"ann"}"#).result?["revoked"]?.integer
        }
        #expect(revoke() == Int64(count))
        bench.advance(.milliseconds(999))
        #expect(issue("other").reason == "quota_exceeded")
        bench.advance(.milliseconds(1))
        #expect(issue("other").result != nil)
        #expect((1600..<2048).contains(exhaust()))
    }
}
