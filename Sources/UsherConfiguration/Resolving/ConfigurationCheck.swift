internal import CLinux
package import UsherEngine
internal import UsherLogin
package import UsherNames
internal import UsherPAMWire
internal import UsherPOSIX
internal import UsherSessions

/// `usherd --check`: reads a configuration without acting on it.
///
/// An error makes a reload fail. A warning is about what a reload accepts and an administrator hardly means, or about
/// what this process could not find out.
package struct ConfigurationCheck {
    /// What to print, and whether the configuration is in order (and, where that was asked, the request allowed).
    package struct Report: Equatable {
        /// Lines for standard output: what is in effect, or the answer to the question.
        package var output: [String]
        /// Lines for standard error: every error and every warning.
        package var complaints: [String]
        /// Whether the exit status is 0.
        package var isFine: Bool
    }

    private let files: ConfigurationFiles
    private let daemon: HostUser?
    private let serviceDirectories: [String]
    private let isOfUnit: Bool

    /// A check of these files. `daemon` is the user who must be able to read them, if this process has another;
    /// `serviceDirectories` are where PAM looks for a service file (pam.d(5)); `isOfUnit` says that this process has
    /// the limits of the daemon's unit, as a reload's check does.
    package init(
        _ files: ConfigurationFiles, daemon: HostUser? = nil,
        serviceDirectories: [String] = ["/etc/pam.d", "/usr/lib/pam.d"], isOfUnit: Bool = false
    ) {
        self.files = files
        self.daemon = daemon
        self.serviceDirectories = serviceDirectories
        self.isOfUnit = isOfUnit
    }

    /// Every error and warning, and what is in effect or the answer to `question`; names are looked up by `lookUp`.
    package func run(_ question: PolicyQuestion? = nil, lookUp: ([AccountName]) -> Accounts) -> Report {
        let content = files.read()
        let draft = Configuration.draft(content)
        let (configuration, faults) = draft.resolved(by: lookUp(draft.names))
        // A file that is named on the command line may be meant for later, or for another host.
        let hidden = hidden(content)
        let errors = faults.filter { $0.code != .unansweredAccount } + (files.isRequired ? [] : hidden)
        let open = faults.filter { $0.code == .unansweredAccount } + (files.isRequired ? hidden : [])
        let complaints = errors.map(\.description) + open.map { "warning: \($0)" }
        guard errors.isEmpty else { return Report(output: [], complaints: complaints, isFine: false) }
        if let fault = keyFault(configuration) {
            return Report(output: [], complaints: complaints + [fault], isFine: false)
        }
        if let question {
            let (isAllowed, lines) = question.answer(by: Policy(configuration))
            return Report(output: lines, complaints: complaints, isFine: isAllowed)
        }
        let warnings =
            configuration.warnings + configuration.gatewayWarnings + configuration.guessWarnings
            + missingServiceFiles(configuration) + activeAccountLines(configuration)
        let doubts = (warnings + unlockable(configuration)).map { "warning: \($0)" }
        return Report(output: text(configuration, content), complaints: complaints + doubts, isFine: true)
    }

    /// What is wrong with the cluster's key. Without `key_file` only a process of the daemon's unit has it.
    private func keyFault(_ configuration: Configuration) -> String? {
        guard let cluster = configuration.cluster, cluster.keyFile != nil || isOfUnit else { return nil }
        do throws(StartupError) {
            _ = try ClusterKeyFile.read(cluster)
            return nil
        } catch {
            return error.description
        }
    }

    private func text(_ configuration: Configuration, _ content: ConfigurationFiles.Content) -> [String] {
        var lines = content.files.map { "# \($0.name)" }
        if lines.isEmpty { lines = ["# There is no \(files.file); these are the defaults."] }
        if !configuration.namesRoot {
            let roles = ClientEntry.root.roles.names.joined(separator: ", ")
            lines.append("# No entry is for root, who has the roles \(roles).")
        }
        if configuration.clients.contains(where: { $0.roles.contains(.issue) }) {
            let (all, kept) = (configuration.limits.capacity, configuration.limits.capacity / 8)
            lines.append("# Of \(all) sessions, session.create leaves \(kept) to logins.")
        }
        lines.append("# " + configuration.limits.room)
        return lines + configuration.brokerNotes + [configuration.placeShares.text, configuration.text]
    }

    /// A fault for each file that this process could read and the daemon's user cannot.
    private func hidden(_ content: ConfigurationFiles.Content) -> [ConfigurationError] {
        guard let daemon else { return [] }
        let seen: [ConfigurationError]
        do throws(SystemError) { seen = try daemon.perform { files.read().faults } } catch {
            let message = "it could not be found out whether user \(daemon.name) can read it: \(error)"
            return [ConfigurationError(.unreadable, file: files.file, message: message)]
        }
        return seen.filter { !content.faults.contains($0) }.map { fault in
            ConfigurationError(
                .unreadable, file: fault.file, message: "user \(daemon.name) cannot read it: \(fault.message)")
        }
    }

    /// A warning if this process, as one of the daemon's unit, may not lock the memory of all sessions (setrlimit(2)).
    /// The limit of an administrator's shell says nothing about the daemon's.
    private func unlockable(_ configuration: Configuration) -> [String] {
        var limit = rlimit()
        guard isOfUnit, unsafe getrlimit(CInt(__RLIMIT_MEMLOCK.rawValue), &limit) == 0,
            limit.rlim_cur < configuration.limits.memory
        else { return [] }
        return [
            "limits.memory is \(SizeText.write(configuration.limits.memory)), and \(limit.rlim_cur >> 20)M of it may be "
                + "locked: the rest may be written to a swap device; raise LimitMEMLOCK= of the unit"
        ]
    }

    /// Services whose accounts are checked by lines that do more than answer.
    private func activeAccountLines(_ configuration: Configuration) -> [String] {
        configuration.services.filter(\.accounts.isOn).flatMap { service in
            let name = service.accounts.check ?? service.pam
            return AccountLines.activeModules(of: name, in: serviceDirectories).map {
                "the service \"\(service.name)\" has \($0) in the account phase of \(name), which does more than answer: "
                    + "checks of accounts do it as well, unless check = \"NAME\" names a PAM service without it"
            }
        }
    }

    /// Services whose logins all end in `unavailable`, and services whose accounts are never checked.
    private func missingServiceFiles(_ configuration: Configuration) -> [String] {
        configuration.services.flatMap { service in
            let checked = service.accounts.isOn ? service.accounts.check : nil
            let logins = absence(of: service.pam).map {
                "the service \"\(service.name)\" has no PAM file: there is neither \($0), and nobody can log in by it"
            }
            let checks = checked.flatMap(absence).map {
                "the service \"\(service.name)\" has no PAM file for check: there is neither \($0), and its sessions do "
                    + "not end with their accounts"
            }
            return [logins, checks].compactMap(\.self)
        }
    }

    /// The places in which a PAM service has no file; nil if it has one, or if that cannot be seen: only ENOENT tells.
    private func absence(of name: String) -> String? {
        let places = serviceDirectories.map { "\($0)/\(name)" }
        guard places.allSatisfy({ unsafe access($0, F_OK) != 0 && usher_errno() == ENOENT }) else { return nil }
        return places.joined(separator: " nor ")
    }
}

