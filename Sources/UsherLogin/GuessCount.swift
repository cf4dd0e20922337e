/// What a login that ends without success says about a secret.
enum GuessCount {
    /// Nothing: none was given, or it was right.
    case none
    /// The secret was wrong, or nobody will know because of what the client did.
    case failure
    /// Nobody will know, for a reason that is not the client's.
    case undecided

    /// The actions that report it to the limiter.
    var actions: [LoginAction] {
        switch self {
        case .none: []
        case .failure: [.countFailure]
        case .undecided: [.countUndecided]
        }
    }
}
