import Testing
import UsherEngine
import UsherLogin
import UsherNames
import UsherPAMWire
import UsherTestKit

/// The bench with watched services, and a broker that knows accounts.
final class AccountHarness {
    let bench: EngineBench
    let client: Client
    /// What checks find, by name: a code, and the account's uid and credential.
    var found: [String: (code: Int32, uid: UInt32?, credential: AccountCredential?)] = [:]
    /// The uids that other names have.
    var taken: Set<UInt32> = []
    /// The address that the account phase denies.
    var deniedAddress: String?
    /// The checks that were made: user, PAM service, address.
    private(set) var checks: [String] = []
    /// Versions of the entries that the account files have.
    var entries: [String: UInt64] = [:]
    /// How many names each survey asked about.
    private(set) var surveys: [Int] = []
    /// What answers a survey in place of the entries.
    var brokenSurvey: ((UInt64) -> PAMReport)?
    /// Whether surveys are answered at all.
    var answersSurveys = true
    private var seen = 0

    init(_ rules: AccountRules = AccountRules(), _ change: (inout Configuration) -> Void = { _ in }) throws {
        var configuration = Configuration.bench()
        for place in configuration.services.indices { configuration.services[place].accounts = rules }
        change(&configuration)
        bench = try EngineBench(configuration)
        client = bench.connect()
    }

    /// What the files have of an account now.
    private func digest(of user: String) -> AccountDigest {
        entries[user].map { AccountDigest(hash: $0 << 8) } ?? .missing
    }

    private func answer(_ transaction: UInt64, _ names: [String]) {
        surveys.append(names.count)
        guard answersSurveys else { return }
        let report = PAMReport.surveyed(PAMSurveyed(transaction: transaction, digests: names.map(digest)))
        bench.engine.brokerReported(brokenSurvey?(transaction) ?? report)
    }

    /// Answers the checks and surveys that were asked for, until none is left; logins are left alone.
    func settle() {
        while seen < bench.host.messages.count {
            defer { seen += 1 }
            if case .survey(let transaction, let names) = bench.host.messages[seen] { answer(transaction, names) }
            guard case .start(let transaction, let service, let user, _) = bench.host.messages[seen],
                let options = bench.host.options[transaction], options.options == .accountOnly
            else { continue }
            checks.append([user, service, options.remoteHost].compactMap(\.self).joined(separator: " "))
            let isDenied = deniedAddress != nil && options.remoteHost == deniedAddress
            var (code, uid, credential) = found[user] ?? (0, nil, nil)
            if isDenied { code = 6 }
            var verdict = PAMVerdict(
                transaction: transaction, phase: .account, code: code, user: user,
                account: uid.map { .init(name: user, uid: $0) })
            verdict.credential = credential
            verdict.isUIDTaken = uid == nil && options.uid.map { taken.contains($0) } ?? false
            bench.engine.brokerReported(.verdict(verdict))
        }
    }

    /// Accounts may have changed, in this way; then five seconds pass.
    func change(_ changes: AccountChanges = .rules) {
        bench.engine.brokerReported(.accountsChanged(changes))
        pass(.seconds(5))
    }

    func pass(_ time: Duration) {
        let end = bench.now + time
        settle()
        while let deadline = bench.host.deadline, .nanoseconds(deadline) <= end {
            bench.tickAtDeadline()
            settle()
        }
        if bench.now < end { bench.advance(end - bench.now) }
    }

    /// Logs in; the token.
    func login(
        _ user: String, uid: UInt32 = 5000, credential: AccountCredential? = nil, service: String = "web",
        as client: Client? = nil, more: String = ""
    ) throws -> String {
        let client = client ?? self.client
        let request = client.startLogin(user, #","service":"\#(service)"\#(more)"#)
        succeed(bench.lastTransaction, user, uid, credential)
        return try #require(client.answer(to: request)?.result?["token"]?.text)
    }

    func succeed(
        _ transaction: UInt64, _ user: String, _ uid: UInt32, _ credential: AccountCredential?,
        earlier: AccountCredential? = nil, phase: PAMVerdict.Phase = .account
    ) {
        var verdict = PAMVerdict(
            transaction: transaction, phase: phase, code: 0, user: user, account: .init(name: user, uid: uid))
        (verdict.credential, verdict.earlier) = (credential, earlier)
        verdict.digest = entries[user].map { _ in digest(of: user) }
        if found[user] == nil { found[user] = (0, uid, credential) }
        bench.engine.brokerReported(.verdict(verdict))
    }

    /// What the journal says of sessions that ended with an account: detail and count.
    var ends: [String] {
        bench.host.entries.compactMap {
            guard case .endedAll(.account(let end), let count, let user, nil) = $0 else { return nil }
            return "\(user ?? "everybody") \(end.name) \(count)"
        }
    }
}
