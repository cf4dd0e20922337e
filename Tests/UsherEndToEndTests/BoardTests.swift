import CLinux
import Testing
import UsherTestKit

/// `board.attach` as any client sees it, from a running daemon.
@Suite("The board")
struct BoardTests {
    /// The board that a client got, mapped and read as PROTOCOL.md says.
    private final class Map {
        private let base: UnsafeMutableRawPointer
        private let size: Int
        private let offset: Int

        init(_ base: UnsafeMutableRawPointer, _ size: Int, offset: Int) {
            (self.base, self.size, self.offset) = (base, size, offset)
        }

        deinit { munmap(base, size) }

        var magic: String { String(decoding: UnsafeRawBufferPointer(start: base, count: 8), as: UTF8.self) }
        var layout: UInt32 { base.load(fromByteOffset: 8, as: UInt32.self) }
        var slots: UInt32 { base.load(fromByteOffset: 12, as: UInt32.self) }
        var id: String { (16..<32).map { hex(base.load(fromByteOffset: $0, as: UInt8.self)) }.joined() }
        var ownerLives: Bool {
            let owner = base.load(fromByteOffset: 64, as: UInt32.self)
            return owner & 0x3FFF_FFFF != 0 && owner & 1 << 30 == 0
        }

        /// Whether an answer with that stamp still holds now.
        func confirms(slot: Int64, stamp: Int64) -> Bool {
            let word = base.load(fromByteOffset: offset + 8 * Int(slot), as: UInt64.self)
            return stamp != 0 && word >> 32 == stamp && usher_boottime() / 1_000_000_000 < word & 0xFFFF_FFFF
        }

        private func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
    }

    private func attach(_ client: TestClient) throws -> (answer: Answer, board: Map) {
        let answer = try client.call("board.attach")
        let board = try #require(client.descriptors.last)
        #expect(usher_get_seals(board) & (F_SEAL_SHRINK | F_SEAL_GROW) == F_SEAL_SHRINK | F_SEAL_GROW)
        var status = stat()
        fstat(board, &status)
        let (offset, slots) = (try #require(answer["offset"]?.integer), try #require(answer["slots"]?.integer))
        #expect(Int64(status.st_size) >= offset + 8 * slots)
        let base = try #require(usher_map(board, status.st_size, 0))
        return (answer, Map(base, status.st_size, offset: Int(offset)))
    }

    @Test("shows each change of a session before its answer, and that the daemon lives")
    func changes() throws {
        let daemon = try DevDaemon()
        let client = try daemon.client()
        let (answer, board) = try attach(client)
        #expect(board.magic == "UsherBrd" && board.layout == 1)
        #expect(answer["board"] == .text(board.id) && answer["slots"] == .integer(Int64(board.slots)))
        #expect(abs(try #require(answer["boottime_ms"]?.integer) - usher_boottime() / 1_000_000) < 2000)
        let token = try daemon.login(client)
        let cache = try #require(try client.call("session.validate", ["token": .text(token)])["cache"])
        let (slot, stamp) = (try #require(cache["slot"]?.integer), try #require(cache["stamp"]?.integer))
        #expect(board.confirms(slot: slot, stamp: stamp) && board.ownerLives)
        try daemon.client().call("session.revoke", ["token": .text(token)])
        #expect(!board.confirms(slot: slot, stamp: stamp) && board.ownerLives)
        daemon.kill()
        #expect(!board.ownerLives)
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
