internal import UsherPAMWire

/// What a service asks of an account beside its stack, by keys of its entry in usherd.toml(5), which the doctor does
/// not read.
package struct DoctorRules {
    /// Whether a name without an account of the host may log in (`allow_no_account`).
    package var allowsNoAccount = false
    /// Whether uid 0 and the name `root` may log in (`allow_root`).
    package var allowsRoot = false

    package init() {}

    /// The key without which usherd refuses whom `verdict` lets in; nil where it does not.
    func missingKey(for verdict: PAMVerdict) -> String? {
        if verdict.account == nil, !allowsNoAccount { return "allow_no_account" }
        if verdict.account?.uid == 0 || verdict.user == "root", !allowsRoot { return "allow_root" }
        return nil
    }
}
