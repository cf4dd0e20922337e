internal import UsherNames

/// Sizes of the bytes that the ledger takes from outside.
package enum Limit {
    /// Bytes of a user name (PROTOCOL.md, Values: 1 to 256).
    package static let userName = UserName.maximumSize
    /// Bytes of a session's context, as the caller encodes it: room for 16 members and 1 KiB of text as JSON, in which
    /// a byte may become six.
    package static let context = 6656
    /// Bytes of a session's data, as the caller encodes it: room for 64 members and 8 KiB of text as JSON.
    package static let data = 50 * 1024
    /// Bytes of the name of a realm or service, or of an encoded list of methods.
    package static let label = 244
}
