/// How names of users are compared.
enum LoginName {
    /// The form in which names are counted. Directories do not tell `Alice` from `alice`, so guesses at both count
    /// together.
    static func folded(_ name: String) -> String { name.lowercased() }
}
