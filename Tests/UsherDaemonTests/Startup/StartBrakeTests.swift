import CLinux
import Testing

@testable import UsherDaemon

@Suite("Start brake")
struct StartBrakeTests {
    /// Keeps what it is given, as systemd does over a restart.
    private final class Keeper: DescriptorStore {
        private(set) var kept: CInt?
        private(set) var removed: [String] = []

        deinit { if let kept { close(kept) } }

        func take() -> [(name: String, descriptor: CInt)] { [] }
        func put(_ descriptor: CInt, as name: String) { kept = dup(descriptor) }
        func remove(_ name: String) { removed.append(name) }
        func end() {}
        var outlivesEnd: Bool { true }
    }

    private static let second: Int64 = 1_000_000_000
    private let keeper = Keeper()

    /// A start at `now`.
    private func start(at now: Int64) -> StartBrake {
        StartBrake(keeper, kept: keeper.kept.map { dup($0) }, now: now)
    }

    @Test("lets some starts in a row through at once, then waits longer each time, up to a limit")
    func delays() {
        var now: Int64 = 0
        let delays = (0..<14).map { _ in
            let brake = start(at: now)
            now += Int64(brake.delay) * 1_000_000
            brake.release(at: now)
            now += Self.second
            return brake.delay
        }
        #expect(delays == [0, 0, 0, 0, 0, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000])
    }

    @Test("memory that is of no use is let go before there is other one")
    func useless() throws {
        let other = usher_memfd("other")
        defer { close(other) }
        _ = StartBrake(keeper, kept: dup(other), now: 0)
        #expect(keeper.removed == ["starts"])
        #expect(start(at: 1).starts == 2 && keeper.removed == ["starts"])
    }

    @Test("a start that lasted, or ended in order, is forgiven all before it")
    func forgiven() {
        for _ in 0..<8 { _ = start(at: 0) }
        #expect(start(at: StartBrake.lasting - 1).delay > 0)
        #expect(start(at: 2 * StartBrake.lasting).delay == 0)
        for _ in 0..<8 { _ = start(at: 3 * StartBrake.lasting) }
        start(at: 3 * StartBrake.lasting).reset()
        #expect(start(at: 3 * StartBrake.lasting).starts == 1)
    }

    @Test("the wait itself is no time that a start lasted")
    func waits() {
        for _ in 0..<20 { _ = start(at: 0) }
        let brake = start(at: 5 * Self.second)
        brake.release(at: 10 * Self.second)
        #expect(start(at: 16 * Self.second).starts == brake.starts + 1)
    }

    @Test("what is no memory of ours counts nothing")
    func foreign() {
        let null = usher_open("/dev/null", O_RDWR, 0)
        #expect(StartBrake(NoStore(), kept: null, now: 0).starts == 1)
        #expect(StartBrake(NoStore(), kept: nil, now: .max).delay == 0)
    }

    @Test("a clock that ran backwards starts the count anew")
    func backwards() {
        for _ in 0..<8 { _ = start(at: 9 * Self.second) }
        #expect(start(at: 0).starts == 1)
    }
}
