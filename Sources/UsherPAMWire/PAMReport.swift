package import UsherNames

/// The version that the broker speaks, and how much it does at once.
package struct PAMHello: Equatable, Sendable {
    /// `PAMLimits.version` of the broker.
    package var version: UInt16
    /// Workers that may compute at the same time.
    package var computing: UInt16
    /// Workers that may wait for a person at the same time.
    package var conversing: UInt16
    /// Transactions that may wait for a worker.
    package var waiting: UInt16

    /// A greeting.
    package init(version: UInt16 = PAMLimits.version, computing: UInt16, conversing: UInt16, waiting: UInt16) {
        self.version = version
        self.computing = computing
        self.conversing = conversing
        self.waiting = waiting
    }
}

/// A question of the modules; answered by `PAMAnswers` with one answer per prompt that asks.
package struct PAMChallenge: Equatable, Sendable {
    /// The transaction that asks.
    package var transaction: UInt64
    /// What the answers are for.
    package var purpose: LoginPurpose
    /// The account's name once the secret is proven, as in `PAMVerdict`; else empty.
    package var user: String
    /// 1 to `PAMLimits.messages`. At least one asks. Their texts have up to `PAMLimits.texts` bytes together.
    package var prompts: [PAMPrompt]

    /// A question.
    package init(transaction: UInt64, purpose: LoginPurpose, user: String = "", prompts: [PAMPrompt]) {
        self.transaction = transaction
        self.purpose = purpose
        self.user = user
        self.prompts = prompts
    }
}

/// The final result of PAM.
package struct PAMVerdict: Equatable, Sendable {
    /// The part of the transaction that `code` comes from.
    package enum Phase: UInt8, Equatable, Sendable {
        /// pam_start(3) and pam_authenticate(3). All refusals of this phase must look the same to a client.
        case authentication = 1
        /// pam_acct_mgmt(3) and the look-up of the account: the secret was proven.
        case account = 2
        /// pam_chauthtok(3): the secret was proven and had expired.
        case passwordChange = 3
        /// pam_setcred(3): the login was right, and something about it could not be set up.
        case credentials = 4
    }

    /// The account on this host, from getpwnam_r(3) of PAM_USER after success.
    package struct Account: Equatable, Sendable {
        /// `pw_name`, the canonical name.
        package var name: String
        /// `pw_uid`.
        package var uid: UInt32

        /// An account.
        package init(name: String, uid: UInt32) {
            self.name = name
            self.uid = uid
        }
    }

    /// The transaction that ended.
    package var transaction: UInt64
    /// The phase that ended it: `account` or `passwordChange` where `code` is 0.
    package var phase: Phase
    /// Return code of libpam (<security/_pam_types.h>), 0 for success.
    package var code: Int32
    /// The name in the entry of PAM_USER's account; PAM_USER as the modules left it if no account was found. Empty
    /// after a refusal if PAM_USER is no valid name. After a refusal this name stays inside: the person was not told
    /// that the account has another name.
    package var user: String
    /// The account of `user`; nil if there is none. Always nil after a refusal, unless only an account was to be
    /// checked.
    package var account: Account?
    /// The account's entry in shadow(5) at the end; nil if there is none or the worker may not read it.
    package var credential: AccountCredential?
    /// The same before the secret was asked for, if it differs: somebody else changed it during the login.
    package var earlier: AccountCredential?
    /// Whether no account has the checked name any more, and another name has the uid that its account had
    /// (`PAMStart.uid`).
    package var isUIDTaken = false
    /// The digest of `user` in the account files before the account phase. Nil unless a login succeeded under the
    /// account's own name and the entries could be read.
    package var digest: AccountDigest?
    /// The work of an authentication phase that succeeded, or of a whole check of an account; else none.
    package var work = PAMWork.none
    /// Texts that were held back, of the styles info and error, with the limits of a challenge's texts. None follow a
    /// refusal in the authentication phase, unless the service relays them.
    package var texts: [PAMPrompt]

    /// Whether the login succeeded.
    package var succeeded: Bool { code == 0 }

    /// A verdict.
    package init(
        transaction: UInt64, phase: Phase, code: Int32, user: String = "", account: Account? = nil,
        texts: [PAMPrompt] = []
    ) {
        self.transaction = transaction
        self.phase = phase
        self.code = code
        self.user = user
        self.account = account
        self.texts = texts
    }
}

/// Why a transaction ended without a verdict.
package enum PAMFailure: Equatable, Sendable {
    /// No worker became free in time, the name has no guess left, or the broker is stopping; try again after about that
    /// long.
    case busy(retryAfter: Duration)
    /// The queue of the broker is full.
    case queueFull
    /// The time of the transaction is over; its worker has been or is being killed.
    case timeout
    /// usherd cancelled it.
    case cancelled
    /// The worker died of a signal.
    case crashed(signal: UInt8)
    /// The worker ended without a verdict, with that status (a module called exit(3), or the channel was closed).
    case exited(status: UInt8)
    /// No worker could be started.
    case spawnFailed
    /// There is no such PAM service, or the name cannot be that of one.
    case serviceUnknown
    /// The broker does not serve that PAM service, whether there is one or not.
    case serviceNotServed
    /// A message did not fit the state of the transaction, or the worker sent nonsense.
    case protocolViolated
}

/// A message towards the client: worker → broker → usherd.
package enum PAMReport: Equatable, Sendable {
    /// Answers `PAMRequest.hello`.
    case hello(PAMHello)
    /// A process serves the transaction; its pid marks its lines in the log.
    case started(transaction: UInt64, worker: Int32)
    /// Zygote → broker only: answers `PAMRequest.fork` with the process that was made.
    case forked(worker: Int32)
    /// Somebody must answer.
    case challenge(PAMChallenge)
    /// Final: what PAM said.
    case verdict(PAMVerdict)
    /// Final: PAM did not come to a verdict.
    case failed(transaction: UInt64, PAMFailure)
    /// Final: what a survey has found.
    case surveyed(PAMSurveyed)
    /// Files that decide whether accounts may log in were changed, or may have been. Broker → usherd only, to every
    /// connection.
    case accountsChanged(AccountChanges)
}
