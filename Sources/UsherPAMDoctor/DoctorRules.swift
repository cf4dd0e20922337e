package import UsherPAMWire

/// The conditions for a login beside the stack: keys of the service's entry in usherd.toml(5), which the doctor does
/// not read, and settings of the broker, whose unit's environment the doctor has.
package struct DoctorRules {
    /// Whether a name without an account of the host may log in (`allow_no_account`).
    package var allowsNoAccount = false
    /// Whether uid 0 and the name `root` may log in (`allow_root`).
    package var allowsRoot = false
    /// The services that the broker serves (`USHER_SERVICES`); nil for all.
    package var services: ServiceList?
    /// The lowest uid that the broker lets in (`USHER_MINIMUM_UID`).
    package var minimumUID: UInt32 = 0

    package init() {}

    /// Why Usher refuses the login that `verdict` lets in; nil if it does not.
    func objection(to verdict: PAMVerdict) -> String? {
        let isRoot = verdict.account?.uid == 0 || verdict.user == "root"
        if verdict.account == nil, !allowsNoAccount { return Self.missing("allow_no_account") }
        if isRoot, !allowsRoot { return Self.missing("allow_root") }
        guard isRoot ? minimumUID > 0 : verdict.account.map({ $0.uid < minimumUID }) ?? false else { return nil }
        return "usher-pam asks no module for uids below \(minimumUID), which is USHER_MINIMUM_UID of its unit"
    }

    private static func missing(_ key: String) -> String {
        "that takes \(key) = true in the service's entry of usherd.toml; "
            + "if it says so, say --\(key.replacing("_", with: "-"))"
    }
}
