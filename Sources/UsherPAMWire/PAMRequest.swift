package import UsherNames
package import UsherSecrets

/// What a service allows in a transaction.
package struct PAMOptions: OptionSet, Equatable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// An expired password may be changed, after it has been proven. Else the verdict is the account phase's code 12.
    package static let allowPasswordChange = PAMOptions(rawValue: 1)
    /// Texts of the authentication phase are shown at once. Else they are held back and only follow a success, as they
    /// may tell that an account exists.
    package static let relayMessages = PAMOptions(rawValue: 2)
    /// A user without an account on this host is refused (account phase, code 10).
    package static let accountRequired = PAMOptions(rawValue: 4)

    /// pam_setcred(3) is called once all else has succeeded, for modules that finish there. What they make outlives the
    /// worker.
    package static let setCredentials = PAMOptions(rawValue: 8)

    /// Nobody logs in: only the account phase runs, for an account that has logged in before, and nobody is asked. It
    /// yields to logins, and its verdict has the account also where the password must be changed (code 12).
    package static let accountOnly = PAMOptions(rawValue: 16)

    /// PAM_SYSTEM_ERR tells nothing about the secret, as from modules that ask a directory. Without this option it
    /// counts as a wrong secret, as from pam_exec(8).
    package static let systemErrorIsUndecided = PAMOptions(rawValue: 32)

    /// All of them.
    package static let known: PAMOptions = [
        .allowPasswordChange, .relayMessages, .accountRequired, .setCredentials, .accountOnly, .systemErrorIsUndecided,
    ]

    /// Whether an authentication that ended in `code` could not find out who it is: PAM_AUTHINFO_UNAVAIL,
    /// PAM_TRY_AGAIN, and where the service says so PAM_SYSTEM_ERR.
    package func isUndecided(_ code: Int32) -> Bool {
        code == 9 || code == 24 || code == 4 && contains(.systemErrorIsUndecided)
    }
}

/// A login to begin.
package struct PAMStart: ~Copyable {
    /// Chosen by usherd, never used again on the same connection.
    package var transaction: UInt64
    /// PAM service, from usherd's configuration. `PAMText.isService` must hold, else the answer is `serviceUnknown`.
    package var service: String
    /// The name as entered. It must be a `UserName`, else the answer is `protocolViolated`.
    package var user: String
    /// PAM_RHOST: a numeric address (pam_access would resolve a name).
    package var remoteHost: String?
    /// PAM_RUSER: name of the local user who asks, or the uid as text, which the worker replaces by the name if there
    /// is one.
    package var remoteUser: String?
    /// The uid of the peer that asks, by which peers take turns.
    package var peer: UInt32
    /// How long the whole transaction may take from now, in steps of a millisecond; queueing included.
    package var timeout: Duration
    /// What the service allows.
    package var options: PAMOptions
    /// The key of the fingerprints and digests in the verdict; nil for a verdict without any.
    package var credentialKey: CredentialKey?
    /// For a check: the uid that the account had when its sessions were made; nil if it had none.
    package var uid: UInt32?
    /// The least work of a refusal in the authentication phase: as much as logins that succeed take. At most
    /// `PAMLimits.work`.
    package var work: PAMWork
    /// The answer to the first secret prompt; at most `PAMLimits.answer` bytes without NUL.
    package var password: SecretBytes?

    /// A login of `user` in `service`.
    package init(
        transaction: UInt64, service: String, user: String, remoteHost: String? = nil, remoteUser: String? = nil,
        peer: UInt32 = 0, timeout: Duration, options: PAMOptions = [], credentialKey: CredentialKey? = nil,
        uid: UInt32? = nil, work: PAMWork = .none, password: consuming SecretBytes? = nil
    ) {
        self.transaction = transaction
        self.service = service
        self.user = user
        self.remoteHost = remoteHost
        self.remoteUser = remoteUser
        self.peer = peer
        self.timeout = timeout
        self.options = options
        self.credentialKey = credentialKey
        self.uid = uid
        self.work = work
        self.password = password
    }
}

/// How a worker is to run; sent to it by the broker before it is used. usherd must not send it.
package struct PAMSetup: Equatable, Sendable {
    /// Directory of the service files (pam_start_confdir(3)); nil for the system's.
    package var serviceDirectory: String?
    /// Niceness (setpriority(2)), 1 to 19; 0 leaves it as it is.
    package var nice: UInt8
    /// How the processes of a login are kept from those of others; a worker that cannot be separated so ends.
    package var separation: PAMSeparation
    /// The lowest uid that logs in; 0 for any.
    package var minimumUID: UInt32

    /// A way to run.
    package init(
        serviceDirectory: String?, nice: UInt8, separation: PAMSeparation = .none, minimumUID: UInt32 = 0
    ) {
        self.serviceDirectory = serviceDirectory
        self.nice = nice
        self.separation = separation
        self.minimumUID = minimumUID
    }
}

/// What a process of one login cannot do to processes of another, the broker and the zygote: levels of
/// `usher_separate`.
package enum PAMSeparation: UInt8, Sendable {
    /// Whatever processes of one user may do to each other.
    case none = 0
    /// It does not trace them, nor read or write their memory.
    case memory = 1
    /// It sends them no signals either.
    case signals = 2
}

/// A message towards the worker: usherd → broker → worker.
///
/// On a connection to the broker `hello` comes first. Each `start` is answered by exactly one final report (`verdict`
/// or `failed`) unless the connection ends before.
package enum PAMRequest: ~Copyable {
    /// The first message of a connection, with the version that the sender speaks.
    case hello(version: UInt16)
    /// Broker → worker only.
    case setup(PAMSetup)
    /// Broker → zygote only: make a worker. The end of its channel comes with the message (SCM_RIGHTS).
    case fork
    /// Begins a transaction.
    case start(PAMStart)
    /// Asks for a survey: answered by `surveyed` or `failed`, as a `start` is by its final report.
    case survey(PAMSurvey)
    /// Answers the transaction's challenge.
    case answers(PAMAnswers)
    /// Ends the transaction: `failed(cancelled)` follows, unless a final report crossed it.
    case cancel(transaction: UInt64)
}
