/// What became of a call.
enum Outcome<Value> {
    case answered(Value)
    /// The daemon says that there is no such session.
    case noSuchSession
    /// Whether it took effect is not known.
    case lost
}

/// A client under test: the library or a connection of the tests' own. A call that fails in any way but those of
/// ``Outcome`` throws.
protocol CrashClient {
    func create(user: String, address: String) throws -> Outcome<KnownSession>
    func validate(_ token: String) throws -> Outcome<KnownSession.Seen?>
    func rotate(_ known: KnownSession) throws -> Outcome<KnownSession>
    func update(_ token: String, number: Int) throws -> Outcome<Void>
    func touch(_ tokens: [String]) throws -> Outcome<Void>
    /// How many sessions it ended.
    func revoke(_ token: String) throws -> Outcome<Int>
    /// Whether memory alone accepts it.
    func remembers(_ token: String) -> Bool
}
