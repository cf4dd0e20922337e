import CLinux
import Testing
import UsherLinkWire
import UsherTestKit

@Suite("usher-link", .serialized, .enabled(if: Machine.hasProgram("redis-server")))
struct UsherLinkTests {
    private func text(_ message: LinkMessage?) -> String {
        switch message {
        case .down(let why), .failure(_, let why): String(decoding: why, as: UTF8.self)
        default: "\(String(describing: message))"
        }
    }

    @Test("loads the library where it lacks, calls functions, and hands on answers and errors")
    func calls() throws {
        let harness = try LinkHarness()
        let end = try harness.connectUp()
        guard case .reply(1, .list(let values)) = try harness.call(end, .hello) else { throw TestFailure("hello") }
        #expect(values.count == 13 && values[1] == .bytes([]))
        try harness.open(end)
        let digest = [UInt8](repeating: 9, count: 16)
        #expect(
            try harness.call(end, .get, [LinkHarness.epoch, digest]) == .reply(4, .list([.number(2), .bytes([])])))
        #expect(text(try harness.call(end, .get, [Array("0000000b".utf8), digest])) == "EPOCH 0000000a")
        #expect(text(try harness.call(end, .get, [LinkHarness.epoch, [1]])).hasPrefix("BAD"))
        #expect(
            try harness.call(end, .leave, [LinkHarness.epoch, LinkHarness.member], isConfirmed: true)
                == .reply(7, .number(3)))
    }

    @Test("reads the stream, waits for what comes, and rings the bell")
    func stream() throws {
        let harness = try LinkHarness()
        let end = try harness.connectUp()
        try harness.open(end)
        try end.say(.follow(50, ordinal: 0, number: 0, member: LinkHarness.member))
        guard case .entries(50, isEnd: true, let entries) = try end.next() else { throw TestFailure("entries") }
        #expect(entries.map(\.number) == [1, 2])
        #expect(entries.map { $0.body.first } == [7, 5])
        let far = Array("4102444800".utf8), seven = Array("7".utf8), one = Array("1".utf8)
        let digest = [UInt8](repeating: 9, count: 16)
        try end.say(
            .call(
                60, .end, isConfirmed: false, milliseconds: 0,
                [
                    LinkHarness.epoch, LinkHarness.member, Array("2".utf8), Array("0".utf8), digest, [], seven, far,
                    one, [],
                ]))
        var came: Set<String> = []
        for _ in 0..<2 {
            switch try end.next() {
            case .reply(60, .list(let values)): came.insert("reply \(values[0] == .number(3))")
            case .entries(50, isEnd: true, let entries): came.insert("entry \(entries.map(\.number))")
            case let other: came.insert("\(other)")
            }
        }
        #expect(came == ["reply true", "entry [3]"])
        let beat = [LinkHarness.epoch, LinkHarness.member, Array("2".utf8), Array("3".utf8), Array("0".utf8), one]
        try end.say(.call(61, .beat, isConfirmed: false, milliseconds: 0, beat))
        came = []
        for _ in 0..<2 {
            switch try end.next() {
            case .reply(61, _): came.insert("reply")
            case .bell(50, minimum: 3): came.insert("bell")
            case let other: came.insert("\(other)")
            }
        }
        #expect(came == ["reply", "bell"])
    }

    @Test("a killed store ends the conversation with a reason, and the next one waits until it is back")
    func killed() throws {
        let harness = try LinkHarness()
        let end = try harness.connectUp()
        harness.store.process.kill()
        #expect(text(try end.next()).contains("store.sock"))
        #expect(try end.next(within: .seconds(20)) == nil)
        let again = try harness.connect()
        try harness.store.restart()
        #expect(try again.next() == .up)
        #expect(text(try harness.call(again, .get, [LinkHarness.epoch])) == "EPOCH ")
    }

    @Test("a stopped store is given up in time")
    func stopped() throws {
        let harness = try LinkHarness()
        let end = try harness.connectUp()
        harness.store.process.signal(SIGSTOP)
        try end.say(.call(1, .hello, isConfirmed: false, milliseconds: 0, []))
        #expect(text(try end.next(within: .seconds(60))).contains("does not answer"))
        harness.store.process.signal(SIGCONT)
        #expect(try harness.connect().next() == .up)
    }

    @Test("calls that the store does not read for a while reach it afterwards, all and in order")
    func full() throws {
        let harness = try LinkHarness()
        let end = try harness.connectUp()
        try harness.open(end)
        harness.store.process.signal(SIGSTOP)
        // More than the store's socket takes.
        let long = [UInt8](repeating: 1, count: 100_000)
        for id in UInt64(100)..<130 {
            let call = LinkMessage.call(id, .get, isConfirmed: false, milliseconds: 0, [LinkHarness.epoch, long])
            let bytes = try call.encoded()
            try eventually("the link reads") { end.tries(bytes) }
        }
        harness.store.process.signal(SIGCONT)
        for id in UInt64(100)..<130 { #expect(try end.next() == .failure(id, Array("BAD argument 2".utf8))) }
    }

    @Test("a call that too few replicas confirm says so")
    func unconfirmed() throws {
        let harness = try LinkHarness()
        let end = try harness.connectUp(copies: 1)
        #expect(text(try harness.call(end, .probe, isConfirmed: true)).hasPrefix("UNCONFIRMED"))
        #expect(try harness.call(end, .probe) == .reply(2, .number(2)))
    }

    @Test("a reply that fits no datagram is an error, and one that fits no memory ends the connection")
    func large() throws {
        let harness = try LinkHarness()
        let end = try harness.connectUp()
        try harness.open(end)
        let key = "usher:{test}:members"
        let eval = """
            for i = 1, tonumber(ARGV[1]) do
                redis.call('HSET', KEYS[1], string.rep('m', 12) .. string.format('%04d', i), string.rep('x', 100))
            end
            """
        try harness.store.ask(["EVAL", eval, "1", key, "2000"])
        let one = Array("1".utf8)
        let beat = [LinkHarness.epoch, LinkHarness.member, Array("5".utf8), Array("2".utf8), one, one]
        #expect(text(try harness.call(end, .beat, beat)).hasPrefix("TOOLARGE"))
        try harness.store.ask(["EVAL", eval, "1", key, "9999"])
        var more = beat
        more[2] = Array("6".utf8)
        #expect(text(try harness.call(end, .beat, more)).contains("a reply that is too large"))
        #expect(harness.link.isRunning)
    }

    @Test("garbage ends the conversation, and the next one is served")
    func garbage() throws {
        let harness = try LinkHarness()
        for datagram in [[0], [255, 1, 2], try LinkMessage.up.encoded(), try LinkMessage.more(1, count: 1).encoded()] {
            let end = try harness.connect()
            try end.say(datagram)
            var last = try end.next(within: .seconds(20))
            if datagram.first == 4 {
                // More for a reading that there is not is nothing.
                #expect(last == .up)
                try end.say(.configure(version: LinkLimits.version, copies: 0, prefix: []))
                last = try end.next(within: .seconds(20))
            }
            while last != nil { last = try end.next(within: .seconds(20)) }
        }
        _ = try harness.connectUp()
    }

    @Test("usherd that does not read costs bounded memory, and is told everything in order afterwards")
    func slow() throws {
        let harness = try LinkHarness()
        let end = try harness.connectUp()
        try harness.open(end)
        let digest = [UInt8](repeating: 9, count: 16)
        let record = StoreRecords.record(sealed: 50_000)
        let zero = Array("0".utf8), one = Array("1".utf8)
        let ordinal = Array(try harness.store.ask(["HGET", "usher:{test}:root", "o"]).utf8.dropLast())
        _ = try harness.call(end, .put, [LinkHarness.epoch, digest, record, zero, zero, ordinal, one, []])
        var sent: UInt64 = 0
        var refusals = 0
        while sent < 4_000, refusals < 100 {
            let call = LinkMessage.call(
                100 + sent, .get, isConfirmed: false, milliseconds: 0, [LinkHarness.epoch, digest])
            if end.tries(try call.encoded()) {
                sent += 1
            } else {
                refusals += 1
                poll(nil, 0, 10)
            }
        }
        #expect(sent > 1_000)
        try eventually("the store has answered") { try harness.store.calls() >= Int(sent) }
        try eventually("the link waits for usherd") {
            let before = ticks(of: harness.link.pid)
            poll(nil, 0, 200)
            return ticks(of: harness.link.pid) == before
        }
        #expect(peak(of: harness.link.pid) < 64 << 20)
        for number in 0..<sent {
            guard case .reply(let id, .list(let values)) = try end.next(), values.count == 2,
                case .bytes(let bytes) = values[1]
            else { throw TestFailure("no reply \(number)") }
            #expect(id == 100 + number && bytes.count == record.count)
        }
    }

    /// The time that a process has computed, in clock ticks (utime and stime of proc(5)).
    private func ticks(of pid: pid_t) -> Int {
        let fields = File.text("/proc/\(pid)/stat").split(separator: ")").last?.split(separator: " ") ?? []
        return fields.dropFirst(11).prefix(2).reduce(0) { $0 + (Int($1) ?? 0) }
    }

    /// The most memory that a process has ever used, in bytes (VmHWM of proc(5)).
    private func peak(of pid: pid_t) -> Int {
        let line = File.text("/proc/\(pid)/status").split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? .max >> 10) << 10
    }

    @Test("connections that come and go leave no descriptor behind")
    func descriptors() throws {
        let harness = try LinkHarness()
        _ = try harness.connectUp()
        let before = ProcessTable.descriptors(of: harness.link.pid)
        for round in 0..<30 {
            let end = try harness.connectUp()
            if round % 3 == 0 { try end.say([0]) }
        }
        for _ in 0..<30 { _ = try harness.connect() }
        try eventually("descriptors are closed") { ProcessTable.descriptors(of: harness.link.pid) <= before }
    }

    @Test(
        "a store that lies costs no memory, and ends no more than its connections",
        arguments: [
            ("$536870912\r\n", "x", "too large"), ("*2147483647\r\n", ":1\r\n", "too large"),
            ("*1048576\r\n", ":1\r\n", "too large"), ("*100000\r\n", "$-1\r\n", "too large"),
            (String(repeating: "*1\r\n", count: 20), ":1\r\n", "nested"), ("what?\r\n", "", "Protocol error"),
            ("*2\r\n$7\r\nreplica\r\n:0\r\n", "", "no primary"), (":1\r\n", ":1\r\n", "no primary"),
            ("-LOADING it is\r\n", "", "LOADING it is"),
        ])
    func lies(answer: String, more: String, why: String) throws {
        let directory = try TestDirectory()
        let store = try LyingStore(directory, answer, more: more)
        let link = try LinkHarness.start(directory, ["--store", store.path])
        let end = try UsherdEnd(directory.path("link.sock"))
        try end.say(.configure(version: LinkLimits.version, copies: 0, prefix: LinkHarness.prefix))
        try eventually("the journal says why") {
            store.turn()
            return link.written.contains(why)
        }
        #expect(peak(of: link.pid) < 64 << 20)
        #expect(link.isRunning)
        #expect(try end.next() == .greet(version: LinkLimits.version))
    }

    @Test("--check says what it found, and what is wrong")
    func check() throws {
        let harness = try LinkHarness()
        let library = "\(Built.package)/protocol/cluster/usher.lua"
        let words = [Built.directory + "/usher-link", "--store", harness.store.path, "--check", "test", "--library"]
        let fine = try TestProcess.run(words + [library], in: harness.directory)
        #expect(fine.end == .status(0))
        #expect(fine.text.contains("maxmemory-policy noeviction\n"))
        let copies = try TestProcess.run(words + [library, "--copies", "1"], in: harness.directory)
        #expect(copies.end == .status(1))
        #expect(copies.text.contains("copies = 1 in [cluster], and 0 replicas are connected"))
        try harness.store.ask(["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"])
        let evicting = try TestProcess.run(words + [library], in: harness.directory)
        #expect(evicting.end == .status(1))
        #expect(evicting.text.contains("maxmemory-policy is allkeys-lru"))
        try harness.store.ask(["FUNCTION", "FLUSH"])
        let without = try TestProcess.run(words + [""], in: harness.directory)
        #expect(without.end == .status(1))
        #expect(without.text.contains("the store lacks Usher's function library"))
    }

    @Test("a password is read from a file, and a wrong one is told")
    func password() throws {
        let directory = try TestDirectory()
        try File.write("secret word\nsecond line\n", to: directory.path("right"))
        try File.write("wrong\n", to: directory.path("wrong"))
        let right = try LinkHarness(
            store: ["--requirepass", "secret word"], link: ["--password-file", directory.path("right")])
        guard case .reply(1, _) = try right.call(try right.connectUp(), .hello) else { throw TestFailure("hello") }
        let wrong = try LinkHarness(
            store: ["--requirepass", "secret word"], link: ["--password-file", directory.path("wrong")])
        let end = try wrong.connect()
        try eventually("the journal says so") { wrong.link.written.contains("WRONGPASS") }
        withExtendedLifetime(end) {}
        #expect(!wrong.link.written.contains("wrong\n"))
    }
}
