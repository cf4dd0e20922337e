/// How long changes of files are gathered before they are said: the less, the rarer they are.
///
/// The first change after a quiet time is said at once, but for what belongs to it. While changes go on, each pause is twice
/// the one before: any user may rewrite passwd(5) as often as she likes, by chfn(1), and each change said is a check of
/// accounts. `longest` keeps what an administrator does meanwhile within five seconds, second checks included.
struct ChangePace {
    /// The pause of a change after a quiet time: tools change several files.
    static let shortest = Duration.milliseconds(200)
    /// The pause of changes that go on.
    static let longest = Duration.milliseconds(1600)
    /// A time without a change that was said, after which it is quiet.
    static let quiet = Duration.seconds(5)

    private var pause = shortest
    private var lastSaid: Duration?

    /// How long a change that comes `now` waits until it is said.
    mutating func pause(at now: Duration) -> Duration {
        let isQuiet = lastSaid.map { now > $0 + Self.quiet } ?? true
        pause = isQuiet ? Self.shortest : min(pause * 2, Self.longest)
        lastSaid = now + pause
        return pause
    }
}
