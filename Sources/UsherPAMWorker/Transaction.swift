internal import CLinux
internal import CPAM
internal import UsherNames
internal import UsherPAMWire

/// One login through libpam: authentication, account, the change of an expired password if allowed, credentials if
/// wanted, look-up of the account. Or the account phase alone, for somebody who has logged in before.
struct Transaction: ~Copyable {
    private var start: PAMStart
    private let setup: PAMSetup
    private let channel: WorkerChannel
    private var phase = PAMVerdict.Phase.authentication
    /// The hash of the entered name's entry in the account database, if the account has that very name.
    private var passwd: PasswdHash?

    init(_ start: consuming PAMStart, _ setup: PAMSetup, channel: WorkerChannel) {
        self.start = start
        self.setup = setup
        self.channel = channel
    }

    /// Runs it and sends the final report. The report leaves before pam_end(3), so that what modules do on their way
    /// out can delay or crash nobody's login; the broker gives the process a moment to end.
    mutating func run() {
        guard isServiceKnown else { return send(.failed(transaction: start.transaction, .serviceUnknown)) }
        guard UserName.isValid(start.user) else {
            return send(.failed(transaction: start.transaction, .protocolViolated))
        }
        let conversation = makeConversation()
        do throws(PAMCode) {
            try checkUID(ofEntered: start.user)
            var handle = try PAMHandle(
                service: start.service, user: start.user, directory: setup.serviceDirectory, conversation: conversation)
            send(.verdict(verdict(&handle, conversation)))
        } catch {
            EqualWork.reach(start.work)
            send(.verdict(refusal(error, conversation)))
        }
    }

    /// Does what `run` does, except asking libpam and the account database. The verdict is for nobody.
    consuming func rehearsed() -> PAMVerdict {
        _ = isServiceKnown && UserName.isValid(start.user)
        let conversation = makeConversation()
        conversation.rehearse()
        let account = PAMVerdict.Account(name: start.user, uid: .max)
        do throws(PAMCode) {
            return try success(start.user, .found(account), conversation)
        } catch {
            return refusal(error, conversation)
        }
    }

    private mutating func makeConversation() -> Conversation {
        Conversation(
            channel: channel, transaction: start.transaction, relays: start.options.contains(.relayMessages),
            asksNobody: start.options.contains(.accountOnly), password: start.password.take())
    }

    private func send(_ report: PAMReport) { channel.send(report) }

    /// libpam falls back to the service `other`, which on Debian lets every account in: so the file must be where
    /// libpam looks for it (pam.d(5)).
    private var isServiceKnown: Bool {
        guard PAMText.isService(start.service) else { return false }
        let places = setup.serviceDirectory.map { [$0] } ?? ["/etc/pam.d", "/usr/lib/pam.d"]
        return places.contains { unsafe usher_is_file($0, start.service) == 1 }
    }

    /// How long the account database may take to say whose the entered name is.
    private static let patience = Duration.seconds(5)

    /// Enforces the broker's own `minimumUID`, whatever the service allows: before any module runs, so that no password
    /// is tried. If the database gives no answer, the login is undecided.
    private mutating func checkUID(ofEntered name: String) throws(PAMCode) {
        guard setup.minimumUID > 0 else { return }
        let (answer, hash) = PasswdLookup.find(name, within: Self.patience, under: start.credentialKey)
        if case .found(let account) = answer, isEntered(account.name) { passwd = hash }
        try checkUID(answer, name, unavailable: PAM_AUTHINFO_UNAVAIL)
    }

    /// The same for the name that modules put in place of the entered one, before they let it in or change its
    /// password.
    private func checkUID(_ handle: borrowing PAMHandle) throws(PAMCode) {
        guard setup.minimumUID > 0, let user = handle.user(), !isEntered(user) else { return }
        try checkUID(PasswdLookup(name: user), user, unavailable: PAM_SERVICE_ERR)
    }

    /// Whether `name` is the entered one. Names are bytes: a `String` equals another one that looks the same.
    private func isEntered(_ name: String) -> Bool { name.utf8.elementsEqual(start.user.utf8) }

    private func checkUID(_ found: PasswdLookup, _ name: String, unavailable: Int32) throws(PAMCode) {
        switch found {
        case .found(let account) where account.uid >= setup.minimumUID: break
        case .missing where name != "root": break
        case .found, .missing: throw PAMCode(PAM_PERM_DENIED)
        case .unavailable: throw PAMCode(unavailable)
        }
    }

    private mutating func verdict(_ handle: inout PAMHandle, _ conversation: Conversation) -> PAMVerdict {
        do throws(PAMCode) {
            try prepare(&handle)
            guard !start.options.contains(.accountOnly) else { return checkedAccount(&handle) }
            let earlier = shadow(of: start.user)
            try handle.authenticate()
            let work = EqualWork.done
            phase = .account
            try checkUID(handle)
            try checkAccount(&handle, conversation)
            try establishCredentials(&handle)
            var verdict = try success(handle, conversation)
            verdict.work = work
            noteCredentials(of: &verdict, earlier)
            return verdict
        } catch {
            // After PAM_CONV_ERR nobody waits for the verdict, so that nobody can compare times.
            if phase == .authentication, error.value != PAM_CONV_ERR { EqualWork.reach(start.work) }
            var verdict = refusal(error, conversation)
            // A directory that did not answer the modules is not asked again.
            let isAway = [PAM_AUTHINFO_UNAVAIL, PAM_TRY_AGAIN].contains(error.value)
            verdict.user = Self.name(in: handle, looksUp: !isAway)
            return verdict
        }
    }

