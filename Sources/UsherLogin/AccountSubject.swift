internal import UsherNames

/// What one check of an account asks: whether this user may still log in by this service from this address. Sessions that
/// have all of it in common share the answer.
package struct AccountSubject: Hashable, Sendable {
    /// The user's canonical name.
    package var user: String
    /// The uid of the account when its sessions were made; nil where there was none.
    package var uid: UInt32?
    /// The service of the sessions.
    package var service: String
    /// The address that PAM was told at the login; nil where it was told none.
    package var address: String?
    /// Whether no entry of it in shadow(5) is known, as of accounts of a directory. Checks of those may wait for it.
    package var isOfDirectory: Bool

    /// A question.
    package init(user: String, uid: UInt32?, service: String, address: String? = nil, isOfDirectory: Bool = false) {
        self.user = user
        self.uid = uid
        self.service = service
        self.address = address
        self.isOfDirectory = isOfDirectory
    }
}
