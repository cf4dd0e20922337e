package import UsherNames

/// Asks for digests of many names' entries in the host's account files, without PAM and without a directory.
package struct PAMSurvey: Equatable, Sendable {
    /// Chosen by usherd, never used again on the same connection.
    package var transaction: UInt64
    /// How long it may take from now, in steps of a millisecond; queueing included.
    package var timeout: Duration
    /// The key of the digests.
    package var credentialKey: CredentialKey
    /// Names of accounts, 1 to `PAMLimits.surveyed`, in `PAMLimits.surveyedBytes` with two bytes each for the length.
    package var names: [String]

    /// A survey of `names`.
    package init(transaction: UInt64, timeout: Duration, credentialKey: CredentialKey, names: [String]) {
        self.transaction = transaction
        self.timeout = timeout
        self.credentialKey = credentialKey
        self.names = names
    }
}

/// What a survey has found.
package struct PAMSurveyed: Equatable, Sendable {
    /// The survey's transaction.
    package var transaction: UInt64
    /// A digest for each name, in the order of the names. Empty where a file could not be read.
    package var digests: [AccountDigest]

    /// Those digests.
    package init(transaction: UInt64, digests: [AccountDigest]) {
        self.transaction = transaction
        self.digests = digests
    }
}
