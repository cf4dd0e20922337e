/// Looks names of users and groups up, once, while the configuration is read. Passed in, so that reading it needs no NSS.
package struct AccountResolver: Sendable {
    /// The uid of a user; nil if there is none of that name.
    package var uid: @Sendable (String) -> UInt32?
    /// The gid of a group; nil if there is none of that name.
    package var gid: @Sendable (String) -> UInt32?

    /// A resolver by two functions, such as over getpwnam_r(3) and getgrnam_r(3).
    package init(
        uid: @escaping @Sendable (String) -> UInt32?, gid: @escaping @Sendable (String) -> UInt32?
    ) {
        self.uid = uid
        self.gid = gid
    }
}

/// One file of the configuration, in the order in which they count.
package struct ConfigurationFile: Hashable, Sendable {
    /// How errors call it.
    package var name: String
    /// What is in it.
    package var text: String

    /// A file by its name and content.
    package init(name: String, text: String) {
        self.name = name
        self.text = text
    }
}
