package import UsherNames
package import UsherSecrets

/// Tokens and names, written straight to where they are sent from.
extension FrameBuffer {
    /// A handle.
    package mutating func value(_ handle: SessionHandle) {
        value(prefix: "h_", characters: SessionHandle.textSize - 2) { handle.writeBase64(into: &$0) }
    }

    /// A token.
    package mutating func value(_ token: borrowing SessionToken) {
        value(characters: SessionToken.textSize) { token.write(into: &$0) }
    }

    /// The name of a login in progress.
    package mutating func value(_ transaction: TransactionName) {
        value(characters: TransactionName.textSize) { transaction.write(into: &$0) }
    }
}
