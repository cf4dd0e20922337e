/// How long changes of files are gathered before they are reported: the rarer they are, the shorter.
///
/// The first change after a quiet time is reported after `shortest`, which gathers the changes that belong to it. While
/// changes go on, each pause is twice the one before: any user may rewrite passwd(5) as often as she likes, by chfn(1),
/// and each report causes a check of accounts. With `longest`, a change that an administrator makes meanwhile takes
/// effect within five seconds, second checks included.
struct ChangePace {
    /// The pause of a change after a quiet time: tools change several files.
    static let shortest = Duration.milliseconds(200)
    /// The pause of changes that go on.
    static let longest = Duration.milliseconds(1600)
    /// Without a report for this long, it is quiet.
    static let quiet = Duration.seconds(5)

    private var pause = shortest
    private var lastSaid: Duration?

    /// How long a change at `now` waits until it is reported.
    mutating func pause(at now: Duration) -> Duration {
        let isQuiet = lastSaid.map { now > $0 + Self.quiet } ?? true
        pause = isQuiet ? Self.shortest : min(pause * 2, Self.longest)
        lastSaid = now + pause
        return pause
    }
}
