extension Configuration {
    /// Reads `files` in order: later ones change single settings of earlier ones, and add services and clients.
    ///
    /// Strict: an unknown key, a wrong type, a value out of range, a name used twice or never defined is an error. Where no
    /// file has a service, or no file a client, those of `base` hold.
    package static func load(
        _ files: [ConfigurationFile], base: Configuration = Configuration(), accounts: AccountResolver
    ) throws(ConfigurationError) -> Configuration {
        var loader = ConfigurationLoader(base: base, accounts: accounts)
        for file in files { try loader.read(file) }
        return try loader.finished()
    }
}

/// The reading of one configuration, file by file.
struct ConfigurationLoader {
    private var configuration: Configuration
    private let accounts: AccountResolver

    init(base: Configuration, accounts: AccountResolver) {
        configuration = base
        self.accounts = accounts
    }

    mutating func read(_ file: ConfigurationFile) throws(ConfigurationError) {}
    func finished() throws(ConfigurationError) -> Configuration { configuration }
}
