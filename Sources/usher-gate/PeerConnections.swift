import NIOCore
import Synchronization

/// The open connections of proxies, each with the user that its proxy runs as.
///
/// Invariant: a connection is here before its user is compared with `gate.proxies`, and until it is closed. So a reload
/// that removes the user either finds the connection here or has replaced the users before they are compared.
final class PeerConnections: Sendable {
    private let open = Mutex<[ObjectIdentifier: (uid: UInt32, channel: any Channel)]>([:])

    /// Adds a connection of a process of that user.
    func insert(_ channel: any Channel, of uid: UInt32) {
        let name = ObjectIdentifier(channel)
        open.withLock { $0[name] = (uid, channel) }
        channel.closeFuture.whenComplete { [weak self] _ in
            _ = self?.open.withLock { $0.removeValue(forKey: name) }
        }
    }

    /// Closes the connections of all users but these. Returns how many.
    func close(except uids: Set<UInt32>) -> Int {
        let strangers = open.withLock { open in open.values.filter { !uids.contains($0.uid) } }
        for stranger in strangers { stranger.channel.close(promise: nil) }
        return strangers.count
    }
}
