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
    /// Entries in all files: what one byte can number in a session's record.
    static let maximumServices = 255
    /// Entries in all files; each connection walks over them once.
    static let maximumClients = 1024

    private var configuration: Configuration
    private let accounts: AccountResolver
    private var services: [Service] = []
    private var clients: [ClientEntry] = []
    /// Services named by clients, with the place to blame; looked up when all files are read.
    private var references: [(service: String, error: ConfigurationError)] = []

    init(base: Configuration, accounts: AccountResolver) {
        configuration = base
        self.accounts = accounts
    }

    /// Takes in one file.
    mutating func read(_ file: ConfigurationFile) throws(ConfigurationError) {
        var top = try ConfigurationSection(file)
        if var section = try top.section("pam") { try readPAM(&section) }
        if var section = try top.section("limits") { try configuration.limits.read(&section) }
        for var section in try top.sections("service") { try readService(&section) }
        for var section in try top.sections("client") { try readClient(&section) }
        try top.finish()
    }

    /// The whole, once all files are read.
    func finished() throws(ConfigurationError) -> Configuration {
        var whole = configuration
        if !services.isEmpty { whole.services = services }
        if !clients.isEmpty { whole.clients = clients }
        for (service, error) in references where whole.service(service) == nil { throw error }
        return whole
    }

    // MARK: Tables

    private mutating func readPAM(_ section: inout ConfigurationSection) throws(ConfigurationError) {
        if let socket = try section.path("socket", limit: ConfigurationSection.maximumSocketPath) {
            configuration.pam.socket = socket
        }
        try section.finish()
    }

    private mutating func readService(_ section: inout ConfigurationSection) throws(ConfigurationError) {
        let service = try Service(reading: &section)
        guard !services.contains(where: { $0.name == service.name }) else {
            throw section.error(.duplicate, "name", "there is a service \(service.name) already")
        }
        guard services.count < Self.maximumServices else {
            throw section.error(.badValue, "name", "more than \(Self.maximumServices) services")
        }
        services.append(service)
    }

    private mutating func readClient(_ section: inout ConfigurationSection) throws(ConfigurationError) {
        let client = try ClientEntry(reading: &section, accounts: accounts)
        guard !clients.contains(where: { $0.name == client.name }) else {
            throw section.error(.duplicate, "name", "there is a client \(client.name) already")
        }
        guard clients.count < Self.maximumClients else {
            throw section.error(.badValue, "name", "more than \(Self.maximumClients) clients")
        }
        for (index, name) in (client.services ?? []).enumerated() {
            let message = "there is no service \(String(reflecting: name))"
            references.append((name, section.error(.unknownName, "services[\(index)]", message)))
        }
        clients.append(client)
    }
}
