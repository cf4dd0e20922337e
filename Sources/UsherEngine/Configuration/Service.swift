package import UsherLogin

/// A `[[service]]` entry: a way to log in, and the lifetimes of the sessions that it makes.
package struct Service: Hashable, Sendable {
    /// What clients call it.
    package var name: String
    /// What PAM calls it: the file in the service directory.
    package var pam: String
    /// Its realm: tokens are valid within one.
    package var realm: String
    /// How a login proves a person, as names of RFC 8176.
    package var methods: [String]
    /// How long a session lives without use.
    package var idle: Duration
    /// How long a session lives at most.
    package var absolute: Duration
    /// How logins go.
    package var rules: LoginRules
    /// How the accounts of its sessions are watched.
    package var accounts: AccountRules
    /// Whether the worker calls pam_setcred(3), which modules such as pam_krb5 need.
    package var setsCredentials: Bool

    /// The PAM service whose account phase checks of accounts run.
    package var checkedBy: String { accounts.check ?? pam }

    /// A service with the defaults of usherd.toml(5): PAM service of the same name, realm `default`, a password, 30
    /// minutes idle, 12 hours in all.
    package init(
        name: String, pam: String? = nil, realm: String = "default", methods: [String] = ["pwd"],
        idle: Duration = .seconds(30 * 60), absolute: Duration = .seconds(12 * 3600), rules: LoginRules = LoginRules(),
        accounts: AccountRules = AccountRules(), setsCredentials: Bool = false
    ) {
        self.name = name
        self.pam = pam ?? name
        self.realm = realm
        self.methods = methods
        self.idle = idle
        self.absolute = absolute
        self.rules = rules
        self.accounts = accounts
        self.setsCredentials = setsCredentials
    }
}
