package import UsherClient

extension Challenge {
    /// What a browser may fill into the field of a prompt: a value of HTML's attribute `autocomplete`.
    ///
    /// PAM does not say what a prompt is about. A change of the password also asks for the current one: pam_unix with
    /// `Current password: `, pam_sss with `Current Password: `. A password manager would otherwise offer a new password
    /// for that field.
    package func autocomplete(_ prompt: Prompt) -> String {
        guard purpose == .passwordChange else { return "one-time-code" }
        let words = prompt.text.utf8.map { $0 | 0x20 }
        let isCurrent =
            words.starts(with: "old ".utf8) || words.indices.contains { words[$0...].starts(with: "current".utf8) }
        return isCurrent ? "current-password" : "new-password"
    }
}
