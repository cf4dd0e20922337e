import CLinux
import Testing
import UsherEngine
import UsherTestKit

@testable import UsherServer

@Suite("Peer credentials")
struct PeerCredentialsTests {
    /// What the kernel says of this very process at the other end of a socket.
    private static func ofThisProcess() throws -> PeerCredentials {
        let (client, socket) = try TestSocket.pair()
        defer {
            client.close()
            close(socket)
        }
        var credentials = try #require(PeerCredentials.withoutGroups(of: socket))
        credentials.groups = try PeerCredentials.groups(of: socket)
        return credentials
    }

    @Test("are those of the process that connected")
    func own() throws {
        let credentials = try Self.ofThisProcess()
        #expect(credentials.uid == getuid() && credentials.gid == getgid() && credentials.pid == getpid())
    }

    @Test(
        "hold up to 1024 groups; a peer with more of them is none, since each connection would cost a quarter of a MiB",
        .enabled(if: geteuid() == 0, "takes setgroups(2)"))
    func groups() async {
        await #expect(processExitsWith: .success) {
            for (count, isTaken) in [(0, true), (65, true), (1024, true), (1025, false), (65_536, false)] {
                let groups = (0..<UInt32(count)).map { 100_000 + $0 }
                try #require(setgroups(count, groups) == 0)
                let taken = try? Self.ofThisProcess().groups
                #expect((taken?.sorted() == groups) == isTaken && (taken == nil) != isTaken, "\(count)")
            }
        }
    }
}
