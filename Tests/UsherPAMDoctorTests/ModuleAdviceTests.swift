import CLinux
import Testing
import UsherTestKit

@testable import UsherPAMDoctor

@Suite("Advice on modules")
struct ModuleAdviceTests {
    @Test(
        "AUTHINFO_UNAVAIL names who was not reached, and the drop-in where the network is missing",
        arguments: [
            ("pam_krb5.so", "the KDC of /etc/krb5.conf"), ("pam_radius_auth.so", "the RADIUS server"),
            ("pam_ldap.so", "nslcd does not answer"), ("pam_sss.so", "systemctl status sssd; no drop-in is needed"),
            ("pam_winbind.so", "winbindd does not answer"), ("/lib/security/pam_sss.so", "sssd does not answer"),
            ("pam_unix.so", "the broker is not in the group of /etc/shadow"),
            ("pam_other.so", "what it asks, a server or a daemon, cannot be reached"),
        ])
    func unavailable(_ module: String, _ words: String) {
        let text = ModuleCode.explanation(of: 9, module: module, phase: "auth", user: "ada")
        #expect(text?.contains(words) == true, "\(text ?? "")")
    }

    private func faults(_ module: String, _ arguments: [Substring] = []) -> [String] {
        let place = StackCopy.Place(
            origin: "f:1", type: "auth", module: module, path: "/x/\(module)", arguments: arguments)
        return ModuleCheck(place: place, user: "ada").faults
    }

    @Test(
        "a daemon that a module asks and that does not run is told",
        arguments: [("pam_sss.so", "sssd"), ("pam_ldap.so", "nslcd"), ("pam_winbind.so", "winbindd")])
    func daemons(_ module: String, _ daemon: String) {
        let text = faults(module)
        #expect(text.count == 1 && text[0].hasPrefix("\(daemon) is not running: "), "\(text)")
    }

    @Test("an OTP file must be there, belong to the broker's user, and lie where it can be replaced")
    func codes() throws {
        let place = try TestDirectory()
        let file = place.path("ada")
        #expect(faults("pam_oath.so", ["usersfile=\(file)"])[0].contains("is not there: no code of ada is right"))
        try File.write("", to: file)
        #expect(faults("pam_oath.so", ["usersfile=\(file)"]).isEmpty)
        #expect(faults("pam_google_authenticator.so", ["secret=\(place.path)/${USER}"]).isEmpty)
        #expect(!faults("pam_google_authenticator.so", ["secret=\(place.path)/x${USER}"]).isEmpty)
        #expect(faults("pam_google_authenticator.so", ["secret=\(place.path)/x${USER}", "nullok"]).isEmpty)
    }

    @Test("an OTP file of another owner makes every code wrong", .enabled(if: Machine.isRoot, "only root may chown"))
    func owner() throws {
        let place = try TestDirectory()
        try File.write("", to: place.path("oath"))
        #expect(chown(place.path("oath"), 4711, 4711) == 0)
        let text = faults("pam_oath.so", ["usersfile=\(place.path("oath"))"])
        #expect(text.count == 1 && text[0].contains("belongs to uid 4711") && text[0].contains("Remedy: chown"))
    }

    @Test("a locked account is told from a wrong password", .enabled(if: Machine.isRoot, "only root reads shadow(5)"))
    func locked() throws {
        // Accounts of the system have `*` there.
        let text = ModuleCode.explanation(of: 7, module: "pam_unix.so", phase: "auth", user: "daemon")
        #expect(text == "the account has no password: passwd daemon")
        #expect(
            ModuleCode.explanation(of: 7, module: "pam_unix.so", phase: "auth", user: "no-such-ada")
                == "not the right secret, or no longer")
    }
}
