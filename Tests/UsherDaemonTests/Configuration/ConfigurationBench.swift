import UsherDaemon

/// Reads configurations with accounts of its own.
enum ConfigurationBench {
    static let accounts = AccountResolver(
        uid: { ["root": 0, "www-data": 33, "alice": 1001][$0] }, gid: { ["root": 0, "staff": 50, "adm": 4][$0] })

    static func load(
        _ texts: String..., base: Configuration = Configuration()
    ) throws(ConfigurationError) -> Configuration {
        let files = texts.enumerated().map { ConfigurationFile(name: "\($0.offset + 1).toml", text: $0.element) }
        return try Configuration.load(files, base: base, accounts: accounts)
    }

    /// What is wrong with `texts`, in the words that an administrator reads; nil if nothing is.
    static func fault(_ texts: String...) -> String? {
        let files = texts.enumerated().map { ConfigurationFile(name: "\($0.offset + 1).toml", text: $0.element) }
        do throws(ConfigurationError) {
            _ = try Configuration.load(files, accounts: accounts)
            return nil
        } catch {
            return error.description
        }
    }
}
