import CLinux

/// The client's end of a connection. It never blocks.
package final class TestSocket {
    private var descriptor: CInt

    package init(owning descriptor: CInt) { self.descriptor = descriptor }

    /// A connected pair: the client's end, and the server's.
    package static func pair() throws -> (client: TestSocket, server: CInt) {
        var pair: [CInt] = [-1, -1]
        guard usher_socketpair(CInt(SOCK_STREAM.rawValue), 1, &pair) == 0 else { throw TestFailure.last("socketpair") }
        return (TestSocket(owning: pair[0]), pair[1])
    }

    deinit { close() }

    package func close() {
        if descriptor >= 0 { CLinux.close(descriptor) }
        descriptor = -1
    }

    /// Will send nothing more.
    package func finish() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// Sends what the socket takes. Returns the number of bytes.
    @discardableResult
    package func send(_ bytes: some Collection<UInt8>) -> Int {
        let bytes = Array(bytes)
        return max(0, bytes.withUnsafeBytes { CLinux.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) })
    }

    /// Everything that has come, at most `limit` bytes; nil at the end of the stream.
    package func receive(_ limit: Int = 1 << 20) -> [UInt8]? {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < limit {
            let count = recv(descriptor, &piece, min(piece.count, limit - bytes.count), 0)
            if count < 0 && usher_errno() == EAGAIN { break }
            if count <= 0 { return bytes.isEmpty ? nil : bytes }
            bytes += piece[..<count]
        }
        return bytes
    }

    /// The bytes of one recvmsg(2), which stops behind bytes that a descriptor came with; and whether one came.
    package func receiveMessage(_ limit: Int = 1 << 20) -> (bytes: [UInt8], withDescriptor: Bool) {
        var bytes = [UInt8](repeating: 0, count: limit)
        var received: CInt = -1
        let count = usher_receive(descriptor, &bytes, limit, 1, &received)
        if received >= 0 { CLinux.close(received) }
        return (Array(bytes[..<max(count, 0)]), received >= 0)
    }

    /// Whether the server has closed the connection, once everything was received.
    package var isAtEnd: Bool { receive() == nil }
}

/// A frame with this body.
package func frame(_ body: some Collection<UInt8>) -> [UInt8] {
    withUnsafeBytes(of: UInt32(body.count).bigEndian) { Array($0) } + body
}

/// A frame with this text.
package func frame(_ text: String) -> [UInt8] { frame(Array(text.utf8)) }
