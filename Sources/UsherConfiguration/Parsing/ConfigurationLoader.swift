package import UsherEngine
internal import UsherNames
internal import UsherSessions

extension Configuration {
    /// Reads the files in order: later ones change single settings of earlier ones, and add services and clients.
    ///
    /// Strict: an unknown key, a wrong type, a value out of range, a name used twice or never defined is an error.
    /// If no file has a service, the services of `base` are in effect; so it is with clients. An entry with the name of
    /// a service of `base` changes single settings of that. Names of users and groups are still to be looked up.
    package static func draft(
        _ content: ConfigurationFiles.Content, base: Configuration = Configuration()
    ) -> ConfigurationDraft {
        draft(content.files, faults: content.faults, base: base)
    }

    /// The same of the files that could be read; `faults` are about the others.
    package static func draft(
        _ files: [ConfigurationFile], faults: [ConfigurationError] = [], base: Configuration = Configuration()
    ) -> ConfigurationDraft {
        var loader = ConfigurationLoader(base: base, faults: faults)
        for file in files { loader.read(file) }
        return loader.finished()
    }
}

/// The reading of one configuration, file by file. A fault does not end it: the key at fault is left out, and the rest
/// is read again, so that an administrator sees all faults at once.
struct ConfigurationLoader {
    /// Entries in all files; a request that names one walks over them.
    static let maximumServices = 255
    /// Realms of all services; the ledger has no more.
    static let maximumRealms = LedgerGeometry.realms
    /// Entries in all files; each connection walks over them once.
    static let maximumClients = 1024

    private var configuration: Configuration
    private var services: [Service] = []
    /// The realms that are to be shared, with the place to blame for each; looked up when all files are read.
    private var sharedRealms: [(realm: String, error: ConfigurationError)] = []
    private var clients: [ClientEntry] = []
    /// Services named by clients, with the place to blame; looked up when all files are read.
    private var references: [(service: String, error: ConfigurationError)] = []
    /// Services that are defined with a fault: a client that names one has no fault of its own.
    private var brokenServices: Set<String> = []
    /// Names of users and groups, to be looked up.
    private var names: [ConfigurationDraft.Reference] = []
    private var faults: [ConfigurationError]

    init(base: Configuration, faults: [ConfigurationError]) {
        configuration = base
        self.faults = faults
    }

    /// Takes in one file.
    mutating func read(_ file: ConfigurationFile) {
        var top: ConfigurationSection
        do throws(ConfigurationError) { top = try ConfigurationSection(file) } catch { return faults.append(error) }
        if let section = faults.noted({ () throws(ConfigurationError) in try top.section("pam") }) { readPAM(section) }
        if let section = faults.noted({ () throws(ConfigurationError) in try top.section("limits") }) {
            readLimits(section)
        }
        if let section = faults.noted({ () throws(ConfigurationError) in try top.section("cluster") }) {
            readCluster(section)
        }
        for section in top.sections("service", faults: &faults) { readService(section) }
        for section in top.sections("client", faults: &faults) { readClient(section) }
        faults.finish(top)
    }

    /// The whole, once all files are read.
    func finished() -> ConfigurationDraft {
        var whole = configuration
        if !services.isEmpty { whole.services = services }
        if !clients.isEmpty { whole.clients = clients }
        // A service that is not defined in the files that could be read may be defined in another file.
        let isWhole = !faults.contains { $0.code == .unreadable || $0.code == .syntax }
        let missing = references.filter {
            isWhole && whole.service($0.service) == nil && !brokenServices.contains($0.service)
        }
        let realms = Set(whole.services.map(\.realm))
        let unknown = sharedRealms.filter { isWhole && brokenServices.isEmpty && !realms.contains($0.realm) }
        return ConfigurationDraft(
            whole, faults: faults + missing.map(\.error) + unknown.map(\.error), references: names)
    }

    // MARK: Tables

