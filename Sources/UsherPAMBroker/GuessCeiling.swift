/// How often one name may be guessed through this broker, whatever usherd says: the limit of a daemon that was taken
/// over.
///
/// 100 logins that prove nothing at once (the cap of NIST SP 800-63B section 3.2.2), then one more every 5 minutes: 288
/// a day. An honest usherd lets through about 40 a day against a name (`LimiterCurve`), so that it never comes near;
/// without the ceiling a core would try some two million a day, and every one of them would be for nothing but the
/// attacker. A login takes its room when it begins, and gives it back unless a worker got a secret that it did not
/// prove: who has not guessed cannot close a name. What a directory that is away left undecided takes room of its own,
/// as large and given back within an hour: it is no guess, and no way to ask for ever.
///
/// A guess counts under the name as entered and under that of the account, which modules tell with their verdict. An
/// account that is closed gets a refusal however it is spelled, so that no number of spellings buys another guess.
///
/// A name that is closed opens by itself with time, or all at once with a restart of usher-pam, as the buckets are
/// nowhere but here. usherd can open none, and so neither can `limiter.clear`. That one is closed is said on standard
/// error.
///
/// Data structure: 262,144 leaky buckets (1 MiB, and as much for what is undecided) by a hash of the folded name under
/// the process' own random key. Two names in one bucket share its room; nothing is ever evicted, so nothing can be
/// pushed out. All buckets together leak 873 guesses a second, and keep open under more than half of that for
/// ever. An honest usherd cannot count more than 5 × `limits.logins` of them in the shortest floor, which is 320 a
/// second by default: no guess leaves its place before the floor has passed, whoever waits for it (`LoginTransaction`),
/// and there are `logins` places for workers and four times as many for refusals. So whoever makes names up as fast as
/// that allows cannot fill the buckets, and with them those of names that are real. `usherd --check` warns of a
/// configuration that goes beyond it.
/// Rejected: one ceiling for all names, by which anybody who fails often would lock everybody out; and emptying a
/// bucket at a success, by which a guesser with one account could empty that of a neighbour.
struct GuessCeiling {
    /// The bucket of a name.
    typealias Place = Int

    /// What became of a login.
    enum Outcome {
        /// The secret was right, or none was tried.
        case proven
        /// It was not, or nobody will know whether it was.
        case failed
        /// The modules could not find out, and said so at that time.
        case undecided(at: Duration)
    }

    static let places = 1 << 18
    /// Names of which it is said in one interval that they are closed, so that nobody fills the journal with them.
    private static let notices = 64

    private var guesses: LeakyBuckets
    private var undecided: LeakyBuckets
    /// Those that were said to be closed, and until when that need not be said again.
    private var said: [Place: Duration] = [:]

    /// A ceiling for `room` logins of a name that prove nothing. One of them is forgotten in each `interval`.
    init(room: Int, interval: Duration) {
        guesses = LeakyBuckets(Self.places, room: room, interval: interval)
        undecided = LeakyBuckets(Self.places, room: room, interval: .seconds(3600) / room)
    }

    /// Where `user` counts. Directories do not tell `Alice` from `alice`, so neither does this.
    func place(of user: String) -> Place {
        var hasher = Hasher()
        hasher.combine(user.lowercased())
        return Int(UInt(bitPattern: hasher.finalize()) % UInt(Self.places))
    }

    /// Takes room for one login; nil, or how long until there is some.
    mutating func take(_ place: Place, at now: Duration) -> Duration? {
        let wait = max(guesses.wait(place, at: now), undecided.wait(place, at: now))
        guard wait == .zero else { return wait }
        guesses.add(place, at: now)
        return nil
    }

    /// What became of a login that took room.
    mutating func settle(_ place: Place, _ outcome: Outcome) {
        switch outcome {
        case .failed: break
        case .proven: guesses.remove(place)
        case .undecided(let now):
            guesses.remove(place)
            undecided.add(place, at: now)
        }
    }

    /// Whether it is to be said that there was no room: once in an interval of each, and of so many.
    mutating func isNews(_ place: Place, at now: Duration) -> Bool {
        said = said.filter { $0.value > now }
        guard said[place] == nil, said.count < Self.notices else { return false }
        said[place] = now + guesses.interval
        return true
    }
}
