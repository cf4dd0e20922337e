import CLinux
import Testing
import UsherTestKit

@testable import UsherClient

@Suite("Socket of a client")
struct SocketTests {
    private func pair() throws -> (peer: Int32, own: Int32) {
        var pair: [Int32] = [-1, -1]
        guard usher_socketpair(Int32(SOCK_STREAM.rawValue), 1, &pair) == 0 else { throw TestFailure.last("socketpair") }
        return (pair[0], pair[1])
    }

    @Test("a server's descriptors that are slow to close keep nobody waiting, read or not")
    func slowDescriptors() throws {
        let (peer, own) = try pair()
        defer { close(peer) }
        let lingering = try (0..<3).map { _ in try LingeringSocket(seconds: 8) }
        for socket in lingering {
            #expect(pass([socket.descriptor], with: [1], on: peer))
            socket.letGo()
        }
        let time = elapsed {
            let socket = Socket(adopting: own)
            var passed: Int32?
            for _ in 0..<2 {
                withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { room in
                    if case .bytes(1) = socket.receive(into: room, passed: &passed) {} else { Issue.record("no byte") }
                }
            }
            #expect(passed == nil)
        }
        #expect(time < .seconds(4), "\(time)")
    }

    @Test("a memfd is handed on, and of several the last")
    func memory() throws {
        let (peer, own) = try pair()
        defer { close(peer) }
        let socket = Socket(adopting: own)
        var passed: Int32?
        for name in ["first", "second"] {
            let file = usher_memfd(name)
            #expect(pass([file], with: [1], on: peer))
            close(file)
            withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { _ = socket.receive(into: $0, passed: &passed) }
        }
        let received = try #require(passed)
        var path = [CChar](repeating: 0, count: 64)
        let length = max(readlink("/proc/self/fd/\(received)", &path, path.count), 0)
        let name = String(decoding: path[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
        #expect(name.hasPrefix("/memfd:second"))
        close(received)
    }

    @Test("a child closes the parent's socket, and nothing that has taken its number")
    func mark() throws {
        let (peer, own) = try pair()
        defer { close(peer) }
        let mark = SocketMark(of: own)
        #expect(mark != .none && SocketMark(word: mark.word) == mark)
        // What a child has after closefrom(3): a file, and then a socket, of that number.
        let copy = dup(own)
        for other in [usher_open("/dev/null", O_RDONLY, 0), usher_unix_socket(Int32(SOCK_STREAM.rawValue), 1)] {
            usher_replace(own, other)
            close(other)
            mark.close()
            #expect(usher_set_cloexec(own, 1) == 0, "it is open")
        }
        usher_replace(own, copy)
        close(copy)
        mark.close()
        #expect(SocketMark(of: own) != mark)
        SocketMark.none.close()
        #expect(SocketMark(of: -1) == .none)
    }
}
