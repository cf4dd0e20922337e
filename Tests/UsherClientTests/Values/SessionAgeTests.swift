import CLinux
import Testing

@testable import UsherClient

@Suite("Age of an authentication")
struct SessionAgeTests {
    /// Whether a session authenticated at 1000 is recent enough at `now`.
    private func isRecent(_ maxAge: Duration, at now: Int64) async throws -> Bool {
        let session = Sample.session().replacing(#""authenticated":2"#, with: #""authenticated":1000"#)
        let server = ScriptedServer(echo(#"{"valid":true,"session":\#(session)}"#))
        defer { server.stop() }
        let token = try #require(Token(Sample.token))
        let validated = try #require(try await client(server).validate(token))
        do throws(UsherError) {
            try validated.require(maxAge: maxAge, at: UnixTime(seconds: now))
            return true
        } catch {
            #expect(error.code == .reauthenticationRequired)
            return false
        }
    }

    @Test(
        "is recent up to the limit, and neither beyond it nor in the future",
        arguments: [
            (1000, true), (1300, true), (1301, false), (999, true), (998, false), (Int64.max, false), (.min, false),
        ])
    func limit(now: Int64, expected: Bool) async throws {
        #expect(try await isRecent(.seconds(300), at: now) == expected)
    }

    @Test("is measured by the host's clock")
    func clock() async throws {
        let now = usher_realtime() / 1_000_000_000
        let session = Sample.session().replacing(#""authenticated":2"#, with: #""authenticated":\#(now - 100)"#)
        let server = ScriptedServer(echo(#"{"valid":true,"session":\#(session)}"#))
        defer { server.stop() }
        let token = try #require(Token(Sample.token))
        let validated = try #require(try await client(server).validate(token))
        try validated.require(maxAge: .seconds(200))
        let error = #expect(throws: UsherError.self) { try validated.require(maxAge: .seconds(50)) }
        #expect(error?.code == .reauthenticationRequired)
    }
}
