package import UsherEngine
package import UsherNames

/// A configuration as its files have it: users and groups are still names, to be looked up before it can take effect.
package struct ConfigurationDraft: Sendable {
    /// A name of an entry, and the place to blame for it.
    struct Reference {
        var name: AccountName
        /// The file and the key; message and code follow from the answer.
        var place: ConfigurationError
        /// How many faults stand before this one, in the order of the files.
        var position: Int
    }

    /// The configuration, its names not looked up.
    let configuration: Configuration
    /// The faults that do not depend on the names.
    let faults: [ConfigurationError]
    /// The names in order.
    let references: [Reference]

    /// A draft that says `configuration`, in which every name is looked up already.
    package init(_ configuration: Configuration) { self.init(configuration, faults: [], references: []) }

    /// A draft that says `configuration`.
    init(_ configuration: Configuration, faults: [ConfigurationError], references: [Reference]) {
        self.configuration = configuration
        self.faults = faults
        self.references = references
    }

    /// What has to be looked up, each name once.
    package var names: [AccountName] {
        var seen: Set<AccountName> = []
        return references.map(\.name).filter { Accounts.mustBeAsked($0) && seen.insert($0).inserted }
    }

    /// The configuration with its names looked up in `accounts`, and all faults, in the order of the files. If all
    /// faults are about accounts, it can take effect: an entry whose name was not found matches nobody.
    package func resolved(by accounts: Accounts) -> (configuration: Configuration, faults: [ConfigurationError]) {
        var whole = configuration
        for index in whole.clients.indices { whole.clients[index].subject.resolve(by: accounts) }
        var all = faults
        for reference in references.reversed() {
            if let fault = reference.fault(by: accounts[reference.name]) { all.insert(fault, at: reference.position) }
        }
        return (whole, all)
    }
}

extension ConfigurationDraft.Reference {
    fileprivate func fault(by answer: AccountAnswer) -> ConfigurationError? {
        var fault = place
        switch answer {
        case .found: return nil
        case .none: (fault.code, fault.message) = (.unknownAccount, "there is no \(name)")
        case .failed(let why):
            (fault.code, fault.message) = (.unansweredAccount, "\(name) could not be looked up: \(why)")
        }
        return fault
    }
}

extension ClientEntry.Subject {
    fileprivate mutating func resolve(by accounts: Accounts) {
        guard case .named(let name) = self else { return }
        switch accounts[name] {
        case .found(let number): self = name.kind == .user ? .user(number) : .group(number)
        case .none: self = .absent(name)
        case .failed: break
        }
    }
}
