import UsherConfiguration
import UsherEngine
import UsherNames

/// Reads configurations with accounts of its own.
enum ConfigurationBench {
    private static let numbers: [AccountName: UInt32] = [
        AccountName(.user, "www-data"): 33, AccountName(.user, "alice"): 1001, AccountName(.group, "staff"): 50,
        AccountName(.group, "adm"): 4,
    ]

    /// What is known of `names`: a number, or that there is no such account.
    static func lookUp(_ names: [AccountName]) -> Accounts {
        Accounts(Dictionary(uniqueKeysWithValues: names.map { ($0, numbers[$0].map(AccountAnswer.found) ?? .none) }))
    }

    /// The configuration of `files`; throws the first fault.
    static func load(
        _ files: [ConfigurationFile], base: Configuration = Configuration()
    ) throws(ConfigurationError) -> Configuration {
        let draft = Configuration.draft(files, base: base)
        let (configuration, faults) = draft.resolved(by: lookUp(draft.names))
        if let fault = faults.first { throw fault }
        return configuration
    }

    static func load(
        _ texts: String..., base: Configuration = Configuration()
    ) throws(ConfigurationError) -> Configuration {
        try load(files(texts), base: base)
    }

    /// What is wrong with `texts`, in the words that an administrator reads; nil if nothing is.
    static func fault(_ texts: String...) -> String? {
        do throws(ConfigurationError) {
            _ = try load(files(texts))
            return nil
        } catch {
            return error.description
        }
    }

    static func files(_ texts: [String]) -> [ConfigurationFile] {
        texts.enumerated().map { ConfigurationFile(name: "\($0.offset + 1).toml", text: $0.element) }
    }
}
