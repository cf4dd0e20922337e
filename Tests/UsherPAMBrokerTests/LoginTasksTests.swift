import CLinux
import Testing
import UsherPAMWire
import UsherSecrets

@testable import UsherPAMBroker

@Suite("Processes of a login")
struct LoginTasksTests {
    @Test("end their login where they are more than it may have, and no other one")
    func tooMany() {
        var host = Host(computing: 2, counting: .milliseconds(250))
        host.start(1, peer: 1)
        host.start(2, peer: 1)
        let (bomb, good) = (WorkerID(number: 1), WorkerID(number: 2))
        #expect(host.state.counted([bomb: 64, good: 1], at: host.now) == [])
        let actions = host.state.counted([bomb: 65, good: 64], at: host.now)
        #expect(
            actions == [
                .fail(host.key(1), .crashed(signal: 9)), .reportFlood(bomb, tasks: 65), .sweep(bomb),
            ])
        #expect(host.state.transaction(of: good) == host.key(2))
        #expect(host.state.counted([bomb: 3, good: 1], at: host.now) == [.sweep(bomb)], "what is left of it")
        _ = host.state.workerEnded(bomb, .killed(signal: 9), isOfLatest: true, at: host.now)
        #expect(host.state.counted([bomb: 1, good: 1], at: host.now) == [.sweep(bomb)], "what outlived it")
    }

    @Test("are counted four times a second while a login has a worker, and not when there is none")
    func counting() {
        var host = Host(counting: .milliseconds(250))
        #expect(host.state.nextDeadline == nil)
        host.start(1, peer: 1)
        #expect(host.state.nextDeadline == host.now + .milliseconds(250))
        host.now += .milliseconds(250)
        #expect(host.state.timePassed(to: host.now) == [.count])
        #expect(host.state.counted([WorkerID(number: 1): 1], at: host.now) == [])
        #expect(host.state.nextDeadline == host.now + .milliseconds(250))
        _ = host.decideNext()
        host.now += .milliseconds(250)
        #expect(host.state.timePassed(to: host.now) == [.count])
        #expect(host.state.counted([:], at: host.now) == [] && host.state.nextDeadline == nil)
    }

    /// `most` is what one login may have; the user `uid`, whom no other test has, may have 40, as the unit has few by
    /// TasksMax=.
    @Test(
        "that a module makes without end cost other logins nothing but a moment",
        .enabled(if: Programs.isRoot, "only root may become somebody else"),
        arguments: [(16, "64917"), (4096, "64918")])
    func bomb(_ most: Int, _ uid: String) throws {
        let copies = ProgramCopies()
        defer { copies.remove() }
        let broker = copies.broker(
            of: uid, ["bomb": "bomb", "fine": "prompts=1"], ["--no-spare", "--max-tasks", "\(most)"],
            limits: ["--nproc=40:40"])
        let (hostile, good) = (try broker.client(), try broker.client())
        #expect(try good.outcome("fine", "bob", "x") == "ok bob")
        hostile.start("bomb", "eve", "x", timeout: .seconds(20))
        defer { #expect(RunningBroker.eventually { Self.processes(of: uid) == 0 }) }
        guard most < 40 else {
            // This is what it would be, were it not ended.
            #expect(RunningBroker.eventually { (try? good.outcome("fine", "bob", "x")) == "spawnFailed" })
            broker.stop()
            return
        }
        guard case .failed(_, .crashed(signal: 9)) = try hostile.receive() else { throw ClientError.gone }
        #expect(RunningBroker.eventually { (try? good.outcome("fine", "bob", "x")) == "ok bob" })
        // The zygote of a worker that was killed is given up. The next login makes another one, be it before or after.
        #expect(RunningBroker.eventually { Self.processes(of: uid) <= 2 }, "broker and perhaps a zygote")
        #expect(try good.outcome("fine", "bob", "x") == "ok bob")
        broker.stop()
    }

    private static func processes(of uid: String) -> Int {
        Programs.output(of: ["pgrep", "--uid", uid, "--runstates", "RSDT"]).text.split(separator: "\n").count
    }
}
