/// Bounds of the answers to a challenge, those of Linux-PAM (<security/_pam_types.h>).
package enum AnswerLimit {
    /// Bytes of a password or answer: PAM_MAX_RESP_SIZE is 512 and counts the closing NUL.
    package static let size = 511
    /// Prompts, and so answers, of one round: PAM_MAX_NUM_MSG.
    package static let count = 32
}
