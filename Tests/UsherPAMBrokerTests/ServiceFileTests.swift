import CLinux
import Testing
import UsherSecrets

@Suite("Service files")
struct ServiceFileTests {
    private let name = "usher-test-\(Random.word())"

    /// The shell takes no notice of the directory that a broker is given here.
    private func systemBroker(_ options: String) -> RunningBroker {
        RunningBroker([:], program: ["sh", "-c", "exec \"$0\" --listen-fd 3 \(options)", Programs.broker])
    }

    @Test("of the system are not served without a word on the service `other`")
    func other() { #expect(systemBroker("").stop(0) == 2) }

    @Test(
        "of the system are found where libpam finds them",
        .enabled(if: Programs.isRoot, "only root may write there"), arguments: ["/etc/pam.d", "/usr/lib/pam.d"])
    func places(_ directory: String) throws {
        let broker = systemBroker("--other /etc/pam.d/other")
        defer { broker.stop() }
        let client = try broker.client()
        #expect(try client.outcome(name, "bob", "x") == "serviceUnknown")
        let isOwn = mkdir(directory, 0o755) == 0
        let path = "\(directory)/\(name)"
        let file = usher_open(path, O_WRONLY | O_CREAT | O_EXCL, 0o644)
        defer {
            unlink(path)
            if isOwn { rmdir(directory) }
        }
        let text = "auth required \(Programs.chaosModule)\naccount required \(Programs.chaosModule)\n"
        #expect(text.withCString { write(file, $0, text.utf8.count) } == text.utf8.count)
        close(file)
        #expect(try client.outcome(name, "bob", "x") == "ok bob")
    }
}
