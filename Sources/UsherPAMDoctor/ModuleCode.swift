internal import CShadow

/// The meaning of a module's return code, for the person who has to mend it.
enum ModuleCode {
    /// Nil where there is nothing to mend. `user` is the name that logged in.
    static func explanation(of code: Int32, module: String, phase: String, user: String) -> String? {
        let name = String(module.split(separator: "/").last ?? "")
        switch (name, phase, code) {
        case (_, _, 0), (_, _, 25): return nil
        case (_, _, 28): return "could not be loaded"
        case ("pam_unix.so", "auth", 7): return lock(of: user) ?? "not the right secret, or no longer"
        case ("pam_unix.so", _, 9): return "cannot read the hash: the broker is not in the group of /etc/shadow"
        case (_, _, 9): return ModuleServer(name)?.silence ?? "what it asks, a server or a daemon, cannot be reached"
        case ("pam_unix.so", "account", 12): return "the password must be changed: see allow_password_change"
        case (_, "account", 13): return "the account has expired: chage -E -1 \(user)"
        case ("pam_exec.so", _, 4): return "the program failed: it refused, or cannot run in this sandbox"
        case ("pam_access.so", _, 6), ("pam_time.so", _, 6): return "its rules do not let the user in"
        case ("pam_faillock.so", _, 6), ("pam_faillock.so", _, 11), ("pam_faillock.so", _, 7):
            return "too many failures: faillock --user \(user) --reset"
        case ("pam_rootok.so", _, _): return "the broker is not root"
        case ("pam_nologin.so", _, _): return "/run/nologin or /etc/nologin is there: only root may log in"
        case ("pam_shells.so", _, _): return "the user's shell is not in /etc/shells"
        case ("pam_deny.so", _, _): return "always says no"
        case (_, _, 7): return "not the right secret, or no longer"
        case (_, _, 10): return "does not know the user"
        case (_, _, 19): return "asked for more than there were answers"
        default: return nil
        }
    }

    /// Why no typed password can match the user's entry in shadow(5) (getspnam(3)); nil if one can.
    private static func lock(of user: String) -> String? {
        guard let entry = unsafe getspnam(user), let hash = unsafe entry.pointee.sp_pwdp else { return nil }
        switch unsafe String(cString: hash) {
        case "!", "*", "!*", "!!": return "the account has no password: passwd \(user)"
        case let hash where hash.hasPrefix("!"): return "the account is locked: usermod --unlock \(user)"
        default: return nil
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
