import Testing
import UsherClient

@testable import UsherWebCore

@Suite("Fields of a challenge")
struct ChallengeTests {
    @Test("are filled in by browsers with what PAM asks for")
    func autocomplete() {
        for (text, expected) in [
            ("Current password: ", "current-password"), ("(current) UNIX password: ", "current-password"),
            ("Current Password: ", "current-password"), ("Old password: ", "current-password"),
            ("New password: ", "new-password"), ("Retype new password: ", "new-password"),
            ("Threshold password: ", "new-password"), ("", "new-password"), ("ÄC", "new-password"),
        ] {
            let prompt = Challenge.Prompt(.secret, text)
            #expect(Challenge([prompt], purpose: .passwordChange).autocomplete(prompt) == expected, "\(text)")
            #expect(Challenge([prompt], purpose: .login).autocomplete(prompt) == "one-time-code", "\(text)")
        }
    }
}
