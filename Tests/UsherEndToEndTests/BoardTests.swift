import CLinux
import Testing
import UsherBoard
import UsherTestKit

/// `board.attach` as any client sees it, from a running daemon.
@Suite("The board")
struct BoardTests {
    /// The board that a client got, mapped for reading as PROTOCOL.md tells it to.
    private func attach(_ client: TestClient) throws -> (answer: Answer, reader: BoardReader) {
        let answer = try client.call("board.attach")
        let board = try #require(client.descriptors.last)
        #expect(usher_get_seals(board) & (F_SEAL_SHRINK | F_SEAL_GROW) == F_SEAL_SHRINK | F_SEAL_GROW)
        var status = stat()
        fstat(board, &status)
        let base = try #require(usher_map(board, status.st_size, 0))
        let reader = BoardReader(UnsafeRawBufferPointer(start: base, count: status.st_size))
        return (answer, try #require(reader))
    }

    @Test("shows each change of a session before its answer, and that the daemon lives")
    func changes() throws {
        let daemon = try DevDaemon()
        let client = try daemon.client()
        let (answer, reader) = try attach(client)
        #expect(answer["board"] == .text(reader.id.hex) && answer["slots"] == .integer(Int64(reader.slots)))
        #expect(answer["offset"] == .integer(Int64(BoardLayout.headerSize)))
        #expect(abs(try #require(answer["boottime_ms"]?.integer) - usher_boottime() / 1_000_000) < 2000)
        let token = try daemon.login(client)
        let cache = try #require(try client.call("session.validate", ["token": .text(token)])["cache"])
        let slot = UInt32(try #require(cache["slot"]?.integer))
        let stamp = UInt32(try #require(cache["stamp"]?.integer))
        let now = BootSeconds(UInt32(usher_boottime() / 1_000_000_000))
        #expect(reader.entry(slot)?.confirms(stamp: stamp, now: now) == true && reader.ownerLives)
        try daemon.client().call("session.revoke", ["token": .text(token)])
        #expect(reader.entry(slot)?.confirms(stamp: stamp, now: now) == false && reader.ownerLives)
        daemon.kill()
        #expect(!reader.ownerLives)
    }

    @Test("survives a client that asks for it again and again and never reads")
    func greedy() throws {
        let daemon = try DevDaemon()
        let greedy = try daemon.client()
        let descriptors = { File.names("/proc/\(daemon.process.pid)/fd").count }
        let before = descriptors()
        var (sent, patience) = (0, 1000)
        let requests = (0..<10_000).flatMap {
            TestClient.frame(#"{"jsonrpc":"2.0","id":\#($0),"method":"board.attach"}"#)
        }
        while sent < requests.count, patience > 0 {
            let some = try greedy.sendSome(Array(requests[sent...].prefix(100_000)))
            sent += some
            if some == 0 { patience -= 1 }
            try daemon.client().call("server.ping")
        }
        #expect(descriptors() <= before + 1)
        _ = try attach(daemon.client())
    }

    @Test(
        "cannot be written, made writable, grown, shrunk or sealed by who got it from another user",
        .enabled(if: Machine.isRoot && Machine.hasProgram("python3"), "needs root, to be two users"))
    func readOnly() throws {
        let daemon = try DevDaemon()
        let client = try daemon.client()
        _ = try attach(client)
        let board = try #require(client.descriptors.last)
        let directory = try TestDirectory()
        let script = """
            import ctypes, fcntl, mmap, os
            libc = ctypes.CDLL(None, use_errno=True)
            def attempt(name, call):
                try: call()
                except OSError as error: return print(name, "refused")
                print(name, "DONE")
            def allocate(mode):
                if libc.fallocate(3, mode, ctypes.c_long(0), ctypes.c_long(4096)): raise OSError(ctypes.get_errno(), "")
            size = os.fstat(3).st_size
            attempt("write", lambda: os.pwrite(3, b"x", 4096))
            attempt("map", lambda: mmap.mmap(3, 4096, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE))
            for path in ["/proc/self/fd/3", "/dev/fd/3", "/proc/thread-self/fd/3"]:
                attempt("reopen", lambda: os.open(path, os.O_RDWR))
                attempt("reopen", lambda: os.open(path, os.O_WRONLY | os.O_TRUNC))
                attempt("truncate", lambda: os.truncate(path, 0))
                attempt("chmod", lambda: os.chmod(path, 0o666))
            attempt("chmod", lambda: os.fchmod(3, 0o666))
            attempt("shrink", lambda: os.ftruncate(3, 0))
            attempt("grow", lambda: os.ftruncate(3, size + 4096))
            attempt("punch", lambda: allocate(3))
            attempt("allocate", lambda: allocate(0))
            attempt("seal", lambda: fcntl.fcntl(3, 1033, 8))
            print(os.geteuid(), len(mmap.mmap(3, 4096, mmap.MAP_SHARED, mmap.PROT_READ)), os.pread(3, 8, 0))
            """
        let process = try TestProcess(
            Machine.asNobody + ["python3", "-c", script], output: directory.path("log"), descriptors: [3: board])
        #expect(try process.wait() == .status(0))
        let lines = process.written.split(separator: "\n")
        #expect(lines.count == 21 && lines.dropLast().allSatisfy { $0.hasSuffix(" refused") }, "\(process.written)")
        #expect(lines.last == "\(Machine.nobody) 4096 b'UsherBrd'")
    }
}
