package import UsherNames

/// What the broker speaks and how much it does at once.
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

/// What PAM said in the end.
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
    /// After success PAM_USER as the modules left it. After a refusal the account's own spelling of it, or itself where
    /// no account was found; empty where the modules left no name. That name stays inside: whoever logs in was not told
    /// that theirs has another.
    package var user: String
    /// The account of `user`; nil: there is none. Nil unless `code` is 0, or an account was all that was asked for.
    package var account: Account?
    /// The account's entry in shadow(5) at the end; nil where it is not known, for lack of an entry or of the right to
    /// read it.
    package var credential: AccountCredential?
    /// The same before the secret was asked for, where that was another one: somebody changed it during the login.
    package var earlier: AccountCredential?
    /// Whether nobody has the name that was checked any more and another name has the uid that its account had.
    package var isUIDTaken = false
    /// What the account files had of `user` before the account phase, where a login succeeded under the account's own name
    /// and that is known.
    package var digest: AccountDigest?
    /// What the authentication phase took, where it succeeded, or a check of an account in all; else none.
    package var work = PAMWork.none
    /// Texts that were held back, styles info and error, as many and as long as those of a challenge. None follow a refusal
    /// of the authentication phase, unless the service relays them.
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
    /// No worker became free in time; try again after about that long.
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
    /// There is no such PAM service, or its name is not one.
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
    /// A worker has begun with it; its process, by which its lines in the log are found.
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
    /// Files by which accounts may log in or not were changed, or may have been. Broker → usherd only, to every
    /// connection.
    case accountsChanged(AccountChanges)
}
