internal import CLinux
package import UsherConfiguration
internal import UsherPOSIX

/// The store of `--dev --keep-sessions`: a holder process (``DescriptorHolder``), found through its socket and started
/// where there is none.
package final class HolderStore: DescriptorStore {
    private let socket: FileDescriptor
    private var names: Set<String> = []

    /// The holder that listens at `path`. If there is none, `start` must start one on a socket that listens there.
    package init(
        path: String, start: () throws(StartupError) -> Void
    ) throws(StartupError) {
        do throws(SystemError) {
            socket = try Self.connection(to: path)
        } catch {
            try start()
            do throws(SystemError) { socket = try Self.connection(to: path) } catch { throw StartupError(path, error) }
        }
    }

    private static func connection(to path: String) throws(SystemError) -> FileDescriptor {
        let socket = try FileDescriptor(usher_unix_socket(CInt(SOCK_SEQPACKET.rawValue), 0), "socket")
        _ = try SystemError.check(unsafe usher_connect(socket.number, path), "connect")
        return socket
    }

    package func take() -> [(name: String, descriptor: CInt)] {
        var taken: [(name: String, descriptor: CInt)] = []
        guard HolderMessage.send(.take, on: socket.number) else { return taken }
        while case .put(let name, let descriptor)? = HolderMessage.receive(on: socket.number) {
            names.insert(name)
            taken.append((name, descriptor))
        }
        return taken
    }

    package func put(_ descriptor: CInt, as name: String) {
        names.insert(name)
        guard HolderMessage.send(.put(name: name, descriptor: descriptor), on: socket.number) else { return }
        _ = HolderMessage.receive(on: socket.number)
    }

    package func remove(_ name: String) {
        names.remove(name)
        guard HolderMessage.send(.remove(name: name), on: socket.number) else { return }
        _ = HolderMessage.receive(on: socket.number)
    }

    package func end() {
        for name in names { remove(name) }
    }

    package var outlivesEnd: Bool { false }
}

/// What daemon and holder say to each other: one SOCK_SEQPACKET datagram each, a letter and a name, with the
/// descriptor.
enum HolderMessage: Equatable {
    /// Asks for everything that is kept.
    case take
    /// Keeps a descriptor, or hands one back.
    case put(name: String, descriptor: CInt)
    /// Lets one go.
    case remove(name: String)
    /// The answer to another message ends here.
    case done

    /// Bytes of a message.
    private static let limit = 64

    static func send(_ message: HolderMessage, on socket: CInt) -> Bool {
        let (text, descriptor): (String, CInt) =
            switch message {
            case .take: ("t", -1)
            case .put(let name, let descriptor): ("p\(name)", descriptor)
            case .remove(let name): ("r\(name)", -1)
            case .done: ("d", -1)
            }
        let bytes = Array(text.utf8)
        return unsafe bytes.withUnsafeBytes { unsafe usher_send(socket, $0.baseAddress, $0.count, descriptor) } > 0
    }

    /// Waits for a message; nil when the other side has gone or talks nonsense.
    static func receive(on socket: CInt) -> HolderMessage? {
        var bytes = [UInt8](repeating: 0, count: limit)
        var descriptor: CInt = -1
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe usher_receive(socket, $0.baseAddress, $0.count, 0, &descriptor)
        }
        guard count > 0 else { return nil }
        let name = String(decoding: bytes[1..<count], as: UTF8.self)
        switch (bytes[0], descriptor >= 0) {
        case (UInt8(ascii: "t"), false): return .take
        case (UInt8(ascii: "p"), true): return .put(name: name, descriptor: descriptor)
        case (UInt8(ascii: "r"), false): return .remove(name: name)
        case (UInt8(ascii: "d"), false): return .done
        default:
            if descriptor >= 0 { close(descriptor) }
            return nil
        }
    }
}
