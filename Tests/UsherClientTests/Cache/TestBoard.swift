import CLinux
import UsherBoard
import UsherWire

@testable import UsherClient

/// A board in a real memfd, written as the daemon does it; this process owns it.
final class TestBoard: @unchecked Sendable {
    let board: Board
    let descriptor: Int32
    private let memory: UnsafeMutableRawBufferPointer

    init(slots: Int = 8, hasLease: Bool = false, seals: Int = Int(F_SEAL_SHRINK | F_SEAL_GROW)) {
        let size = BoardLayout.size(slots: slots)
        descriptor = memfd_create("test-board", UInt32(MFD_CLOEXEC | MFD_ALLOW_SEALING))
        precondition(descriptor >= 0 && ftruncate(descriptor, size) == 0)
        memory = UnsafeMutableRawBufferPointer(
            start: mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), count: size)
        let id = BoardID(low: .random(in: 1 ... .max), high: .random(in: 1 ... .max))
        board = Board(formatting: memory, slots: slots, id: id, ledger: id, hasLease: hasLease)
        owner = 4711
        usher_add_seals(descriptor, Int32(seals))
    }

    deinit {
        munmap(memory.baseAddress, memory.count)
        close(descriptor)
    }

    /// The lock word that says whether the daemon lives.
    var owner: UInt32 {
        get { board.owner.load(as: UInt32.self) }
        set { board.owner.storeBytes(of: newValue, as: UInt32.self) }
    }

    /// Sets a slot; `seconds` is how long it holds from now.
    func set(_ slot: Int, stamp: UInt32, seconds: UInt32 = 1000) {
        board[slot] = BoardEntry(stamp: stamp, expiry: BootSeconds(UInt32(usher_boottime() / 1_000_000_000) + seconds))
    }

    /// The number of the layout, which may be none that anybody knows.
    var layout: UInt32 {
        get { memory.load(fromByteOffset: 8, as: UInt32.self) }
        set { memory.storeBytes(of: newValue, toByteOffset: 8, as: UInt32.self) }
    }

    /// The result of `board.attach`.
    func description(
        clockOff milliseconds: Int64 = 0, boottime: Int64? = nil, slots: Int? = nil, offset: Int = 4096,
        id: String? = nil
    ) -> String {
        let boottime = boottime ?? usher_boottime() / 1_000_000 + milliseconds
        return #"{"board":"\#(id ?? board.id.hex)","slots":\#(slots ?? board.slots),"offset":\#(offset),"#
            + #""boottime_ms":\#(boottime)}"#
    }

    /// The same bytes in a file that anybody who may write it may shrink, and that knows no seals (on most file
    /// systems).
    func copy() -> Int32 {
        let file = usher_open("/var/tmp", O_TMPFILE | O_RDWR, 0o600)
        precondition(file >= 0 && write(file, memory.baseAddress, memory.count) == memory.count)
        return file
    }

    /// The map of a client that asked now.
    func map() -> BoardMap? {
        let asked = usher_boottime()
        return map(description(), asked: asked, now: usher_boottime())
    }

    /// The map of a client that asked at `asked` and has the answer `description` at `now`.
    func map(_ description: String, asked: Int64, now: Int64) -> BoardMap? {
        let bytes = Array(description.utf8)
        return BoardMap(adopting: dup(descriptor), describedBy: bytes.span, asked: asked, now: now)
    }
}

/// A daemon with one session, at `slot` with `stamp`, and a board; it counts what it is asked.
final class BoardServer: Sendable {
    struct State: Sendable {
        var board: TestBoard
        var slot = 1
        var stamp: UInt32 = 7
        var isValid = true
        /// Whether `session.validate` is refused as `unavailable`.
        var isUnavailable = false
        /// Whether `server.ping` stays unanswered.
        var isMute = false
        var attachments = 0
        var validations = 0
        var touches: [Int] = []
        /// What a session's idle timeout is, in seconds.
        var idle = 1000
    }

    let state: Box<State>
    let server: ScriptedServer

    init(_ board: TestBoard) {
        board.set(1, stamp: 7)
        let state = Box(State(board: board))
        self.state = state
        server = ScriptedServer { peer in while let request = peer.next() { Self.answer(request, peer, state) } }
    }

    private static func answer(
        _ request: ScriptedServer.Received, _ peer: ScriptedServer.Connection, _ state: Box<State>
    ) {
        switch request.method {
        case "board.attach":
            let board = state.change {
                $0.attachments += 1; return $0.board
            }
            let answer = ScriptedServer.Connection.answer(request.id, board.description())
            peer.send(answer, descriptor: board.descriptor)
        case "session.validate":
            let now = state.change {
                $0.validations += 1; return $0
            }
            if now.isUnavailable { return peer.refuse(request, 1008) }
            let session = Sample.session().replacing(#""idle_expires":4"#, with: #""idle_expires":\#(3 + now.idle)"#)
            let cache = #""cache":{"slot":\#(now.slot),"stamp":\#(now.stamp)}"#
            peer.answer(
                request, now.isValid ? #"{"valid":true,"session":\#(session),\#(cache)}"# : #"{"valid":false}"#)
        case "session.touch":
            state.change { $0.touches.append(request.count(of: Sample.token)) }
            peer.answer(request, "{}")
        case "session.revoke": peer.answer(request, #"{"revoked":1}"#)
        case "server.ping" where state.current.isMute: return
        default: peer.answer(request, "{}")
        }
    }

    var validations: Int { state.current.validations }
}
