import Testing
import UsherNames
import UsherPAMWire
import UsherPOSIX
import UsherSecrets

private func copy(_ datagram: borrowing Datagram) -> [UInt8] {
    var bytes: [UInt8] = []
    datagram.withBytes { span in
        for index in span.indices { bytes.append(span[index]) }
    }
    return bytes
}

/// Messages as bytes, and back.
private func bytes(_ request: borrowing PAMRequest) throws -> [UInt8] {
    var datagram = Datagram(limit: PAMLimits.datagram)
    try request.encode(into: &datagram)
    return copy(datagram)
}

private func bytes(_ report: PAMReport) throws -> [UInt8] {
    var datagram = Datagram(limit: PAMLimits.datagram)
    try report.encode(into: &datagram)
    return copy(datagram)
}

private func start(password: String?, _ change: (inout PAMStart) -> Void = { _ in }) -> PAMRequest {
    var start = PAMStart(
        transaction: 0x0102_0304_0506_0708, service: "usher", user: "ännchen", remoteHost: "2001:db8::1",
        remoteUser: "www-data", peer: 33, timeout: .milliseconds(30_001), options: [.accountRequired, .relayMessages])
    if let password {
        let bytes = Array(password.utf8)
        start.password = SecretBytes(copying: bytes.span)
    }
    change(&start)
    return .start(start)
}

private func answers(_ texts: [String]) -> PAMRequest {
    var answers = PAMAnswers(transaction: 7)
    for text in texts { _ = answers.append(Array(text.utf8).span) }
    return .answers(answers)
}

private func survey(_ names: [String]) -> PAMRequest {
    .survey(
        PAMSurvey(
            transaction: 8, timeout: .seconds(10), credentialKey: CredentialKey(low: 1, high: .max), names: names))
}

private func requests() throws -> [[UInt8]] {
    [
        try bytes(.hello(version: 1)), try bytes(.cancel(transaction: .max)),
        try bytes(
            .setup(PAMSetup(serviceDirectory: "/run/usher/pam.d", nice: 10, separation: .signals, minimumUID: 1000))),
        try bytes(.setup(PAMSetup(serviceDirectory: nil, nice: 0))), try bytes(.fork),
        try bytes(start(password: "s3cret")),
        try bytes(start(password: nil) { $0.options = [.accountOnly] }),
        try bytes(start(password: nil) { $0.credentialKey = CredentialKey(low: 1, high: .max) }),
        try bytes(start(password: nil) { $0.uid = .max }), try bytes(start(password: nil) { $0.uid = 0 }),
        try bytes(survey(["ada"])), try bytes(survey((0..<PAMLimits.surveyed).map { "ännchen\($0)" })),
        try bytes(start(password: nil)), try bytes(answers([])), try bytes(answers(["", "123456", "zwölf"])),
    ]
}

private func known(_ credential: AccountCredential, earlier: AccountCredential?) -> PAMReport {
    var verdict = PAMVerdict(transaction: 2, phase: .account, code: 12, account: .init(name: "bob", uid: 7))
    (verdict.credential, verdict.earlier) = (credential, earlier)
    verdict.work = PAMWork(microseconds: .max)
    verdict.isUIDTaken = earlier != nil
    verdict.digest = earlier.map { AccountDigest(hash: UInt64($0.fingerprint)) }
    return .verdict(verdict)
}

private let reports: [PAMReport] = [
    .hello(PAMHello(computing: 2, conversing: 64, waiting: 64)),
    .challenge(
        PAMChallenge(
            transaction: 9, purpose: .passwordChange, user: "bob",
            prompts: [PAMPrompt(.info, "Now"), PAMPrompt(.secret, "New: ")])),
    .challenge(
        PAMChallenge(
            transaction: 9, purpose: .login,
            prompts: Array(repeating: PAMPrompt(.visible, String(repeating: "x", count: 512)), count: 32))),
    .challenge(
        PAMChallenge(
            transaction: 9, purpose: .login,
            prompts: Array(repeating: PAMPrompt(.visible, String(repeating: "\n", count: 4096), isCut: true), count: 4))
    ),
    .verdict(PAMVerdict(transaction: 1, phase: .authentication, code: 7)),
    .verdict(PAMVerdict(transaction: 1, phase: .authentication, code: 7, user: "bob")),
    .verdict(
        PAMVerdict(
            transaction: 2, phase: .account, code: 0, user: "bob", account: .init(name: "bob", uid: 1000),
            texts: [PAMPrompt(.info, "Hello"), PAMPrompt(.error, "")])),
    known(AccountCredential(fingerprint: .max, isLocked: true), earlier: nil),
    known(
        AccountCredential(fingerprint: 1, isLocked: false), earlier: AccountCredential(fingerprint: 2, isLocked: true)),
    .accountsChanged(.entries), .accountsChanged([.rules, .stacks]), .accountsChanged(.all),
    .surveyed(PAMSurveyed(transaction: 5, digests: [])),
    .surveyed(
        PAMSurveyed(
            transaction: .max,
            digests: Array(repeating: .missing, count: PAMLimits.surveyed - 1) + [AccountDigest(hash: 7)])),
    .verdict(PAMVerdict(transaction: 3, phase: .passwordChange, code: -5, user: "bob")),
    .started(transaction: 4, worker: .max), .forked(worker: 1), .forked(worker: .max),
    .failed(transaction: 4, .busy(retryAfter: .seconds(1))), .failed(transaction: 4, .queueFull),
    .failed(transaction: 4, .timeout), .failed(transaction: 4, .cancelled),
    .failed(transaction: 4, .crashed(signal: 11)),
    .failed(transaction: 4, .exited(status: 255)), .failed(transaction: 4, .spawnFailed),
    .failed(transaction: 4, .serviceUnknown), .failed(transaction: 4, .serviceNotServed),
    .failed(transaction: 4, .protocolViolated),
]

