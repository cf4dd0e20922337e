import Testing
import UsherLogin
import UsherNames

@Suite("Account finding")
struct AccountFindingTests {
    private static let subject = AccountSubject(user: "ada", uid: 7, service: "web")
    private static let credential = AccountCredential(fingerprint: 5, isLocked: false)

    private func finding(
        _ code: Int32, uid: UInt32?, of subject: AccountSubject = subject, _ ends: Bool = true, isUIDTaken: Bool = false
    ) -> AccountFinding {
        AccountFinding(
            subject, code: code, account: uid.map { LoginAccount(name: "ada", uid: $0) },
            credential: uid == nil ? nil : Self.credential, wasKnown: true, isUIDTaken: isUIDTaken, unknownEnds: ends)
    }

    @Test("is of one account: a name that looks the same and has other bytes is another question")
    func lookalike() {
        let subjects = ["ren\u{e9}", "rene\u{301}"].map { AccountSubject(user: $0, uid: 7, service: "web") }
        #expect(subjects[0] != subjects[1] && Set(subjects + subjects).count == 2)
    }

    @Test(
        "is what PAM's account phase and the account database mean",
        arguments: [
            (0, 7, .alive(Self.credential)), (12, 7, .alive(Self.credential)), (0, 8, .over(.uid, .account)),
            (12, 8, .over(.uid, .account)), (0, nil, .over(.unknown, .account)), (10, nil, .over(.unknown, .account)),
            (10, 7, .over(.unknown, .service)), (13, nil, .over(.expired, .service)),
            (27, nil, .over(.expired, .service)),
            (6, 7, .over(.denied, .address)), (6, 8, .over(.uid, .account)), (7, 8, .over(.uid, .account)),
            (7, 7, .over(.denied, .address)), (7, nil, .over(.unknown, .account)),
        ] as [(Int32, UInt32?, AccountFinding)])
    func definite(_ code: Int32, _ uid: UInt32?, _ expected: AccountFinding) {
        #expect(finding(code, uid: uid) == expected)
    }

    @Test("every other code decides nothing")
    func others() {
        for code in [-1, 1, 2, 3, 4, 5, 8, 9, 11, 14, 19, 20, 22, 24, 25, 26, 28, 29, 30, 31, 99] as [Int32] {
            #expect(finding(code, uid: nil) == .undecided("PAM code \(code)"), "\(code)")
        }
    }

    @Test("a name that nobody knows any more ends nothing where directories forget")
    func forgetful() {
        for (code, uid) in [(0, nil), (10, nil), (10, 7), (6, nil), (7, nil)] as [(Int32, UInt32?)] {
            guard case .undecided = finding(code, uid: uid, false) else {
                return #expect(Bool(false), "\(code)")
            }
        }
        #expect(finding(0, uid: 8, false) == .over(.uid, .account))
    }

    @Test("another name with the uid of one that is gone ends its sessions also where directories forget")
    func heir() {
        for code in [0, 6, 7, 10, 12] as [Int32] {
            #expect(finding(code, uid: nil, false, isUIDTaken: true) == .over(.uid, .account), "\(code)")
            #expect(finding(code, uid: nil, isUIDTaken: true) == .over(.unknown, .account), "\(code)")
        }
        #expect(finding(9, uid: nil, false, isUIDTaken: true) == .undecided("PAM code 9"))
        let subject = AccountSubject(user: "ada", uid: nil, service: "web")
        #expect(finding(0, uid: nil, of: subject, false, isUIDTaken: true) == .alive(nil))
    }

    @Test("a refusal counts where nothing of the account is unread that was read before")
    func unread() {
        let account = LoginAccount(name: "ada", uid: 7)
        for code in [6, 7] as [Int32] {
            for wasKnown in [true, false] {
                let finding = AccountFinding(
                    Self.subject, code: code, account: account, credential: nil, wasKnown: wasKnown,
                    isUIDTaken: false, unknownEnds: true)
                #expect((finding == .over(.denied, .address)) != wasKnown)
            }
        }
    }

    @Test("a session without an account goes on without one, and ends when the name becomes one")
    func without() {
        let subject = AccountSubject(user: "ada", uid: nil, service: "web")
        #expect(finding(0, uid: nil, of: subject) == .alive(nil))
        #expect(finding(0, uid: 7, of: subject) == .over(.uid, .account))
    }
}
