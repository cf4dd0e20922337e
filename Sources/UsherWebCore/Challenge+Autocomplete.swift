package import UsherClient

extension Challenge {
    /// What a browser may fill into the field of a prompt: a value of HTML's attribute `autocomplete`.
    ///
    /// PAM does not say what a prompt is about. A change of the password asks for the password from before too, by pam_unix with
    /// `Current password: `, by pam_sss with `Current Password: `; a password manager
    /// would offer a new one for that field.
    package func autocomplete(_ prompt: Prompt) -> String {
        guard purpose == .passwordChange else { return "one-time-code" }
        let words = prompt.text.utf8.map { $0 | 0x20 }
        let isCurrent =
            words.starts(with: "old ".utf8) || words.indices.contains { words[$0...].starts(with: "current".utf8) }
        return isCurrent ? "current-password" : "new-password"
    }
}