    private mutating func readPAM(_ section: ConfigurationSection) {
        var pam = configuration.pam
        let read = faults.collect(section) { (section) throws(ConfigurationError) in
            if let socket = try section.path("socket", limit: ConfigurationSection.maximumSocketPath) {
                pam.socket = socket
            }
            try section.finish()
            return pam
        }
        configuration.pam = read ?? configuration.pam
    }

    private mutating func readLimits(_ section: ConfigurationSection) {
        let before = configuration.limits
        let read = faults.collect(section) { (section) throws(ConfigurationError) in
            var limits = before
            try limits.read(&section)
            return limits
        }
        configuration.limits = read ?? before
    }

    /// A later file's table replaces an earlier one's: the hosts of a cluster are told apart by few keys.
    private mutating func readCluster(_ section: ConfigurationSection) {
        let read = faults.collect(section) { (section) throws(ConfigurationError) in
            try ClusterSettings(reading: &section)
        }
        configuration.cluster = read ?? configuration.cluster
        sharedRealms = (read?.realms ?? []).enumerated().map { index, realm in
            let message = "there is no service in the realm \(String(reflecting: realm))"
            return (realm, section.error(.unknownName, "realms[\(index)]", message))
        }
    }

    private mutating func readService(_ section: ConfigurationSection) {
        let (known, base) = (services, configuration.services)
        let read = faults.collect(section) { (section) throws(ConfigurationError) in
            let service = try Service(reading: &section, base: base)
            guard !known.contains(where: { $0.name == service.name }) else {
                throw section.error(.duplicate, "name", "there is a service \(service.name) already")
            }
            guard known.count < Self.maximumServices else {
                throw section.error(.badValue, "name", "more than \(Self.maximumServices) services")
            }
            guard Set(known.map(\.realm)).union([service.realm]).count <= Self.maximumRealms else {
                throw section.error(.badValue, "realm", "more than \(Self.maximumRealms) realms")
            }
            return service
        }
        var name = section
        if let read {
            services.append(read)
        } else if let name = try? name.string("name") {
            brokenServices.insert(name)
        }
    }

    private mutating func readClient(_ section: ConfigurationSection) {
        noteName(section)
        noteServices(section)
        let known = clients
        let read = faults.collect(section) { (section) throws(ConfigurationError) in
            let client = try ClientEntry(reading: &section)
            guard !known.contains(where: { $0.name == client.name }) else {
                throw section.error(.duplicate, "name", "there is a client \(client.name) already")
            }
            guard known.count < Self.maximumClients else {
                throw section.error(.badValue, "name", "more than \(Self.maximumClients) clients")
            }
            // A uid in two ranges would have two shares.
            if let other = known.first(where: { $0.subject.overlaps(client.subject) }) {
                throw section.error(.duplicate, "uids", "overlaps the uids of the entry \"\(other.name)\"")
            }
            return client
        }
        if let read { clients.append(read) }
    }

    /// Keeps the services that an entry names, whatever else is wrong with that.
    private mutating func noteServices(_ section: ConfigurationSection) {
        var section = section
        guard let names = try? section.strings("services") else { return }
        for (index, name) in names.enumerated() {
            let message = "there is no service \(String(reflecting: name))"
            references.append((name, section.error(.unknownName, "services[\(index)]", message)))
        }
    }

    /// Keeps the name of an entry, whatever else is wrong with that.
    private mutating func noteName(_ section: ConfigurationSection) {
        var section = section
        guard case .named(let name)? = try? ClientEntry.subject(&section).0 else { return }
        let place = section.error(.unknownAccount, name.kind.rawValue, "")
        names.append(ConfigurationDraft.Reference(name: name, place: place, position: faults.count))
    }
}

extension ClientEntry.Subject {
    /// Whether both are ranges and a uid is in both.
    fileprivate func overlaps(_ other: Self) -> Bool {
        guard case .users(let range) = self, case .users(let others) = other else { return false }
        return range.overlaps(others)
    }
}