/// What a message of usherd decodes to, written again; nil if it is refused.
private func recoded(_ message: [UInt8]) throws -> [UInt8]? {
    do {
        return try bytes(PAMRequest.decode(message.span))
    } catch let error as PAMWireError where error.code != .tooLarge {
        return nil
    }
}

private func decodes(request: [UInt8]) -> Bool { (try? recoded(request)) ?? nil != nil }
/// The same for messages of workers.
private func recoded(report: [UInt8]) throws -> [UInt8]? {
    do {
        return try bytes(PAMReport.decode(report.span))
    } catch let error as PAMWireError where error.code != .tooLarge {
        return nil
    }
}

private func decodes(report: [UInt8]) -> Bool { (try? recoded(report: report)) ?? nil != nil }

@Suite("PAM messages")
struct PAMWireTests {
    @Test("of workers come back as they were", arguments: reports)
    func reportRoundTrip(_ report: PAMReport) throws {
        let message = try bytes(report)
        #expect(try PAMReport.decode(message.span) == report)
    }

    @Test("of usherd come back as they were")
    func requestRoundTrip() throws {
        for message in try requests() { #expect(try recoded(message) == message) }
    }

    @Test("with a survey of no name, of too many or a digest of 0 are refused")
    func surveys() throws {
        for names in [[], Array(repeating: "a", count: PAMLimits.surveyed + 1), [String(repeating: "n", count: 257)]] {
            #expect(throws: PAMWireError.self) { try bytes(survey(names)) }
        }
        var nothing = try bytes(survey(["a"]))
        nothing.removeLast(3)
        nothing[nothing.count - 1] = 0
        #expect(!decodes(request: nothing))
        var zero = try bytes(.surveyed(PAMSurveyed(transaction: 1, digests: [.missing])))
        zero[zero.count - 1] = 0
        #expect(!decodes(report: zero))
        var neither = try bytes(.accountsChanged(.all))
        for changes in [0, 8] as [UInt8] {
            neither[neither.count - 1] = changes
            #expect(!decodes(report: neither))
        }
    }

    @Test("carry every field of a start")
    func startFields() throws {
        let message = try bytes(start(password: "s3cret"))
        switch try PAMRequest.decode(message.span) {
        case .start(let start): check(start)
        default: Issue.record("not a start")
        }
    }

    private func check(_ start: borrowing PAMStart) {
        let texts = [start.service, start.user, start.remoteHost, start.remoteUser]
        #expect(texts == ["usher", "ännchen", "2001:db8::1", "www-data"])
        let numbers = (start.transaction, start.peer, start.timeout, start.options)
        #expect(numbers == (0x0102_0304_0506_0708, 33, .milliseconds(30_001), [.accountRequired, .relayMessages]))
        switch start.password {
        case .some(let secret):
            #expect(secret.withBytes { span in span.indices.map { span[$0] } } == Array("s3cret".utf8))
        case .none: Issue.record("no password")
        }
    }

    @Test("carry every answer")
    func answerFields() throws {
        let message = try bytes(answers(["", "123456"]))
        switch try PAMRequest.decode(message.span) {
        case .answers(let answers): #expect(texts(answers) == ["", "123456"])
        default: Issue.record("not answers")
        }
    }

    private func texts(_ answers: borrowing PAMAnswers) -> [String] {
        var texts: [String] = []
        for at in 0..<answers.count {
            texts.append(
                answers.withAnswer(at) { span in String(decoding: span.indices.map { span[$0] }, as: UTF8.self) })
        }
        return texts
    }

    @Test("are refused when cut short anywhere, or followed by a byte")
    func truncation() throws {
        for message in try requests() {
            for count in 0..<message.count { #expect(!decodes(request: Array(message[..<count]))) }
            #expect(!decodes(request: message + [0]))
        }
        for message in try reports.map(bytes) {
            for count in stride(from: 0, to: message.count, by: message.count > 999 ? 97 : 1) {
                #expect(!decodes(report: Array(message[..<count])))
            }
            #expect(!decodes(report: message + [0]))
        }
    }

    @Test("never trap, whatever is changed in them; what is accepted can be written again")
    func mutation() throws {
        var random = SystemRandomNumberGenerator()
        for message in try requests() + reports.map(bytes) {
            for _ in 0..<400 {
                var changed = message
                for _ in 0...Int.random(in: 0..<3, using: &random) {
                    let at = Int.random(in: 0..<min(changed.count, 64), using: &random)
                    changed[at] = UInt8.random(in: 0...255, using: &random)
                }
                if let request = try recoded(changed) { #expect(request == changed) }
                if let report = try recoded(report: changed) { #expect(report == changed) }
            }
        }
    }

    @Test("are not written with fields beyond their limits")
    func unwritable() {
        let long = String(repeating: "x", count: 600)
        #expect(throws: PAMWireError(.badValue)) { try bytes(start(password: nil) { $0.user = long }) }
        #expect(throws: PAMWireError(.badValue)) { try bytes(start(password: nil) { $0.service = long }) }
        #expect(throws: PAMWireError(.badValue)) { try bytes(start(password: nil) { $0.user = "a\0b" }) }
        #expect(throws: PAMWireError(.badValue)) { try bytes(start(password: long)) }
        #expect(throws: PAMWireError(.badValue)) { try bytes(start(password: "a\0b")) }
    }

    @Test(
        "of workers are not written where they make no sense",
        arguments: [
            PAMReport.challenge(PAMChallenge(transaction: 1, purpose: .login, prompts: [])),
            .challenge(PAMChallenge(transaction: 1, purpose: .login, prompts: [PAMPrompt(.info, "no question")])),
            .challenge(PAMChallenge(transaction: 1, purpose: .login, prompts: [PAMPrompt(.secret, "\u{1b}[2J")])),
            .challenge(
                PAMChallenge(
                    transaction: 1, purpose: .login, prompts: Array(repeating: PAMPrompt(.secret, ""), count: 33))),
            .challenge(
                PAMChallenge(
                    transaction: 1, purpose: .login, prompts: [PAMPrompt(.secret, String(repeating: "x", count: 4097))])
            ),
            .challenge(
                PAMChallenge(
                    transaction: 1, purpose: .login,
                    prompts: Array(repeating: PAMPrompt(.secret, String(repeating: "x", count: 3277)), count: 5))),
            .verdict(PAMVerdict(transaction: 1, phase: .account, code: 0, texts: [PAMPrompt(.secret, "")])),
            .started(transaction: 1, worker: 0), .started(transaction: 1, worker: -1), .forked(worker: 0),
        ])
    func senseless(_ report: PAMReport) {
        #expect(throws: PAMWireError(.badValue)) { try bytes(report) }
    }

    @Test(
        "clamp times instead of trapping",
        arguments: [
            (Duration.seconds(-1), Duration.zero), (.nanoseconds(1), .milliseconds(1)),
            (.milliseconds(5), .milliseconds(5)),
            (.seconds(Int64.max), .milliseconds(UInt32.max)),
        ])
    func times(_ given: Duration, _ expected: Duration) throws {
        let message = try bytes(.failed(transaction: 1, .busy(retryAfter: given)))
        #expect(try PAMReport.decode(message.span) == .failed(transaction: 1, .busy(retryAfter: expected)))
    }

    @Test("hold at most 32 answers, of at most 511 bytes, without NUL")
    func answerBounds() {
        var answers = PAMAnswers(transaction: 1)
        let refused = [answers.append([0x61, 0]), answers.append([UInt8](repeating: 1, count: 512).span)]
        #expect(refused == [false, false])
        let full = [UInt8](repeating: 1, count: 511)
        for _ in 0..<32 {
            let added = answers.append(full.span)
            #expect(added)
        }
        let beyond = answers.append(full.span)
        #expect(!beyond)
    }

    @Test("leave no byte in a buffer that was wiped")
    func wiped() throws {
        var datagram = Datagram(limit: PAMLimits.datagram)
        try start(password: "hunter2").encode(into: &datagram)
        let count = datagram.count
        let address = datagram.withBytes { $0.withUnsafeBufferPointer { $0.baseAddress } }
        datagram.wipe()
        #expect((0..<count).allSatisfy { address?[$0] == 0 })
        #expect(datagram.count == 0)
    }
}

extension PAMAnswers {
    fileprivate mutating func append(_ bytes: [UInt8]) -> Bool { append(bytes.span) }
}
