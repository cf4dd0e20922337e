import Testing
import UsherCluster
import UsherEngine
import UsherSealing
import UsherSessions
import UsherTestKit

@Suite("Engine: an orderly restart of a host that shares sessions")
struct EngineClusterRestartTests {
    private final class Words {
        var all: [UInt64] = []
    }

    /// The next process of a host, on what the one before has left.
    private struct Next {
        let bench: EngineBench
        let line: StoreLine
        let keeps: Bool
    }

    /// Ends the daemon of a host in order, and starts the next one, with other settings where `change` makes some.
    private func restart(
        _ bench: EngineBench, _ line: StoreLine, after pause: Duration = .zero,
        settings change: (inout ClusterSettings) -> Void = { _ in }
    ) throws -> Next {
        let keys = try ClusterKeys(file: Array(ClusterBench.keyText.utf8).span)
        var settings = ClusterSettings(name: "test", host: "b")
        let words = Words()
        var writer = SnapshotWriter {
            words.all += $0
            return true
        }
        #expect(bench.engine.writeCluster(to: &writer))
        writer.flush()
        bench.advance(pause)
        change(&settings)
        let member = try #require(line.kept)
        var reader = SnapshotReader(count: words.all.count) { Array(words.all[$0]) }
        let snapshot = try? Cluster.snapshot(
            &reader, settings, keys: keys, member: member.member, beats: member.beat, fence: line.fence, capacity: 512,
            at: Int64(bench.now / .nanoseconds(1)))
        let seconds = LedgerSeconds(Int32(bench.now / .seconds(1)))
        let next = try EngineBench { ledger, board, _ in
            ledger.copyMemory(from: UnsafeRawBufferPointer(bench.blocks[0]))
            board.copyMemory(from: UnsafeRawBufferPointer(bench.blocks[1]))
            return try Ledger(
                adopting: ledger, board: board, now: seconds, hasLease: true, keeping: snapshot?.copies)
        }
        next.advance(bench.now - next.now)
        let nextLine = StoreLine(next.engine, line.store)
        nextLine.isHeld = true
        next.engine.join(
            Cluster(
                settings, keys: keys, member: member.member, beats: member.beat, fence: line.fence, capacity: 512,
                snapshot: snapshot, driver: nextLine))
        next.engine.tick()
        return Next(bench: next, line: nextLine, keeps: snapshot != nil)
    }

    @Test("known sessions are accepted at once without the store, on the board too, until the lease ends")
    func acceptsAtOnce() throws {
        let pair = try ClusterBench()
        let (token, _) = try pair.create(pair.a.connect(), "ann")
        #expect(pair.isValid(pair.b.connect(), token) == true)
        let lease = pair.b.board.lease
        let next = try restart(pair.b, pair.lines[1], after: .seconds(2))
        #expect(next.keeps && next.bench.board.lease == lease && lease > 0)
        let client = next.bench.connect()
        #expect(client.isValid(token))
        next.bench.advance(.seconds(9))
        next.bench.engine.tick()
        #expect(next.bench.board.lease == 0)
        let late = client.send("session.validate", #"{"token":"\#(token)"}"#)
        #expect(client.answer(to: late)?.result == nil, "nobody can say")
    }

    @Test("it goes on as the same member without a fetch, and what ends elsewhere ends there")
    func goesOn() throws {
        let pair = try ClusterBench()
        let one = pair.a.connect()
        let (token, _) = try pair.create(one, "ann")
        #expect(pair.isValid(pair.b.connect(), token) == true)
        let (fetches, member) = (pair.fetches, try #require(pair.lines[1].kept?.member))
        let next = try restart(pair.b, pair.lines[1])
        next.line.isHeld = false
        while next.line.step() {}
        #expect(next.line.kept?.member == member)
        let client = next.bench.connect()
        #expect(client.isValid(token) && pair.fetches == fetches)
        let end = one.send("session.revoke", #"{"token":"\#(token)"}"#)
        for _ in 0..<1_000 where pair.lines[0].step() || next.line.step() {}
        #expect(one.answer(to: end)?.result?["revoked"] == 1)
        #expect(!client.isValid(token))
    }

    @Test("an end that was begun without the store is told after the restart")
    func tellsEnds() throws {
        let pair = try ClusterBench()
        let (token, _) = try pair.create(pair.a.connect(), "ann")
        let client = pair.b.connect()
        #expect(pair.isValid(client, token) == true)
        pair.lines[1].isHeld = true
        _ = client.send("session.revoke", #"{"token":"\#(token)"}"#)
        let next = try restart(pair.b, pair.lines[1])
        #expect(!next.bench.connect().isValid(token), "it knows the end")
        next.line.isHeld = false
        for _ in 0..<1_000 where pair.lines[0].step() || next.line.step() {}
        #expect(pair.isValid(pair.a.connect(), token) == false)
    }

    @Test("the session of another host's login keeps that login's account when this host puts it back or changes it")
    func keepsAccount() throws {
        let pair = try ClusterBench()
        let one = pair.a.connect()
        let login = one.startLogin("ann")
        pair.a.succeed(pair.a.lastTransaction, "ann", uid: 5000)
        pair.pump()
        let token = try #require(one.answer(to: login)?.result?["token"]?.text)
        #expect(pair.isValid(pair.b.connect(), token) == true)
        let digest = try #require(pair.store.records.keys.first)
        let before = try pair.seal.open(#require(pair.store.records[digest]), under: digest)
        let next = try restart(pair.b, pair.lines[1])
        next.line.isHeld = false
        while next.line.step() {}
        _ = next.bench.connect().send("session.update", #"{"token":"\#(token)","data":{"a":"1"}}"#)
        for _ in 0..<1_000 where pair.lines[0].step() || next.line.step() {}
        let after = try pair.seal.open(#require(pair.store.records[digest]), under: digest)
        #expect(after.data != before.data, "it was changed")
        #expect(before.uid == 5000 && after.uid == 5000 && after.origin == before.origin)
    }

    @Test("with other settings it begins anew, without lease and copies")
    func otherSettings() throws {
        let changes: [(inout ClusterSettings) -> Void] = [
            { $0.host = "c" }, { $0.name = "other" }, { $0.lease = .seconds(9) }, { $0.copies = 1 },
            { $0.realms = ["default", "vault"] },
        ]
        for change in changes {
            let pair = try ClusterBench()
            let (token, _) = try pair.create(pair.a.connect(), "ann")
            #expect(pair.isValid(pair.b.connect(), token) == true)
            let next = try restart(pair.b, pair.lines[1], settings: change)
            #expect(!next.keeps && next.bench.board.lease == 0)
            let client = next.bench.connect()
            #expect(!client.isValid(token))
        }
    }
}
