/// Who vouched for the user of a session.
package enum SessionProof: UInt8, Hashable, CaseIterable, Sendable {
    /// A peer that issues sessions. PAM was not asked, and there need be no account of that name.
    case issued = 0
    /// PAM, which was told no address.
    case login = 1
    /// PAM, which was told the address in the session's context.
    case loginFromAddress = 2
}
