/// Where the store is, and how the link reaches it.
package struct LinkConfiguration {
    /// How the store's server is found.
    package enum Place: Equatable, Sendable {
        /// The server is always at this endpoint.
        case fixed(StoreEndpoint)
        /// Sentinels know the primary of that name.
        case sentinels([StoreEndpoint], primary: String)
    }

    /// How the store's server is found.
    package let place: Place
    /// The user in the store; nil: the default user, without a name in AUTH.
    package let user: String?
    /// The password of that user; nil: none is wanted.
    package let password: StorePassword?
    /// The password of the Sentinels; nil: none is wanted.
    package var sentinelPassword: StorePassword?
    /// Whether an old primary surely serves nobody any more once Sentinels name a new one.
    package var isFenced = false
    /// The function library, which is loaded where the store lacks it or has an older one; nil: somebody else loads it.
    package let library: FunctionLibrary?
    /// How long the store may take to answer a command that does not block.
    package var patience = Duration.seconds(5)
    /// The first pause before the store is tried again; each is twice the last, less up to a half by chance.
    package var firstPause = Duration.milliseconds(100)
    /// The longest pause.
    package var longestPause = Duration.seconds(5)

    /// A configuration of these parts.
    package init(place: Place, user: String?, password: StorePassword?, library: FunctionLibrary?) {
        self.place = place
        self.user = user
        self.password = password
        self.library = library
    }
}
