/// How names of users are compared.
enum LoginName {
    /// The form in which names are counted: directories do not tell `Alice` from `alice`, so guesses must not either.
    static func folded(_ name: String) -> String { name.lowercased() }
}
