import CLinux
import Testing
import UsherBoard
import UsherWire

@testable import UsherClient

@Suite("Cache, over real sockets and real shared memory")
struct CacheTests {
    let board = TestBoard()
    let daemon: BoardServer
    let client: UsherClient
    let token: Token

    init() throws {
        daemon = BoardServer(board)
        client = UsherClientTests.client(daemon.server, cache: 64)
        token = try #require(Token(Sample.token))
    }

    private func validate() throws -> Session? { try client.blocking.validate(token) }

    @Test("answers from memory what was asked once, to tasks and to threads, with one and the same session")
    func remembers() async throws {
        defer { daemon.server.stop() }
        for _ in 0..<5 {
            #expect(try validate()?.user == "dev")
            #expect(try await client.validate(token)?.user == "dev")
        }
        #expect(daemon.validations == 1 && daemon.state.current.attachments == 1)
    }

    @Test("asks each time where it is switched off, and never attaches the board")
    func switchedOff() throws {
        defer { daemon.server.stop() }
        let client = UsherClientTests.client(daemon.server, cache: 0)
        for _ in 0..<3 { #expect(try client.blocking.validate(token) != nil) }
        #expect(daemon.validations == 3 && daemon.state.current.attachments == 0)
    }

    @Test("asks again after the stamp has changed, and remembers the new answer")
    func changed() throws {
        defer { daemon.server.stop() }
        _ = try validate()
        board.set(1, stamp: 8)
        daemon.state.change { $0.stamp = 8 }
        #expect(try validate() != nil && validate() != nil)
        #expect(daemon.validations == 2)
        board.set(1, stamp: 9)
        daemon.state.change { $0.isValid = false }
        #expect(try validate() == nil && validate() == nil)
        #expect(daemon.validations == 4)
    }

    @Test("never accepts an answer whose stamp had changed before it was remembered")
    func changedInBetween() throws {
        defer { daemon.server.stop() }
        board.set(1, stamp: 8)
        for _ in 0..<3 { #expect(try validate() != nil) }
        #expect(daemon.validations == 3)
    }

    @Test("asks again once the slot belongs to another session")
    func reusedSlot() throws {
        defer { daemon.server.stop() }
        let other = try #require(Token(Sample.otherToken))
        _ = try validate()
        board.set(1, stamp: 9)
        daemon.state.change { $0.stamp = 9 }
        #expect(try client.blocking.validate(other) != nil)
        daemon.state.change { $0.isValid = false }
        #expect(try validate() == nil)
        #expect(try client.blocking.validate(other) != nil)
        #expect(daemon.validations == 3)
    }

    @Test("remembers nothing at the stamps that confirm nothing: 0, and the last one", arguments: [0, UInt32.max])
    func endOfStamps(stamp: UInt32) throws {
        defer { daemon.server.stop() }
        board.set(1, stamp: stamp)
        daemon.state.change { $0.stamp = stamp }
        for _ in 0..<3 { #expect(try validate() != nil) }
        #expect(daemon.validations == 3)
    }

    @Test("asks again at the expiry that the board shows now, not at the one of the answer")
    func expiry() throws {
        defer { daemon.server.stop() }
        _ = try validate()
        board.set(1, stamp: 7, seconds: 0)
        _ = try validate()
        board.set(1, stamp: 7, seconds: 100)
        _ = try validate()
        #expect(daemon.validations == 2)
    }

    @Test("asks again when nobody owns the board any more", arguments: [0, 0x4000_0000 | 4711, 0x8000_0000])
    func ownerDied(word: UInt32) throws {
        defer { daemon.server.stop() }
        _ = try validate()
        board.owner = word
        for _ in 0..<2 { _ = try validate() }
        #expect(daemon.validations == 3)
    }

    @Test("asks again for a slot that the board does not have")
    func beyondTheBoard() throws {
        defer { daemon.server.stop() }
        daemon.state.change { $0.slot = 8 }
        for _ in 0..<3 { _ = try validate() }
        #expect(daemon.validations == 3)
    }

    @Test("forgets what it has itself ended or changed, whatever the board says")
    func ownChanges() async throws {
        defer { daemon.server.stop() }
        _ = try validate()
        try await client.revoke(token)
        _ = try validate()
        #expect(daemon.validations == 2)
    }

    @Test("fails once it is closed, also where it could answer")
    func closed() throws {
        defer { daemon.server.stop() }
        _ = try validate()
        client.close()
        #expect(#expect(throws: UsherError.self) { try validate() }?.code == .closed)
    }

    @Test(
        "answers from memory without the driver's lock, and tells the daemon of the use later",
        arguments: [true, false])
    func neverWaits(isBlocking: Bool) async throws {
        defer { daemon.server.stop() }
        _ = try client.blocking.validate(token, touch: false)
        let answers = Box<[String?]>([])
        client.driver.state.withLock { _ in
            Thread.start {
                let session = isBlocking ? client.blocking.remembered(token) : client.remembered(token)
                answers.change { $0.append(session?.user) }
            }
            #expect(answers.blocks { $0 == ["dev"] })
        }
        #expect(await daemon.state.waits { $0.touches == [1] })
        #expect(daemon.validations == 1)
    }

    @Test("tells of a use that was remembered while a caller reads, which its call outlasts")
    func toldBesideACaller() async throws {
        defer { daemon.server.stop() }
        _ = try client.blocking.validate(token, touch: false)
        daemon.state.change { $0.isMute = true }
        let client = client
        Thread.start { _ = try? client.blocking.ping() }
        #expect(client.driver.blocks { $0.role.reader == .caller && $0.role.watch != nil })
        #expect(client.remembered(token)?.user == "dev")
        #expect(await daemon.state.waits { $0.touches == [1] })
        client.close()
    }

    @Test("remembers nothing of a token that it does not know, where it is switched off, and once it is closed")
    func nothingRemembered() throws {
        defer { daemon.server.stop() }
        let forgetful = UsherClientTests.client(daemon.server, cache: 0)
        #expect(client.remembered(token) == nil)
        _ = try validate()
        _ = try forgetful.blocking.validate(token)
        #expect(client.remembered(token) != nil && client.blocking.remembered(token) != nil)
        #expect(forgetful.remembered(token) == nil)
        #expect(client.remembered(try #require(Token(Sample.otherToken))) == nil)
        board.set(1, stamp: 8)
        #expect(client.remembered(token) == nil)
        board.set(1, stamp: 7)
        _ = try validate()
        client.close()
        #expect(client.remembered(token) == nil)
    }

    @Test("goes on while it is disconnected, as long as the daemon lives")
    func disconnected() throws {
        let board = TestBoard()
        board.set(1, stamp: 7)
        let gone = Box(false)
        let server = ScriptedServer { peer in
            defer { gone.change { $0 = true } }
            guard let attach = peer.next(), let validate = peer.next() else { return }
            peer.send(ScriptedServer.Connection.answer(attach.id, board.description()), descriptor: board.descriptor)
            peer.answer(validate, #"{"valid":true,"session":\#(Sample.session()),"cache":{"slot":1,"stamp":7}}"#)
        }
        var configuration = ClientConfiguration(socketPath: server.path, trust: .ownUser)
        configuration.patience = .zero
        let client = UsherClient(configuration)
        #expect(try client.blocking.validate(token) != nil)
        server.stop()
        #expect(gone.blocks { $0 })
        #expect(#expect(throws: UsherError.self) { try client.blocking.ping() }?.code == .unreachable)
        #expect(try client.blocking.validate(token) != nil)
        board.owner |= 0x4000_0000
        #expect(#expect(throws: UsherError.self) { try client.blocking.validate(token) }?.code == .unreachable)
    }

    @Test("keeps what it knows over a new connection to the same board, and drops it for another one")
    func newConnection() throws {
        defer { daemon.server.stop() }
        _ = try validate()
        client.driver.reject(1)
        try client.blocking.ping()
        _ = try validate()
        #expect(daemon.validations == 1 && daemon.state.current.attachments == 2)
        let other = TestBoard()
        other.set(1, stamp: 7)
        daemon.state.change { $0.board = other }
        client.driver.reject(2)
        try client.blocking.ping()
        _ = try validate()
        #expect(daemon.validations == 2 && daemon.state.current.attachments == 3)
    }

    @Test("gives a forked child a cache of its own, empty, and leaves the parent's alone")
    func fork() throws {
        defer { daemon.server.stop() }
        _ = try validate()
        let child = CLinux.fork()
        if child == 0 {
            let isValid = (try? client.blocking.validate(token)) != nil && (try? client.blocking.validate(token)) != nil
            _exit(isValid ? 0 : 1)
        }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {}
        #expect(status == 0)
        #expect(daemon.validations == 2 && daemon.state.current.attachments == 2)
        _ = try validate()
        #expect(daemon.validations == 2)
    }

    @Test("leaves what it has of its parent alone where a forked child lets go of the client")
    func forkAndLetGo() throws {
        defer { daemon.server.stop() }
        var client: UsherClient? = UsherClientTests.client(daemon.server, cache: 64)
        for _ in 0..<2 { _ = try client?.blocking.validate(token) }
        weak let driver = client?.driver
        let child = CLinux.fork()
        if child == 0 {
            client = nil
            _exit(driver == nil ? 1 : 0)
        }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {}
        #expect(status == 0)
        client = nil
        for _ in 0..<20_000 where driver != nil { usleep(1000) }  // until its thread has ended
        #expect(driver == nil)
    }

    @Test("tells the daemon of a use, not of a second one soon after it, and not of what is no use")
    func touches() async throws {
        defer { daemon.server.stop() }
        for _ in 0..<1000 { _ = try client.blocking.validate(token, touch: false) }
        #expect(client.driver.touches.isEmpty && client.driver.state.withLock { $0.touchesDue == nil })
        for _ in 0..<1000 { _ = try await client.validate(token) }
        #expect(await daemon.state.waits { $0.touches == [1] })
        for _ in 0..<1000 { _ = try await client.validate(token) }
        #expect(client.driver.touches.isEmpty && daemon.state.current.touches == [1])
        #expect(daemon.validations == 1)
    }
}

@Suite("Attaching the board")
struct AttachmentTests {
    let board = TestBoard()
    let token = Token(Sample.token)

    /// What a daemon may do wrong, or may have to say no to.
    enum Fault: CaseIterable {
        case refused, noDescriptor, clockAhead, clockBehind, otherID, moreSlots, otherOffset, otherLayout, wrongResult,
            notSealed, ordinaryFile, short
    }

    private func answer(_ request: ScriptedServer.Received, _ peer: ScriptedServer.Connection, _ fault: Fault) {
        let result =
            switch fault {
            case .clockAhead: board.description(clockOff: 2500)
            case .clockBehind: board.description(clockOff: -2500)
            case .otherID: board.description(id: String(repeating: "0", count: 32))
            case .moreSlots: board.description(slots: 9)
            case .otherOffset: board.description(offset: 8192)
            case .wrongResult: #"{"board":"00"}"#
            default: board.description()
            }
        if fault == .otherLayout { board.layout = 3 }
        let text = ScriptedServer.Connection.answer(request.id, result)
        switch fault {
        case .refused: peer.refuse(request, 1018)
        case .noDescriptor: peer.send(text)
        case .notSealed: peer.send(text, descriptor: TestBoard(seals: 0).descriptor)
        case .ordinaryFile:
            let file = board.copy()
            peer.send(text, descriptor: file)
            close(file)
        case .short:
            let file = memfd_create("short", UInt32(MFD_ALLOW_SEALING))
            usher_add_seals(file, Int32(F_SEAL_SHRINK | F_SEAL_GROW))
            peer.send(text, descriptor: file)
            close(file)
        default: peer.send(text, descriptor: board.descriptor)
        }
    }

    @Test("does without where anything is not as it must be, and leaks no descriptor", arguments: Fault.allCases)
    func faults(fault: Fault) throws {
        board.set(1, stamp: 7)
        let validations = Box(0)
        let server = ScriptedServer { peer in
            while let request = peer.next() {
                if request.method == "board.attach" {
                    answer(request, peer, fault)
                } else {
                    validations.change { $0 += 1 }
                    peer.answer(request, #"{"valid":true,"session":\#(Sample.session()),"cache":{"slot":1,"stamp":7}}"#)
                }
            }
        }
        defer { server.stop() }
        let client = client(server, cache: 64)
        let token = try #require(token)
        for _ in 0..<3 { #expect(try client.blocking.validate(token) != nil) }
        #expect(validations.current == 3)
        #expect(client.driver.state.withLock { $0.board == nil && $0.channel?.takeDescriptor() == nil })
    }

    @Test("maps the board without the write that its descriptor would allow, and not into children")
    func mapped() throws {
        let map = try #require(board.map())
        let lines = Smaps.of("memfd:test-board")
        #expect(map.reader.slots == 8)
        #expect(lines.contains { $0.permissions == "r--s" && $0.flags.contains("dc") })
    }
}

/// What the kernel says of this process' maps (proc(5), smaps).
enum Smaps {
    /// Pages of this process that are in memory (proc(5), statm).
    static func residentPages() -> Int {
        let file = usher_open("/proc/self/statm", O_RDONLY, 0)
        defer { close(file) }
        var text = [UInt8](repeating: 0, count: 256)
        let count = read(file, &text, text.count)
        return Int(String(decoding: text[..<max(0, count)], as: UTF8.self).split(separator: " ")[1]) ?? 0
    }

    /// Permissions and flags of the maps of that name.
    static func of(_ name: String) -> [(permissions: String, flags: [String])] {
        let file = usher_open("/proc/self/smaps", O_RDONLY, 0)
        defer { close(file) }
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while case let count = read(file, &piece, piece.count), count > 0 { text += piece[..<count] }
        var maps: [(permissions: String, flags: [String])] = []
        var isNamed = false
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            if words.count > 1, words[0].contains("-"), words[1].utf8.count == 4 {
                isNamed = words.contains { $0.hasSuffix(name) }
                if isNamed { maps.append((words[1], [])) }
            } else if isNamed, words.first == "VmFlags:" {
                maps[maps.count - 1].flags = Array(words.dropFirst())
            }
        }
        return maps
    }
}
