import CLinux
import UsherLinkWire
import UsherTestKit

/// usher-link as a process, a store behind it, and usherd's end of its socket.
final class LinkHarness {
    static let prefix = Array("usher:{test}:".utf8)
    static let epoch = Array("0000000a".utf8)
    static let member = [UInt8](repeating: 65, count: 16)

    let directory: TestDirectory
    let store: TestStore
    let link: TestProcess
    private var number: UInt64 = 0

    init(store more: [String] = [], link arguments: [String] = []) throws {
        directory = try TestDirectory()
        store = try TestStore(directory, more)
        link = try Self.start(directory, ["--store", store.path] + arguments)
    }

    /// A link that listens on the socket `name` in the directory.
    static func start(
        _ directory: TestDirectory, _ arguments: [String], name: String = "link.sock"
    ) throws -> TestProcess {
        let listener = usher_unix_socket(CInt(SOCK_SEQPACKET.rawValue), 1)
        guard usher_bind(listener, directory.path(name)) == 0, listen(listener, 16) == 0 else {
            throw TestFailure.last("bind")
        }
        defer { close(listener) }
        let library = "\(Built.package)/protocol/cluster/usher.lua"
        return try TestProcess(
            [Built.directory + "/usher-link", "--listen-fd", "3", "--library", library] + arguments,
            output: directory.path("link.log"), descriptors: [3: listener])
    }

    /// A connection with the link, greeted and configured.
    func connect(copies: UInt16 = 0) throws -> UsherdEnd {
        let end = try UsherdEnd(directory.path("link.sock"))
        guard try end.next() == .greet(version: LinkLimits.version) else { throw TestFailure("no greeting") }
        try end.say(.configure(version: LinkLimits.version, copies: copies, prefix: Self.prefix))
        return end
    }

    /// The same, with the store behind it.
    func connectUp(copies: UInt16 = 0) throws -> UsherdEnd {
        let end = try connect(copies: copies)
        guard try end.next() == .up else { throw TestFailure("not up") }
        return end
    }

    /// Calls a function, and takes what comes next.
    func call(
        _ end: UsherdEnd, _ function: LinkFunction, _ arguments: [[UInt8]] = [], isConfirmed: Bool = false
    ) throws -> LinkMessage {
        number += 1
        try end.say(.call(number, function, isConfirmed: isConfirmed, milliseconds: 250, arguments))
        return try end.next()
    }

    /// Opens an epoch and joins.
    func open(_ end: UsherdEnd) throws {
        let ten = Array("10000".utf8), zero = Array("0".utf8)
        _ = try call(end, .open, [[], zero, Self.epoch, ten, Array("0000000000000000".utf8)])
        let name = Array("one".utf8)
        _ = try call(end, .join, [Self.epoch, Self.member, Array("1".utf8), zero, name, [], zero, zero])
    }
}

/// usherd's end of a connection with the link.
final class UsherdEnd {
    /// Reasons for an absence of the store that are passed over: they come ever more slowly, at last all five seconds.
    private static let patience = 16
    private let socket: CInt

    init(_ path: String) throws {
        let socket = usher_unix_socket(CInt(SOCK_SEQPACKET.rawValue), 0)
        try eventually("the link listens") { usher_connect(socket, path) == 0 }
        usher_set_send_buffer(socket, 262_144)
        self.socket = socket
    }

    deinit { close(socket) }

    func say(_ message: LinkMessage) throws { try say(try message.encoded()) }

    func say(_ bytes: [UInt8]) throws {
        guard usher_send(socket, bytes, bytes.count, -1) == bytes.count else { throw TestFailure.last("send") }
    }

    /// Whether the socket took it.
    func tries(_ bytes: [UInt8]) -> Bool { usher_send(socket, bytes, bytes.count, -1) == bytes.count }

    /// The next message but for those that say why the store is away; nil at the end of the connection.
    func next(within duration: Duration = .seconds(20)) throws -> LinkMessage? {
        for _ in 0..<Self.patience {
            let message = try nextOfAll(within: duration)
            if case .away = message { continue }
            return message
        }
        throw TestFailure("the store stays away")
    }

    /// The next message; nil at the end of the connection.
    func nextOfAll(within duration: Duration = .seconds(20)) throws -> LinkMessage? {
        var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, Patience(duration).milliseconds) > 0 else { throw TestFailure("nothing comes") }
        var bytes = [UInt8](repeating: 0, count: LinkLimits.datagram)
        let count = recv(socket, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return try LinkMessage(Array(bytes.prefix(count)))
    }

    /// What a connection brings.
    enum Arrival {
        case message(LinkMessage)
        case ended
    }

    /// What has come; nil where nothing has.
    func waiting() throws -> Arrival? {
        var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, 0) > 0 else { return nil }
        return try next(within: .seconds(20)).map(Arrival.message) ?? .ended
    }

    /// The next message, which is there.
    func next() throws -> LinkMessage {
        guard let message = try next(within: .seconds(20)) else { throw TestFailure("the link has closed") }
        return message
    }
}
