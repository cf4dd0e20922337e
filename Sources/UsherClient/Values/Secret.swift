internal import UsherNames
package import UsherSecrets

/// A password, one-time code or answer on its way to the daemon: zeroed when it ends, never copied, without a
/// description.
///
/// Handing it to a call consumes it. If you can, fill it byte by byte from its source (a terminal, a request body): a
/// `String` from which a secret was made stays in memory until its place is used again.
@safe public struct Secret: ~Copyable, Sendable {
    /// Bytes that a secret holds at most, which is what PAM takes (PAM_MAX_RESP_SIZE of Linux-PAM, less its NUL).
    public static let capacity = AnswerLimit.size

    private var bytes: SecretBytes

    /// An empty secret, to be filled with ``append(_:)``.
    public init() { bytes = SecretBytes(capacity: Self.capacity) }

    /// A copy of the UTF-8 bytes of `text`; nil when there are more than ``capacity``.
    public init?(_ text: borrowing String) {
        self.init()
        for byte in text.utf8 where !append(byte) { return nil }
    }

    /// A copy of `text`, which should be UTF-8; nil when there are more than ``capacity`` bytes.
    public init?(copying text: Span<UInt8>) {
        self.init()
        for index in text.indices where !append(text[index]) { return nil }
    }

    /// Adds a byte; false, and nothing changes, when it is full.
    @discardableResult
    public mutating func append(_ byte: UInt8) -> Bool { bytes.append(byte) }

    /// How many bytes it holds.
    public var count: Int { bytes.count }

    /// Zeroes it and starts anew.
    public mutating func wipe() { bytes.wipe() }

    /// Gives the bytes away.
    package consuming func released() -> SecretBytes { bytes }

    /// Lends the bytes for the length of `body`.
    package func withBytes<R: ~Copyable, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        try bytes.withBytes(body)
    }
}

extension Optional where Wrapped == Secret, Wrapped: ~Copyable {
    /// Gives the bytes away, if there are any.
    package consuming func released() -> SecretBytes? {
        switch consume self {
        case .some(let secret): secret.released()
        case .none: nil
        }
    }
}
