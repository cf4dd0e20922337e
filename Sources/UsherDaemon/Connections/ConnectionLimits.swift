/// How much the connections may take together and each.
package struct ConnectionLimits: Equatable, Sendable {
    /// Connections at one time.
    package var connections = 4096
    /// Connections of one uid; root is not held to it.
    package var connectionsPerUser = 256
    /// Places that only root may take.
    package var reservedForRoot = 64
    /// How long the rest of a frame may take once its first byte is there.
    package var halfFrame: Duration = .seconds(10)
    /// Bytes of answers that wait for one client that does not read.
    package var unsentBytes = 1 << 20
    /// Bytes that all connections together may have waiting, received or to be sent.
    package var waitingBytes = 64 << 20

    /// The defaults of the protocol.
    package init() {}
}
