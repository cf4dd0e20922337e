import Testing
import UsherLogin

@Suite("PAM code")
struct PAMCodeTests {
    static let broken: Set<Int32> = [1, 2, 3, 5, 26, 28, 29]
    static let conversation: Set<Int32> = [19, 31]

    @Test("is one answer for whatever authentication says")
    func authentication() {
        for code in (Int32(1)...40) where !Self.broken.contains(code) && !Self.conversation.contains(code) {
            #expect(PAMCode.refusal(phase: .authentication, code: code) == .denied)
        }
    }

    @Test(
        "follows the table",
        arguments: [
            (.account, 12, .passwordChangeRequired), (.account, 13, .accountExpired), (.account, 6, .notPermitted),
            (.account, 7, .notPermitted), (.account, 9, .notPermitted), (.account, 10, .notPermitted),
            (.account, 27, .accountExpired), (.change, 20, .changeFailed), (.change, 21, .changeFailed),
            (.change, 22, .changeFailed), (.change, 24, .changeFailed), (.change, 7, .changeFailed),
            (.credentials, 17, .notPermitted), (.authentication, 12, .denied), (.authentication, 13, .denied),
        ] as [(PAMPhase, Int32, LoginRefusal)])
    func table(_ phase: PAMPhase, _ code: Int32, _ refusal: LoginRefusal) {
        #expect(PAMCode.refusal(phase: phase, code: code) == refusal)
    }

    @Test("says the same of a broken stack and of a broken conversation in every phase", arguments: PAMPhase.allCases)
    func everyPhase(_ phase: PAMPhase) {
        for code in Self.broken { #expect(PAMCode.refusal(phase: phase, code: code) == .unavailable) }
        for code in Self.conversation { #expect(PAMCode.refusal(phase: phase, code: code) == .cancelled) }
    }

    @Test("has an answer for numbers that no PAM has", arguments: [-1, 0, 32, .min, .max] as [Int32])
    func foreign(_ code: Int32) {
        #expect(PAMCode.refusal(phase: .authentication, code: code) == .denied)
    }
}
