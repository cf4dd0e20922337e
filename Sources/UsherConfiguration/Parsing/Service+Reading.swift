internal import UsherEngine
internal import UsherLogin

/// What a client hears when PAM could not find out whether the secret was right.
enum UndecidedAnswer: String {
    case denied, unavailable
}

extension Service {
    /// Authentication Method Reference values of RFC 8176, section 2.
    static let knownMethods: Set<String> = [
        "face", "fpt", "geo", "hwk", "iris", "kba", "mca", "mfa", "otp", "pin", "pop", "pwd", "rba", "retina", "sc",
        "sms", "swk", "tel", "user", "vbm", "wia",
    ]
    /// NIST SP 800-63B section 2.1.3: no session beyond 30 days.
    private static let sessionLengths = Duration.seconds(1)...Duration.seconds(30 * 86_400)
    private static let timeouts = Duration.seconds(1)...Duration.seconds(3600)
    /// A floor under the time that a hash takes hides nothing; beyond a minute clients give up.
    private static let floors = Duration.milliseconds(50)...Duration.seconds(60)

    /// 0 is `allow_root`'s; the last one means nobody (chown(2)).
    private static let uids = 1...Int(UInt32.max) - 1

    /// Reads a `[[service]]`. A key that is not set has its value in `base`'s service of that name, else its default.
    init(reading section: inout ConfigurationSection, base: [Service]) throws(ConfigurationError) {
        let name = try section.name("name")
        if name == nil { section.miss("name") }
        self = base.first { $0.name == name } ?? Service(name: name ?? "")
        if let pam = try section.name("pam") { self.pam = pam }
        guard self.pam != "other" else {
            throw section.error(.badValue, "pam", "\"other\" is what PAM falls back to, and no service")
        }
        if let realm = try section.name("realm") { self.realm = realm }
        if let methods = try section.strings("methods") { self.methods = try Self.checked(methods, section) }
        if let idle = try section.duration("idle", in: Self.sessionLengths) { self.idle = idle }
        if let absolute = try section.duration("absolute", in: Self.sessionLengths) { self.absolute = absolute }
        if let setcred = try section.flag("setcred") { setsCredentials = setcred }
        try readRules(&section)
        try readAccountRules(&section)
        guard idle <= absolute else {
            let limit = DurationText.write(absolute)
            throw section.error(.badValue, "idle", "must not be longer than absolute, which is \(limit)")
        }
        guard rules.floor * 2 <= rules.loginTimeout else {
            let limit = DurationText.write(rules.loginTimeout)
            throw section.error(.badValue, "floor", "must not be longer than half of login_timeout, which is \(limit)")
        }
        try section.finish()
    }

    private mutating func readRules(_ section: inout ConfigurationSection) throws(ConfigurationError) {
        if let timeout = try section.duration("login_timeout", in: Self.timeouts) { rules.loginTimeout = timeout }
        if let timeout = try section.duration("answer_timeout", in: Self.timeouts) { rules.answerTimeout = timeout }
        if let floor = try section.duration("floor", in: Self.floors) { rules.floor = floor }
        if let relays = try section.flag("relay_messages") { rules.relaysMessages = relays }
        if let reveals = try section.flag("reveal_account_state") { rules.revealsAccountState = reveals }
        if let allows = try section.flag("allow_root") { rules.allowsRoot = allows }
        if let uid = try section.integer("minimum_uid", in: Self.uids) { rules.minimumUID = UInt32(uid) }
        if let allows = try section.flag("allow_no_account") { rules.allowsNoAccount = allows }
        if let allows = try section.flag("allow_password_change") { rules.allowsPasswordChange = allows }
        if let codes = try section.integers("undecided_codes") {
            rules.undecidedCodes = try Self.checked(codes, section)
        }
        if let answer = try section.string("undecided") {
            guard let answer = UndecidedAnswer(rawValue: answer) else {
                throw section.error(
                    .unknownName, "undecided", "must be \"denied\" or \"unavailable\", is \"\(answer)\"")
            }
            rules.revealsUndecided = answer == .unavailable
        }
    }

    /// What a wrong password comes to may never be undecided: the limiter would not count it.
    private static func checked(
        _ codes: [Int], _ section: ConfigurationSection
    ) throws(ConfigurationError) -> Set<Int32> {
        let known = PAMCode.undecided.union([PAMCode.systemError])
        for (index, code) in codes.enumerated() where !known.contains(Int32(clamping: code)) {
            let message = "is \(code); undecided may be 9 (AUTHINFO_UNAVAIL), 24 (TRY_AGAIN) and 4 (SYSTEM_ERR)"
            throw section.error(.badValue, "undecided_codes[\(index)]", message)
        }
        return Set(codes.map { Int32(clamping: $0) })
    }

    /// A minute is the least: what changes on the host is noticed at once, and directories are asked by each check.
    private mutating func readAccountRules(_ section: inout ConfigurationSection) throws(ConfigurationError) {
        if let interval = try section.duration("account_check", in: .zero...Self.longestCheck) {
            guard interval == .zero || interval >= .seconds(60) else {
                throw section.error(.badValue, "account_check", "must be 1m to 7d, or 0s for never")
            }
            accounts.interval = interval
        }
        if let name = try section.string("on_password_change") {
            guard let policy = AccountRules.PasswordChange(rawValue: name) else {
                throw section.error(.badValue, "on_password_change", "must be \"end\" or \"keep\"")
            }
            accounts.onPasswordChange = policy
        }
        if let ends = try section.flag("unknown_ends") { accounts.unknownEnds = ends }
        accounts.check = try section.name("check")
        guard accounts.check != "other" else {
            throw section.error(.badValue, "check", "\"other\" is what PAM falls back to, and no service")
        }
        if accounts.check == pam { accounts.check = nil }
    }

    private static let longestCheck = Duration.seconds(7 * 86_400)

    private static func checked(
        _ methods: [String], _ section: ConfigurationSection
    ) throws(ConfigurationError) -> [String] {
        for (index, method) in methods.enumerated() where !knownMethods.contains(method) {
            let message = "\(String(reflecting: method)) is no method of RFC 8176, such as \"pwd\", \"otp\" or \"mfa\""
            throw section.error(.unknownName, "methods[\(index)]", message)
        }
        return methods
    }
}