    /// The name in the entry of PAM_USER's account, because directories find an account by several spellings. PAM_USER
    /// itself if there is no account; empty if PAM_USER cannot be a name.
    private static func name(in handle: borrowing PAMHandle, looksUp: Bool = true) -> String {
        guard let user = handle.user(), UserName.isValid(user) else { return "" }
        return looksUp ? PasswdLookup.spelling(of: user) ?? user : user
    }

    /// Sets the items that modules look at. PAM_TTY is set because some modules fail without a terminal.
    private func prepare(_ handle: inout PAMHandle) throws(PAMCode) {
        try handle.setDelayCallback()
        try handle.set(PAM_TTY, "usher")
        if let host = start.remoteHost { try handle.set(PAM_RHOST, host) }
        if let user = start.remoteUser { try handle.set(PAM_RUSER, Self.name(of: user)) }
    }

    /// The name of the user who asks, which modules match and log. usherd asks no directory and sends a uid; the uid
    /// stays if no account has it. If the directory that knows it hangs, the login ends when its time is over.
    private static func name(of remoteUser: String) -> String {
        guard let uid = uid_t(remoteUser), case .found(let account) = PasswdLookup(uid: uid) else { return remoteUser }
        return account.name
    }

    /// The account phase alone. If the account database gives no answer, PAM's answer that the user may pass, is
    /// unknown or is denied counts as undecided: while a directory is away, a stack may deny all of its users.
    private mutating func checkedAccount(_ handle: inout PAMHandle) -> PAMVerdict {
        phase = .account
        var code = PAM_SUCCESS
        do throws(PAMCode) { try handle.checkAccount() } catch { code = error.value }
        var verdict = PAMVerdict(transaction: start.transaction, phase: phase, code: code, user: start.user)
        let asks = [PAM_SUCCESS, PAM_NEW_AUTHTOK_REQD, PAM_USER_UNKNOWN, PAM_PERM_DENIED, PAM_AUTH_ERR]
        guard asks.contains(code) else { return verdict }
        switch PasswdLookup(name: start.user) {
        case .found(let account):
            verdict.account = account
            noteCredentials(of: &verdict, nil)
        case .missing: verdict.isUIDTaken = isUIDTaken
        case .unavailable: verdict.code = PAM_AUTHINFO_UNAVAIL
        }
        verdict.work = EqualWork.done
        return verdict
    }

    /// Whether another name has the uid that the account had. Asked only once no account has the name, since a host may
    /// have two names for one uid.
    private var isUIDTaken: Bool {
        guard let uid = start.uid, case .found(let holder) = PasswdLookup(uid: uid) else { return false }
        return !isEntered(holder.name)
    }

    /// Adds the account's credential, and the earlier one if somebody else than the user changed it during the login.
    /// Under another name than the entered one there is no earlier one, because nobody looked at it.
    private func noteCredentials(of verdict: inout PAMVerdict, _ earlier: ShadowEntry?) {
        guard let name = verdict.account?.name else { return }
        verdict.credential = shadow(of: name)?.credential
        guard isEntered(name), verdict.credential != nil else { return }
        if phase != .passwordChange, earlier?.credential != verdict.credential { verdict.earlier = earlier?.credential }
        if let earlier, let key = start.credentialKey { verdict.digest = passwd?.digest(with: earlier, under: key) }
    }

    private func shadow(of name: String) -> ShadowEntry? {
        start.credentialKey.flatMap { ShadowLookup.entry(of: name, under: $0) }
    }

    private mutating func checkAccount(_ handle: inout PAMHandle, _ conversation: Conversation) throws(PAMCode) {
        do throws(PAMCode) {
            try handle.checkAccount()
        } catch {
            guard error.value == PAM_NEW_AUTHTOK_REQD, start.options.contains(.allowPasswordChange) else { throw error }
            phase = .passwordChange
            conversation.beginPasswordChange(of: Self.name(in: handle))
            try handle.changePassword()
        }
    }

    private mutating func establishCredentials(_ handle: inout PAMHandle) throws(PAMCode) {
        guard start.options.contains(.setCredentials) else { return }
        let before = phase
        phase = .credentials
        try handle.establishCredentials()
        phase = before
    }

    private func success(_ handle: borrowing PAMHandle, _ conversation: Conversation) throws(PAMCode) -> PAMVerdict {
        guard let user = handle.user(), UserName.isValid(user) else { throw PAMCode(PAM_USER_UNKNOWN) }
        return try success(user, PasswdLookup(name: user), conversation)
    }

    private func success(
        _ user: String, _ account: PasswdLookup, _ conversation: Conversation
    ) throws(PAMCode) -> PAMVerdict {
        var verdict = PAMVerdict(transaction: start.transaction, phase: phase, code: PAM_SUCCESS, user: user)
        switch account {
        case .found(let account):
            verdict.account = account
            verdict.user = account.name
        case .missing where start.options.contains(.accountRequired): throw PAMCode(PAM_USER_UNKNOWN)
        case .missing: break
        // Whether there is an account, and uid 0 at that, must be known also where none is needed.
        case .unavailable: throw PAMCode(PAM_SERVICE_ERR)
        }
        verdict.texts = conversation.takeTexts()
        return verdict
    }

    private func refusal(_ code: PAMCode, _ conversation: Conversation) -> PAMVerdict {
        let mayTell = phase != .authentication || start.options.contains(.relayMessages)
        return PAMVerdict(
            transaction: start.transaction, phase: phase, code: code.value,
            texts: mayTell ? conversation.takeTexts() : [])
    }
}
