/// What is remembered of an account's entry in shadow(5), to see that it has changed.
package struct AccountCredential: Hashable, Sendable {
    /// A keyed hash of the password's hash and of the day of its last change. One change in 2³² goes unnoticed.
    package var fingerprint: UInt32
    /// Whether the password is locked by a leading `!` or `*`, which the account phase of pam_unix(8) ignores.
    package var isLocked: Bool

    /// A credential.
    package init(fingerprint: UInt32, isLocked: Bool) {
        self.fingerprint = fingerprint
        self.isLocked = isLocked
    }
}

/// The key under which fingerprints are made. Fingerprints under different keys cannot be compared.
package struct CredentialKey: Equatable, Sendable {
    /// The first eight bytes.
    package let low: UInt64
    /// The last eight bytes.
    package let high: UInt64

    /// A key of those two halves.
    package init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }
}
