/// What a login that ends without success says about a secret.
enum GuessCount {
    /// Nothing: none was given, or it was right.
    case none
    /// It was wrong, or it is the client's doing that nobody will know.
    case failure
    /// Nobody will know, and that is not the client's doing.
    case undecided

    /// How the limiter hears of it.
    var actions: [LoginAction] {
        switch self {
        case .none: []
        case .failure: [.countFailure]
        case .undecided: [.countUndecided]
        }
    }
}
