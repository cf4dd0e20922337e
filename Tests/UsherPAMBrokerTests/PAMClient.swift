import CLinux
import Testing
import UsherNames
import UsherPAMWire
import UsherPOSIX
import UsherSecrets

/// No message came in time, or the connection is gone.
enum ClientError: Error { case late, gone }

/// usherd's side of a connection to the broker.
final class PAMClient {
    let socket: Int32
    private var buffer = Datagram(limit: PAMLimits.datagram)
    private var transaction: UInt64 = 0
    /// The process that serves the transaction that was begun last, as the broker says.
    private(set) var lastWorker: Int32 = 0

    init(_ socket: Int32) { self.socket = socket }

    deinit { close(socket) }

    func send(_ request: consuming PAMRequest) {
        do {
            try request.encode(into: &buffer)
        } catch {
            Issue.record("cannot be sent")
        }
        _ = buffer.send(on: socket)
    }

    func send(bytes: [UInt8]) { _ = bytes.withUnsafeBytes { usher_send(socket, $0.baseAddress, $0.count, -1) } }

    /// The next report that ends a transaction or asks something; waits for at most ten seconds.
    func receive() throws -> PAMReport {
        while true {
            let report = try receiveAny()
            if case .accountsChanged = report { continue }
            guard case .started(_, let worker) = report else { return report }
            lastWorker = worker
        }
    }

    /// The number of the transaction that was begun last.
    var last: UInt64 { transaction }

    func forgetWorker() { lastWorker = 0 }

    /// The next report.
    func receiveAny() throws -> PAMReport {
        var wait = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, 10_000) == 1 else { throw ClientError.late }
        var passed: Int32 = -1
        let count = buffer.fill { usher_receive(socket, $0.baseAddress, $0.count, 0, &passed) }
        guard count > 0 else { throw ClientError.gone }
        return try buffer.withBytes { (bytes) throws(PAMWireError) in try PAMReport.decode(bytes) }
    }

    /// Begins a login; its number.
    @discardableResult
    func start(
        _ service: String, _ user: String, _ password: String?, options: PAMOptions = [],
        timeout: Duration = .seconds(20), remoteUser: String = "tester", key: CredentialKey? = nil,
        work: PAMWork = .none
    ) -> UInt64 {
        transaction += 1
        var start = PAMStart(
            transaction: transaction, service: service, user: user, remoteHost: "192.0.2.1",
            remoteUser: remoteUser, peer: 1, timeout: timeout, options: options,
            credentialKey: key, work: work)
        if let password {
            let bytes = Array(password.utf8)
            start.password = SecretBytes(copying: bytes.span)
        }
        send(.start(start))
        return transaction
    }

    /// Asks for the check of an account.
    func check(_ service: String, _ user: String, key: CredentialKey?, host: String? = nil, uid: UInt32? = nil) {
        transaction += 1
        send(
            .start(
                PAMStart(
                    transaction: transaction, service: service, user: user, remoteHost: host, timeout: .seconds(10),
                    options: .accountOnly, credentialKey: key, uid: uid)))
    }

    /// What a survey says of those names.
    func survey(_ names: [String], key: CredentialKey) throws -> [AccountDigest] {
        transaction += 1
        send(.survey(PAMSurvey(transaction: transaction, timeout: .seconds(10), credentialKey: key, names: names)))
        guard case .surveyed(let surveyed) = try receive() else { throw ClientError.gone }
        return surveyed.digests
    }

    func answer(_ transaction: UInt64, _ texts: [String]) {
        var answers = PAMAnswers(transaction: transaction)
        for text in texts {
            let bytes = Array(text.utf8)
            _ = answers.append(bytes.span)
        }
        send(.answers(answers))
    }

    /// Logs in, answering each question of each challenge by `answer`; the final report and the challenges.
    func login(
        _ service: String, _ user: String, _ password: String?, options: PAMOptions = [],
        timeout: Duration = .seconds(20), key: CredentialKey? = nil, answer: (PAMPrompt) -> String = { _ in "" }
    ) throws -> (report: PAMReport, challenges: [PAMChallenge]) {
        let transaction = start(service, user, password, options: options, timeout: timeout, key: key)
        var challenges: [PAMChallenge] = []
        while true {
            let report = try receive()
            guard case .challenge(let challenge) = report else { return (report, challenges) }
            challenges.append(challenge)
            self.answer(transaction, challenge.prompts.filter(\.style.wantsAnswer).map(answer))
        }
    }

    /// What a login comes to: `ok`, `PHASE CODE`, or the failure.
    func outcome(_ service: String, _ user: String, _ password: String?, options: PAMOptions = []) throws -> String {
        switch try login(service, user, password, options: options).report {
        case .verdict(let verdict):
            verdict.succeeded ? "ok \(verdict.user)" : "\(verdict.phase) \(verdict.code)"
        case .failed(_, let failure): "\(failure)"
        default: "senseless"
        }
    }
}
