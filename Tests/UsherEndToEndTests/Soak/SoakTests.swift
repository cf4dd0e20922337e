import CLinux
import Testing
import UsherTestKit

/// Everything at once, for as long as Tests/Soak/run says.
///
/// What would make it lie stands at ``CrashTests``, whose load and whose model it shares. Besides: a fault that never
/// happens (each kind is counted), a daemon that does not recover (a login is waited for after each fault), logins that
/// are refused for any reason (the right password is refused only while broker or workers are in trouble), and growth
/// that restarts hide (the last fifth of the time has none).
@Suite("Soak", .enabled(if: SoakRun.seconds > 0, "runs by Tests/Soak/run"))
struct SoakTests {
    private static let disk = getenv("USHER_SOAK_DISK").map { String(cString: $0) }

    @Test("keeps what it answered, and forgets nothing that ended, whatever dies, stops, fills up or jumps")
    func soak() throws {
        let host = try HostState(disk: Self.disk)
        let daemon = try DevDaemon(
            limits: "sessions_per_user = 1000", wrapper: host.wrapper, environment: host.environment,
            options: ["--keep-sessions"] + SoakPeople.options)
        defer { daemon.end() }
        let people = SoakPeople(daemon)
        var run = try SoakRun(daemon, host, people)
        let before = try people.holdings()
        try run.work(for: .seconds(SoakRun.seconds))
        let after = try people.holdings()
        run.report()
        run.judge(seconds: Int(SoakRun.seconds))
        for (name, (old, new)) in zip(["usherd", "usher-pam", "zygote"], zip(before, after)) {
            #expect(new.descriptors <= old.descriptors, "\(name): \(old) to \(new)")
            #expect(new.memory - old.memory < 32 << 10, "\(name): \(old) to \(new) KiB")
        }
        if Machine.isRoot { try run.suspend() }
    }
}
