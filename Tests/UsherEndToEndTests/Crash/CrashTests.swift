import CLinux
import Testing
import UsherClient
import UsherTestKit

/// The daemon is killed again and again while clients work with it, and keeps its sessions.
///
/// What would make this test lie, and what stands against it: a daemon that idles when it is killed (most kills must
/// cost somebody an answer, and changes must be under way when they come); a load that fails early and then only checks
/// what is not there (any failure of a call but a lost answer fails the test, and the work done is bounded from below);
/// a library that never answers from memory (such answers are counted, and so are checks of what is over by who had
/// accepted it from memory just before); a daemon that starts with
/// empty memory (sessions from before each kill are asked for after it); and judgements that allow everything: they
/// allow two outcomes only between a lost answer and the first look at what became of it.
///
/// `USHER_KILLS` says how often it is killed.
@Suite("Killed under load")
struct CrashTests {
    private static let kills = getenv("USHER_KILLS").flatMap { Int(String(cString: $0)) } ?? 40

    @Test("loses nothing that it answered, brings nothing back, and no client sees a wrong answer")
    func killed() throws {
        let daemon = try DevDaemon(options: ["--keep-sessions"])
        let scene = CrashScene()
        let load = CrashLoad(daemon.directory, scene)
        defer {
            load.end()
            daemon.end()
        }
        var tally = KillTally()
        for _ in 0..<Self.kills where scene.allFaults.isEmpty { try kill(daemon, scene, &tally) }
        load.end()
        try scene.checkAll(scene.all, daemon.directory)
        judge(scene, tally, daemon)
    }

    /// What the kills met.
    private struct KillTally {
        var inFlight = 0
        var costly = 0
        /// Kills of a daemon that was still starting.
        var early = 0
    }

    private func kill(_ daemon: DevDaemon, _ scene: CrashScene, _ tally: inout KillTally) throws {
        let before = scene.counted
        let answers = Int.random(in: 1...150)
        try eventually("work goes on: \(scene.allFaults)") { scene.counted.answers >= before.answers + answers }
        usleep(UInt32.random(in: 0..<3000))
        tally.inFlight += scene.inFlight.load(ordering: .relaxed)
        daemon.process.kill()
        // Now and then the next one dies while it starts; never two in a row, for three would be a daemon that cannot
        // adopt.
        if Int.random(in: 0..<6) == 0 {
            try daemon.restart(waiting: false)
            usleep(UInt32.random(in: 0..<100_000))
            daemon.process.kill()
            tally.early += 1
        }
        try daemon.restart()
        let all = scene.all
        try scene.checkAll(all.filter { $0.knowledge.fate != .over } + all.suffix(100), daemon.directory)
        if scene.counted.lost > before.lost { tally.costly += 1 }
    }

    private func judge(_ scene: CrashScene, _ tally: KillTally, _ daemon: DevDaemon) {
        let counts = scene.counted
        if getenv("USHER_KILLS") != nil { print("\(Self.kills) kills, \(tally), \(counts)") }
        #expect(scene.allFaults.isEmpty, "\(scene.allFaults.prefix(5).joined(separator: "\n"))")
        guard scene.allFaults.isEmpty else { return }
        #expect(!daemon.log.contains("memory dropped"), "\(daemon.log.suffix(2000))")
        #expect(tally.costly >= Self.kills / 2 && tally.inFlight >= Self.kills, "\(tally)")
        #expect(counts.answers >= Self.kills * 40 && counts.remembered >= Self.kills * 40, "\(counts)")
        #expect(counts.turned >= Self.kills * 10, "\(counts)")
        for count in [counts.created, counts.updated, counts.rotated, counts.revoked, counts.touched] {
            #expect(count >= Self.kills * 2, "\(counts)")
        }
        // Few die between the change and its answer.
        #expect(counts.undone > 0 && (Self.kills < 200 || counts.done > 0), "\(counts)")
    }
}
