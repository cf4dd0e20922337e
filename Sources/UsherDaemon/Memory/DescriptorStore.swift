package import UsherEventLoop

/// Keeps descriptors while no daemon runs: systemd (sd_pid_notify_with_fds(3)), the holder of `--dev`, or nothing.
package protocol DescriptorStore: AnyObject {
    /// The kept descriptors, by name. The caller owns them.
    func take() -> [(name: String, descriptor: CInt)]
    /// Keeps `descriptor` under `name`; when this returns, it is kept.
    func put(_ descriptor: CInt, as name: String)
    /// Lets go of what is kept under `name`.
    func remove(_ name: String)
    /// The daemon ends by its own will, and its sessions with it unless the store keeps them.
    func end()
    /// Whether a daemon that is told to end may be followed by another one with the same memory.
    var outlivesEnd: Bool { get }
}

/// systemd's store: what it kept was passed at the start, among the sockets.
package final class ManagerStore: DescriptorStore {
    private let activation: Activation

    /// The store behind an activation.
    package init(_ activation: Activation) { self.activation = activation }

    package func take() -> [(name: String, descriptor: CInt)] {
        activation.entries.map { ($0.name, $0.descriptor) }
    }

    package func put(_ descriptor: CInt, as name: String) { ServiceManager.store(descriptor, as: name) }

    package func remove(_ name: String) { ServiceManager.forget(name) }

    /// systemd decides: it keeps the memory over a restart and closes it on a stop.
    package func end() {}
    package var outlivesEnd: Bool { true }
}

/// No store: memory ends with the process.
package final class NoStore: DescriptorStore {
    /// The store that keeps nothing.
    package init() {}

    package func take() -> [(name: String, descriptor: CInt)] { [] }
    package func put(_ descriptor: CInt, as name: String) {}
    package func remove(_ name: String) {}
    package func end() {}
    package var outlivesEnd: Bool { false }
}
