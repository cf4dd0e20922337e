import Glibc
import Testing
import UsherEngine
import UsherJournal

@testable import UsherDaemon

@Suite("Journal: the lines that fail2ban reads")
struct JournalFail2banTests {
    private static func refused(
        user: String? = nil, service: String = "web", reason: String = "denied", pam: String? = nil,
        worker: Int32? = nil,
        client: String? = "web", source: String? = nil, claim: String? = nil
    ) -> JournalEntry {
        .loginRefused(
            user: user, service: service, reason: reason, pam: pam, worker: worker, peer: 33,
            from: LoginOrigin(client: client, source: source, claim: claim))
    }

    private static let bans = [
        refused(pam: "authentication 7", worker: 77, client: "user wiki", source: "192.0.2.7"),
        refused(user: "ada", reason: "rate_limited", source: "2001:db8::7"),
        refused(user: "a=b", service: "we b", pam: "account 6", client: #"uid "7" x"#, source: "198.51.100.9"),
    ]
    private static let passes = [
        refused(pam: "authentication 7", claim: "192.0.2.8"),
        refused(user: "ada", reason: "account_expired", pam: "account 13", source: "192.0.2.8"),
        refused(user: "x source=192.0.2.8 user=y"), refused(service: "x source=192.0.2.8 "),
        refused(service: #"" source=192.0.2.8 user=""#),
        refused(service: "", reason: "unavailable", client: #"a" peer_uid=1 reason=denied source=192.0.2.8"#),
    ]

    private func lines(_ name: String) throws -> [String] {
        let file = try #require(fopen("Tests/Fail2ban/\(name)", "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test("are those that the daemon writes: the filter's tests and the journal cannot drift apart")
    func same() throws {
        func text(_ entry: JournalEntry) -> String {
            let record = entry.record
            return JournalFormat.text(record)
        }
        #expect(try lines("bans") == Self.bans.map(text))
        #expect(try Array(lines("passes").prefix(Self.passes.count)) == Self.passes.map(text))
    }
}
