internal import CLinux
internal import UsherPOSIX

/// A small process that keeps the daemon's memory while there is no daemon: what systemd's descriptor store does for a
/// service, for `--dev --keep-sessions`.
///
/// It serves one daemon after the other, reads no byte of what it keeps, and ends when no daemon has come for a minute,
/// or when a daemon ended by its own will, as `systemctl stop` ends the sessions of a service.
package enum DescriptorHolder {
    /// Descriptors at one time: four, with room.
    private static let capacity = 8
    /// How long it waits for the next daemon, in milliseconds.
    private static let patience: CInt = 60_000

    /// Serves the listening socket `listener` (SOCK_SEQPACKET) to its end.
    package static func run(listener: CInt) {
        usher_set_dumpable(0)
        var kept: [String: CInt] = [:]
        while isReady(listener) {
            let client = usher_accept(listener)
            guard client >= 0 else { continue }
            usher_set_blocking(client)
            serve(FileDescriptor(owning: client), &kept)
            if kept.isEmpty { return }
        }
    }

    private static func isReady(_ listener: CInt) -> Bool {
        var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&waiting, 1, patience) > 0
    }

    private static func serve(_ client: borrowing FileDescriptor, _ kept: inout [String: CInt]) {
        while let message = HolderMessage.receive(on: client.number) {
            switch message {
            case .take:
                for (name, descriptor) in kept {
                    _ = HolderMessage.send(.put(name: name, descriptor: descriptor), on: client.number)
                }
            case .put(let name, let descriptor):
                if kept.count < capacity || kept[name] != nil {
                    if let other = kept.updateValue(descriptor, forKey: name) { close(other) }
                } else {
                    close(descriptor)
                }
            case .remove(let name):
                if let descriptor = kept.removeValue(forKey: name) { close(descriptor) }
            case .done: break
            }
            _ = HolderMessage.send(.done, on: client.number)
        }
    }
}
