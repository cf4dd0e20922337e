package import UsherConfiguration
internal import UsherWebCore

extension GateConfiguration {
    /// Where the configuration stands unless told otherwise.
    package static let usualFile = "/etc/usher/usher-gate.toml"

    /// Reads the files in order; later files add sites and rules and change single settings. `faults` has every fault,
    /// and the configuration is nil unless there is none.
    package static func read(
        _ content: ConfigurationFiles.Content, insecureLocalhost: Bool = false
    ) -> (configuration: GateConfiguration?, faults: [ConfigurationError]) {
        var loader = GateConfigurationLoader(faults: content.faults, insecureLocalhost: insecureLocalhost)
        for file in content.files { loader.read(file) }
        return loader.finished(content.files.last?.name ?? usualFile)
    }
}

/// The reading of one configuration, file by file.
struct GateConfigurationLoader {
    /// Sites in all files.
    static let maximumSites = 64
    /// Bytes of the origins of all sites. A page names every origin in its Content-Security-Policy, and nginx takes 4
    /// KiB of an answer's fields by default.
    private static let maximumOrigins = 2048
    /// Rules in all files.
    static let maximumRules = 256
    /// The preload lists of browsers demand a year at least; two years are usual.
    private static let securities = Duration.zero...Duration.seconds(730 * 86_400)
    private static let ages = Duration.seconds(1)...Duration.seconds(30 * 86_400)

    private var configuration: GateConfiguration?
    private var sites: [GateConfiguration.Site] = []
    private var limits = GateLimits()
    private var prompts = PromptTable()
    private var rules: [GateConfiguration.Rule] = []
    /// Rules named by sites, with the place to blame.
    private var references: [(rule: String, error: ConfigurationError)] = []
    /// Names of rules that are present but faulty: a site that names one causes no second fault.
    private var brokenRules: Set<String> = []
    private var faults: [ConfigurationError]
    private let insecureLocalhost: Bool
    /// Whether a table `[gate]` was there, whatever was wrong with it.
    private var hasGate = false

    init(faults: [ConfigurationError], insecureLocalhost: Bool) {
        self.faults = faults
        self.insecureLocalhost = insecureLocalhost
    }

    mutating func read(_ file: ConfigurationFile) {
        var top: ConfigurationSection
        do throws(ConfigurationError) { top = try ConfigurationSection(file) } catch { return faults.append(error) }
        if let section = faults.noted({ () throws(ConfigurationError) in try top.section("gate") }) {
            readGate(section)
        }
        if let section = faults.noted({ () throws(ConfigurationError) in try top.section("limits") }) {
            readLimits(section)
        }
        if let section = faults.noted({ () throws(ConfigurationError) in try top.section("page") }) {
            readPage(section)
        }
        for section in top.sections("site", faults: &faults) { readSite(section) }
        for section in top.sections("rule", faults: &faults) { readRule(section) }
        faults.finish(top)
    }

    func finished(_ file: String) -> (configuration: GateConfiguration?, faults: [ConfigurationError]) {
        var all = faults
        if !hasGate {
            all.append(ConfigurationError(.missingKey, file: file, key: "gate", message: "the table [gate] is missing"))
        }
        let isWhole = !faults.contains { $0.code == .unreadable || $0.code == .syntax }
        let known = brokenRules.union(rules.map(\.name))
        all += references.filter { isWhole && !known.contains($0.rule) }.map(\.error)
        guard all.isEmpty, var whole = configuration else { return (nil, all) }
        (whole.sites, whole.rules, whole.limits, whole.prompts) = (sites, rules, limits, prompts)
        return (whole, [])
    }

    // MARK: Tables

    private mutating func readGate(_ section: ConfigurationSection) {
        hasGate = true
        let (before, insecureLocalhost) = (configuration, insecureLocalhost)
        let read = faults.collect(section) { (section) throws(ConfigurationError) in
            let portal = try Self.origin("portal", in: &section, insecureLocalhost) ?? before?.portal
            if portal == nil { section.miss("portal") }
            guard var gate = before ?? portal.map({ GateConfiguration(portal: $0) }) ?? Self.placeholder else {
                preconditionFailure("the placeholder is an origin")
            }
            gate.portal = portal ?? gate.portal
            gate.insecureLocalhost = insecureLocalhost
            if let service = try section.name("service") { gate.service = service }
            if let proxies = try section.strings("proxies") { gate.proxies = proxies }
            if gate.proxies.isEmpty {
                section.miss("proxies", "is missing: users that the proxies run as, such as [\"www-data\"]")
            }
            if let time = try section.duration("hsts", in: Self.securities) {
                gate.transportSecurity = time == .zero ? nil : time
            }
            if let title = try Self.text("title", in: &section) { gate.title = title }
            if let style = try Self.file("style", in: &section, endings: [".css"]) { gate.style = style }
            if let logo = try Self.file("logo", in: &section, endings: [".svg", ".png"]) { gate.logo = logo }
            try section.finish()
            return gate
        }
        configuration = read ?? configuration
    }

    private static var placeholder: GateConfiguration? {
        Origin("https://localhost").map { GateConfiguration(portal: $0) }
    }

    private mutating func readLimits(_ section: ConfigurationSection) {
        let before = limits
        let read = faults.collect(section) { (section) throws(ConfigurationError) in
            var limits = before
            try limits.read(&section)
            return limits
        }
        limits = read ?? limits
    }

    private mutating func readPage(_ section: ConfigurationSection) {
        var section = section
        if let table = faults.noted({ () throws(ConfigurationError) in try section.section("prompts") }) {
            readPrompts(table)
        }
        faults.finish(section)
    }

