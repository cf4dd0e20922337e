/// Limits how often one name may be guessed through this broker, whatever usherd says: the limit for a usherd that was
/// taken over.
///
/// 100 logins that prove nothing at once (the cap of NIST SP 800-63B section 3.2.2), then one more every 5 minutes: 288
/// a day. An honest usherd lets through about 40 a day against a name (`LimiterCurve`), so that it never comes near;
/// without the ceiling an attacker with one core could try some two million a day. A login takes room when it begins,
/// and gives it back unless a worker got a secret and did not prove it: without a guess nobody can close a name. A
/// login that is undecided, because a directory is away, takes room of another kind, as large, which comes back within
/// an hour: it is no guess, and must not allow endless tries. It is usherd that says whether PAM_SYSTEM_ERR is
/// undecided. So where modules answer a wrong secret with that code, one that was taken over has 2,400 guesses a day.
///
/// A guess counts under the name as entered and under the name of the account, which modules tell with their verdict. A
/// closed account gets a refusal however it is spelled, so that no number of spellings buys another guess.
///
/// A closed name opens by itself with time, or at once when usher-pam is restarted, because the buckets are in its
/// memory alone. usherd can open none, and so neither can `limiter.clear`. Standard error says when a name is closed.
///
/// Data structure: 262,144 leaky buckets (1 MiB, and as much for what is undecided) by a hash of the folded name under
/// the process' own random key. Two names in one bucket share its room. Nothing is ever evicted, so nobody can push an
/// entry out. All buckets together leak 873 guesses a second, and stay open for ever under more than half of that. An
/// honest usherd cannot count more than 5 × `limits.logins` of them in the shortest floor, which is 320 a second by
/// default: no guess leaves its place before the floor has passed (`LoginTransaction`), and there are `logins` places
/// for workers and four times as many for refusals. So invented names, as fast as that allows, cannot fill the buckets
/// and close real names. `usherd --check` warns of a configuration that goes beyond it.
/// Rejected: one ceiling for all names, by which anybody who fails often would lock everybody out; and emptying a
/// bucket at a success, by which a guesser with one account could empty that of a neighbour.
struct GuessCeiling {
    /// The bucket of a name.
    typealias Place = Int

    /// The outcome of a login.
    enum Outcome {
        /// The secret was right, or none was tried.
        case proven
        /// The secret was wrong, or nobody can know whether it was.
        case failed
        /// The modules could not find out, and said so at that time.
        case undecided(at: Duration)
    }

    static let places = 1 << 18
    /// The most closed names that are reported in one interval, so that nobody fills the journal with them.
    private static let notices = 64

    private var guesses: LeakyBuckets
    private var undecided: LeakyBuckets
    /// The places that were reported as closed, and until when each is not reported again.
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

    /// Takes room for one login and returns nil; without room, returns how long until there is some.
    mutating func take(_ place: Place, at now: Duration) -> Duration? {
        let wait = max(guesses.wait(place, at: now), undecided.wait(place, at: now))
        guard wait == .zero else { return wait }
        guesses.add(place, at: now)
        return nil
    }

    /// Keeps, moves or gives back the room of a login, by its outcome.
    mutating func settle(_ place: Place, _ outcome: Outcome) {
        switch outcome {
        case .failed: break
        case .proven: guesses.remove(place)
        case .undecided(let now):
            guesses.remove(place)
            undecided.add(place, at: now)
        }
    }

    /// Whether to report that `place` has no room: once in an interval for each place, and for at most `notices`
    /// places.
    mutating func isNews(_ place: Place, at now: Duration) -> Bool {
        said = said.filter { $0.value > now }
        guard said[place] == nil, said.count < Self.notices else { return false }
        said[place] = now + guesses.interval
        return true
    }
}
