internal import UsherNames

/// The question of one check of an account: whether this user may still log in by this service from this address. All
/// sessions for which it is the same question share the answer.
package struct AccountSubject: Hashable, Sendable {
    /// The user's canonical name.
    package var user: String
    /// The uid of the account when its sessions were made; nil where there was none.
    package var uid: UInt32?
    /// The service of the sessions.
    package var service: String
    /// The address that PAM was told at the login; nil where it was told none.
    package var address: String?
    /// Whether the account has no known entry in shadow(5), like accounts of a directory. Its check may wait for the
    /// directory.
    package var isOfDirectory: Bool

    /// A question.
    package init(user: String, uid: UInt32?, service: String, address: String? = nil, isOfDirectory: Bool = false) {
        self.user = user
        self.uid = uid
        self.service = service
        self.address = address
        self.isOfDirectory = isOfDirectory
    }

    /// Whether both are one question. Names are bytes: a `String` equals another one that looks the same.
    package static func == (left: AccountSubject, right: AccountSubject) -> Bool {
        left.user.utf8.elementsEqual(right.user.utf8) && left.uid == right.uid && left.service == right.service
            && left.address == right.address && left.isOfDirectory == right.isOfDirectory
    }
}
