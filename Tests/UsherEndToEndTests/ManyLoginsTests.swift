import CLinux
import Testing
import UsherTestKit

/// Many logins, one after the other and side by side: 1,000, or as many as USHER_LOGINS says.
@Suite("Many logins")
struct ManyLoginsTests {
    private static let count: Int = {
        let given = File.text("/proc/self/environ").split(separator: "\0").first { $0.hasPrefix("USHER_LOGINS=") }
        return given.flatMap { Int($0.dropFirst(13)) } ?? 1000
    }()
    private static let atOnce = 8

    @Test(
        "leave no descriptor and no memory behind in daemon, broker and zygote, whether they succeed, fail or are left",
        .disabled(if: Sanitizer.isOn))
    func noGrowth() throws {
        // A small ledger: of a large one, the index comes into use page by page for as long.
        let daemon = try DevDaemon(
            [.chaos("crash", "segv"), .chaos("ask", "leak prompts=2")],
            limits: "capacity = 1024\nsessions_per_user = 100")
        let client = try daemon.client()
        func holdings() throws -> [Holding] {
            try daemon.waitUntilIdle()
            return [daemon.process.pid, daemon.broker, daemon.zygote].map(Holding.init)
        }
        // Until tables, buffers and the allocator have the size that they keep.
        for _ in 0..<25 { try round(daemon, client) }
        let before = try holdings()
        for _ in 0..<(Self.count / Self.atOnce) { try round(daemon, client) }
        let after = try holdings()
        for (name, (old, new)) in zip(["usherd", "usher-pam", "zygote"], zip(before, after)) {
            #expect(new.descriptors <= old.descriptors, "\(name): \(old) to \(new)")
            // A page a login would be 4 MiB in 1,000; what is left for the allocator is an eighth of that, and no more
            // for 10,000.
            #expect(new.memory - old.memory < 512, "\(name): \(old.memory) to \(new.memory) KiB")
        }
        print("\(Self.count) logins: usherd \(before[0]) to \(after[0]), broker \(before[1]) to \(after[1])")
    }

    /// Six that succeed, one whose module crashes, one that is left at its first question.
    private func round(_ daemon: DevDaemon, _ client: TestClient) throws {
        let good = try (0..<Self.atOnce - 2).map { _ in
            try client.start("auth.start", daemon.credentials(for: "default"))
        }
        // A name has room for a hundred logins that prove nothing.
        let number = UInt64.random(in: 0 ... .max)
        let crash = try client.start("auth.start", ["user": .text("x\(number)"), "password": "y", "service": "crash"])
        let left = try client.start("auth.start", ["user": .text("y\(number)"), "service": "ask"])
        let step = try client.answer(to: left)
        try client.call("auth.cancel", ["transaction": step["transaction"] ?? .null])
        for id in good { #expect(try client.answer(to: id)["state"] == "complete") }
        #expect(try client.answer(to: crash).reason == "unavailable")
    }
}
