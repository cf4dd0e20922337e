package import UsherPOSIX

extension Datagram {
    /// Replaces the content by the next datagram of `socket`, and waits for it only if `waiting` and the socket blocks.
    /// Anything but ``PeerSocket/Arrival/bytes`` leaves the buffer empty.
    package mutating func receive(
        from socket: borrowing PeerSocket, waiting: Bool = false
    ) -> PeerSocket.Arrival {
        PeerSocket.Arrival(unsafe fill { unsafe socket.receive(into: $0, waiting: waiting) })
    }
}