extension Limits {
    /// How many sessions of which size fit.
    fileprivate var room: String {
        let sizes = [60, 250, Limit.context].map { size in
            "\(min(capacity, memory / LedgerGeometry.bytes(perContext: size))) sessions with \(size) bytes of context"
        }
        return "limits.memory holds \(sizes.joined(separator: ", ")), or fewer with data."
    }
}

extension PlaceShares {
    /// What an administrator cannot read from the limits.
    fileprivate var text: String {
        let shares =
            ["\(root) are root's", "\(outsiders) of users without a role (\(perOutsider) each)"]
            + (entries == 0 ? [] : ["\(reserve) kept for each entry with a role"]) + ["\(common) common"]
        return "# Of \(all) connections, \(shares.joined(separator: ", "))."
    }
}

extension Configuration {
    /// What the broker refuses unless its unit allows it. The unit is not read here.
    fileprivate var brokerNotes: [String] {
        let unit = "unless a drop-in of usher-pam.service says"
        let names = services.flatMap { [$0.pam] + ($0.accounts.isOn ? [$0.accounts.check].compactMap(\.self) : []) }
        let strange = Set(names).filter { !ServiceList.shipped.contains($0) }.sorted()
        let low = services.filter { $0.rules.allowsRoot }.map(\.name)
        return strange.map {
            "# usher-pam refuses the PAM service \($0) \(unit) USHER_SERVICES=\(ServiceList.shipped),\($0)"
        } + low.map { "# usher-pam refuses root in the service \"\($0)\" \(unit) USHER_MINIMUM_UID=0" }
    }

    /// Entries of one user that logs others in and checks their sessions, as a gateway does, and whose
    /// `context.remote_ip` is not believed.
    fileprivate var gatewayWarnings: [String] {
        clients.filter { client in
            guard client.subject.isOneUser, client.subject != .user(0), !client.relaysSource else { return false }
            return client.roles.isSuperset(of: [.login, .validate])
        }.map {
            "the entry \"\($0.name)\" has the role login and not relays_source = true: without an address of each user "
                + "one who guesses at a name makes its owner wait, and no module sees where they come from"
        }
    }

    /// Guesses a second that all buckets of usher-pam(8) together forget (`GuessCeiling`).
    private static let forgotten = 873.0

    /// Services whose logins may count more guesses a second than the broker forgets: one for each worker and for four
    /// times as many refusals, in each floor.
    fileprivate var guessWarnings: [String] {
        services.filter { Double(limits.logins * 5) / ($0.rules.floor / .seconds(1)) > Self.forgotten }.map {
            "limits.logins = \(limits.logins) with the floor of the service \"\($0.name)\" lets through more wrong "
                + "passwords than usher-pam forgets: whoever guesses for hours could close every name there"
        }
    }

    /// Entries that can never match: an entry before them matches every peer that they would.
    fileprivate var warnings: [String] {
        clients.indices.compactMap { index in
            let client = clients[index]
            let cover = clients[..<index].first { $0.subject.covers(client.subject) }
            return cover.map {
                "the entry \"\(client.name)\" never matches: the entry \"\($0.name)\" before it matches "
                    + ($0.subject == .anyone ? "everybody but root" : "the same peers")
            }
        }
    }
}

extension ClientEntry.Subject {
    /// Whether an entry for it matches every peer that one for `other` does.
    fileprivate func covers(_ other: Self) -> Bool {
        switch (self, other) {
        case (.anyone, _): other != .user(0)
        case (.users(let range), .user(let uid)): range.contains(uid)
        default: self == other
        }
    }
}
