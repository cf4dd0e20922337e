/// The part of a PAM transaction that an event belongs to.
package enum PAMPhase: Hashable, Sendable, CaseIterable {
    /// pam_authenticate(3).
    case authentication
    /// pam_acct_mgmt(3): the password has been proven.
    case account
    /// pam_chauthtok(3) with PAM_CHANGE_EXPIRED_AUTHTOK.
    case change
    /// pam_setcred(3).
    case credentials
}

/// The person whom PAM has confirmed, as the worker resolved it.
package struct LoginAccount: Hashable, Sendable {
    /// `pw_name`, or PAM_USER where no account stands behind it.
    package var name: String
    /// `pw_uid`; nil where no account stands behind the name.
    package var uid: UInt32?
    /// Whether it is the superuser's, by its uid or under one of the superuser's names.
    package var isRoot: Bool

    /// An account by its canonical name and its uid, if there is one. `hasRootName` says that the host knows the name
    /// for one of uid 0. It counts beside the uid, about which the worker may be wrong.
    package init(name: String, uid: UInt32?, hasRootName: Bool = false) {
        self.name = name
        self.uid = uid
        isRoot = uid == 0 || name == "root" || hasRootName
    }
}

/// What a return code of Linux-PAM (`_pam_types.h`) means to the client. Modules may return any number, so that every
/// number has a meaning.
package enum PAMCode {
    /// The last code of a transaction that went through.
    package static let success: Int32 = 0

    /// Whether `code` says that the stack itself is broken (OPEN, SYMBOL, SERVICE, BUF, ABORT, MODULE_UNKNOWN,
    /// BAD_ITEM), so that an administrator must look.
    package static func isBroken(_ code: Int32) -> Bool { [1, 2, 3, 5, 26, 28, 29].contains(code) }

    /// PAM_AUTH_ERR: the secret is wrong.
    package static let wrongSecret: Int32 = 7

    /// PAM_SYSTEM_ERR: a wrong password in stacks with pam_exec(8), a directory that is down in others.
    package static let systemError: Int32 = 4

    /// Codes by which pam_authenticate(3) says that it could not find out who the user is: PAM_AUTHINFO_UNAVAIL, for
    /// example for an unreachable directory or an unreadable shadow file, and PAM_TRY_AGAIN.
    package static let undecided: Set<Int32> = [9, 24]

    /// The refusal for `code`, which is not `success`, in `phase`.
    package static func refusal(phase: PAMPhase, code: Int32) -> LoginRefusal {
        switch code {
        case 19, 31:  // PAM_CONV_ERR, PAM_INCOMPLETE: the conversation ended, which is our own doing.
            .cancelled
        case _ where isBroken(code): .unavailable
        default:
            refusal(ofWorkingStackIn: phase, code: code)
        }
    }

    private static func refusal(ofWorkingStackIn phase: PAMPhase, code: Int32) -> LoginRefusal {
        switch (phase, code) {
        case (.authentication, _): .denied
        case (.change, _): .changeFailed
        case (.account, 12): .passwordChangeRequired  // PAM_NEW_AUTHTOK_REQD
        // PAM_ACCT_EXPIRED, and PAM_AUTHTOK_EXPIRED, by which pam_unix says that a password expired too long ago
        // (shadow(5)).
        case (.account, 13), (.account, 27): .accountExpired
        case (.account, _), (.credentials, _): .notPermitted
        }
    }
}