    private mutating func readPrompts(_ table: ConfigurationSection) {
        var table = table
        for text in table.keys {
            guard let section = faults.noted({ () throws(ConfigurationError) in try table.section(text) }),
                let entry = faults.collect(section, PromptTable.Entry.read)
            else { continue }
            if !prompts.add(entry, for: text) {
                faults.append(
                    table.error(.badValue, text, "must not be blank, and \(PromptTable.limit) texts are the most"))
            }
        }
    }

    private mutating func readSite(_ section: ConfigurationSection) {
        noteRules(section)
        let (known, insecureLocalhost) = (sites, insecureLocalhost)
        let read = faults.collect(section) { (section) throws(ConfigurationError) in
            let origin = try Self.origin("origin", in: &section, insecureLocalhost)
            if origin == nil { section.miss("origin") }
            if let origin, known.contains(where: { $0.origin == origin }) {
                throw section.error(.duplicate, "origin", "there is a site \(origin) already")
            }
            guard known.count < Self.maximumSites else {
                throw section.error(.badValue, "origin", "more than \(Self.maximumSites) sites")
            }
            let size = (known.map(\.origin) + (origin.map { [$0] } ?? [])).map(\.text.utf8.count).reduce(0, +)
            guard size <= Self.maximumOrigins else {
                throw section.error(
                    .badValue, "origin", "the origins of all sites take more than \(Self.maximumOrigins >> 10) KiB")
            }
            let name = try Self.text("name", in: &section)
            let rules = try section.strings("rules")
            if rules == nil { section.miss("rules") }
            try section.finish()
            return origin.map { GateConfiguration.Site(origin: $0, name: name ?? $0.text, rules: rules ?? []) }
        }
        if let site = read ?? nil { sites.append(site) }
    }

    private mutating func noteRules(_ section: ConfigurationSection) {
        var section = section
        guard let names = try? section.strings("rules") else { return }
        for (index, name) in names.enumerated() {
            let message = "there is no rule \(String(reflecting: name))"
            references.append((name, section.error(.unknownName, "rules[\(index)]", message)))
        }
    }

    private mutating func readRule(_ section: ConfigurationSection) {
        let known = rules
        let read = faults.collect(section) { (section) throws(ConfigurationError) in
            let name = try section.name("name")
            if name == nil { section.miss("name") }
            guard !known.contains(where: { $0.name == name }) else {
                throw section.error(.duplicate, "name", "there is a rule \(name ?? "") already")
            }
            guard known.count < Self.maximumRules else {
                throw section.error(.badValue, "name", "more than \(Self.maximumRules) rules")
            }
            var rule = GateConfiguration.Rule(name: name ?? "")
            try Self.read(&rule, &section)
            try section.finish()
            return rule
        }
        var name = section
        if let read {
            rules.append(read)
        } else if let name = try? name.string("name") {
            brokenRules.insert(name)
        }
    }

    private static func read(
        _ rule: inout GateConfiguration.Rule, _ section: inout ConfigurationSection
    ) throws(ConfigurationError) {
        if let groups = try section.strings("groups") { rule.groups = groups }
        if let users = try section.strings("users") { rule.users = users }
        rule.maxAge = try section.duration("max_age", in: ages)
        if let methods = try section.strings("methods") { rule.methods = methods }
        if let touch = try section.string("touch") {
            guard ["navigation", "any"].contains(touch) else {
                throw section.error(.badValue, "touch", "must be \"navigation\" or \"any\"")
            }
            rule.touchesInBackground = touch == "any"
        }
        if let isAnonymous = try section.flag("anonymous") { rule.isAnonymous = isAnonymous }
        if let passes = try section.flag("preflight") { rule.passesPreflight = passes }
        if let names = try section.strings("headers") { rule.headers = try fields(names, section) }
        if let email = try text("email", in: &section) { rule.email = email }
        guard !rule.isAnonymous || !rule.namesPeople && rule.maxAge == nil && rule.methods.isEmpty else {
            throw section.error(.badValue, "anonymous", "must not stand beside groups, users, max_age or methods")
        }
    }

    private static func fields(
        _ names: [String], _ section: ConfigurationSection
    ) throws(ConfigurationError) -> [IdentityField] {
        try names.enumerated().map { (index, name) throws(ConfigurationError) in
            guard let field = IdentityField(rawValue: name) else {
                let known = IdentityField.allCases.map(\.rawValue).joined(separator: ", ")
                throw section.error(
                    .unknownName, "headers[\(index)]", "\(String(reflecting: name)) is none of \(known)")
            }
            return field
        }
    }

    /// A line of text.
    static func text(
        _ key: String, in section: inout ConfigurationSection
    ) throws(ConfigurationError) -> String? {
        guard let text = try section.string(key) else { return nil }
        guard 1...128 ~= text.utf8.count, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw section.error(.badValue, key, "must be 1 to 128 bytes without control bytes")
        }
        return text
    }

    /// A file of the theme, named by its path.
    private static func file(
        _ key: String, in section: inout ConfigurationSection, endings: [String]
    ) throws(ConfigurationError) -> ThemeFile? {
        guard let path = try section.string(key) else { return nil }
        guard path.utf8.first == UInt8(ascii: "/") else { throw section.error(.badValue, key, "must be a whole path") }
        do throws(ThemeFile.Fault) {
            return try ThemeFile(key, at: path, endings: endings)
        } catch {
            throw section.error(.unreadable, key, "\(String(reflecting: path)) \(error.message)")
        }
    }

    private static func origin(
        _ key: String, in section: inout ConfigurationSection, _ insecureLocalhost: Bool
    ) throws(ConfigurationError) -> Origin? {
        guard let text = try section.string(key) else { return nil }
        guard let origin = Origin(text, insecureLocalhost: insecureLocalhost) else {
            throw section.error(.badValue, key, "must be https://host or https://host:port, with nothing behind it")
        }
        return origin
    }
}
