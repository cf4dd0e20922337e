internal import CLinux

/// What is known of modules: what they need to read and write, and what their return codes mean here.
enum ModuleAdvice {
    // MARK: Before they run

    /// What a module would not be able to do in this sandbox.
    static func check(_ place: StackCopy.Place) -> [String] {
        guard place.path != nil else {
            return ["\(place.module) is not there. Install the package that has it, or take the line out."]
        }
        switch place.module.split(separator: "/").last ?? "" {
        case "pam_unix.so": return mustRead("/etc/shadow", "SupplementaryGroups=shadow in usher-pam.service")
        case "pam_faillock.so": return faillock(place)
        case "pam_oath.so": return place.value("usersfile").map { state($0) } ?? []
        case "pam_google_authenticator.so": return authenticator(place)
        case "pam_listfile.so": return place.value("file").map { mustRead($0, "chmod 644, or another file=") } ?? []
        case "pam_rootok.so", "pam_wheel.so": return [judgesCaller]
        case "pam_succeed_if.so" where place.arguments.contains("use_uid"): return [judgesCaller]
        case "pam_access.so": return place.value("accessfile").map { mustRead($0, "chmod 644") } ?? []
        default: return []
        }
    }

    private static let judgesCaller =
        "it judges who runs the stack, which is usher-pam for everybody who logs in, and not who logs in. Take the line out."

    private static func faillock(_ place: StackCopy.Place) -> [String] {
        let directory = place.value("dir") ?? "/run/faillock"
        guard let fault = writing(directory) else { return [] }
        return [
            "\(directory) \(fault): failures are not counted, and a locked user gets in. "
                + "Say dir=/run/usher-faillock on each of its lines."
        ]
    }

    private static func authenticator(_ place: StackCopy.Place) -> [String] {
        guard let secret = place.value("secret"), secret.hasPrefix("/") else {
            return [
                "the secret lies in the home directory, which this service does not see. "
                    + "Say user=usher-pam secret=/var/lib/usher-otp/${USER}."
            ]
        }
        return state(String(secret.prefix { $0 != "$" }) + "x")
    }

    /// A file that the module replaces at each use, so that a code counts once.
    private static func state(_ file: String) -> [String] {
        let directory = String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)])
        guard let fault = writing(directory) else { return [] }
        return ["\(directory) \(fault): codes cannot be marked as used. Keep the file below /var/lib/usher-otp."]
    }

    private static func mustRead(_ path: String, _ remedy: String) -> [String] {
        if unsafe access(path, R_OK) == 0 { return [] }
        return ["\(path) \(usher_errno() == ENOENT ? "is not there" : "cannot be read"). Remedy: \(remedy)."]
    }

    /// access(2): why nothing can be written into a directory.
    private static func writing(_ directory: String) -> String? {
        if unsafe access(directory, W_OK | X_OK) == 0 { return nil }
        switch usher_errno() {
        case ENOENT: return "is not there"
        case EROFS: return "is read-only here"
        default: return "cannot be written by this user"
        }
    }

    // MARK: After they ran

    /// What a return code of `module` in `phase` says to who has to mend it; nil where there is nothing to mend.
    static func explanation(of code: Int32, module: String, phase: String) -> String? {
        switch (module.split(separator: "/").last ?? "", phase, code) {
        case (_, _, 0), (_, _, 25): nil
        case (_, _, 28): "could not be loaded"
        case ("pam_unix.so", _, 9): "cannot read the hash: the broker is not in the group of /etc/shadow"
        case ("pam_unix.so", "account", 12): "the password must be changed: see allow_password_change"
        case (_, "account", 13): "the account has expired: chage -E -1 USER"
        case ("pam_exec.so", _, 4): "the program failed: it refused, or cannot run in this sandbox"
        case ("pam_access.so", _, 6), ("pam_time.so", _, 6): "its rules do not let the user in"
        case ("pam_faillock.so", _, 6), ("pam_faillock.so", _, 11), ("pam_faillock.so", _, 7):
            "too many failures: faillock --user USER --reset"
        case ("pam_deny.so", _, _): "always says no"
        case (_, _, 7): "not the right secret, or no longer"
        case (_, _, 10): "does not know the user"
        case (_, _, 19): "asked for more than there were answers"
        default: nil
        }
    }

    /// The name of a return code of Linux-PAM (`_pam_types.h`), without its PAM_.
    static func name(of code: Int32) -> String {
        names.indices.contains(Int(code)) ? names[Int(code)] : "code \(code)"
    }

    private static let names = [
        "SUCCESS", "OPEN_ERR", "SYMBOL_ERR", "SERVICE_ERR", "SYSTEM_ERR", "BUF_ERR", "PERM_DENIED", "AUTH_ERR",
        "CRED_INSUFFICIENT", "AUTHINFO_UNAVAIL", "USER_UNKNOWN", "MAXTRIES", "NEW_AUTHTOK_REQD", "ACCT_EXPIRED",
        "SESSION_ERR", "CRED_UNAVAIL", "CRED_EXPIRED", "CRED_ERR", "NO_MODULE_DATA", "CONV_ERR", "AUTHTOK_ERR",
        "AUTHTOK_RECOVERY_ERR", "AUTHTOK_LOCK_BUSY", "AUTHTOK_DISABLE_AGING", "TRY_AGAIN", "IGNORE", "ABORT",
        "AUTHTOK_EXPIRED", "MODULE_UNKNOWN", "BAD_ITEM", "CONV_AGAIN", "INCOMPLETE",
    ]
}

extension StackCopy.Place {
    /// The value of the argument `NAME=VALUE`.
    fileprivate func value(_ name: String) -> String? {
        arguments.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }
}
