internal import UsherNames
internal import UsherPOSIX

/// How often one name may be guessed through this broker, whatever usherd says: the limit of a daemon that was taken
/// over.
///
/// 100 logins that prove nothing at once (the cap of NIST SP 800-63B section 3.2.2), then one more every 5 minutes: 288
/// a day. An honest usherd lets through about 40 a day against a name (`ThrottleCurve`), so that it never comes near;
/// without the ceiling a core would try some two million a day, and every one of them would be for nothing but the
/// attacker. A login takes its room when it begins, and gives it back unless a worker got a secret that it did not
/// prove: who has not guessed cannot close a name.
///
/// A name that is closed opens by itself with time, or all at once with a restart of usher-pam, as the buckets are
/// nowhere but here. usherd can open none, and so neither can `limiter.clear`. That one is closed is said on standard
/// error.
///
/// Data structure: 131,072 leaky buckets (1 MiB) by a hash of the folded name under the process' own random key; of
/// each, when it will be empty again. Two names in one bucket share its room; nothing is ever evicted, so nothing can
/// be pushed out. All buckets together leak 437 logins a second, which is more than an honest usherd refuses: it holds
/// at most 256 refusals for a second and more each. So whoever makes names up as fast as that allows cannot fill them,
/// and with them the buckets of names that are real.
/// Rejected: one ceiling for all names, by which anybody who fails often would lock everybody out; and emptying a
/// bucket at a success, by which a guesser with one account could empty that of a neighbour.
struct GuessCeiling {
    /// The bucket of a name.
    typealias Place = Int

    private static let places = 1 << 17
    /// Names of which it is said in one interval that they are closed, so that nobody fills the journal with them.
    private static let notices = 64

    /// Logins that prove nothing which a name has room for.
    let room: Int
    /// The time in which room for one more comes back.
    let interval: Duration
    /// When each is empty, in nanoseconds since boot.
    private var buckets = [Int64](repeating: 0, count: places)
    /// Those that were said to be closed, and until when that need not be said again.
    private var said: [Place: Duration] = [:]

    init(room: Int, interval: Duration) {
        self.room = room
        self.interval = interval
    }

    /// Where `user` counts. Directories do not tell `Alice` from `alice`, so neither does this.
    func place(of user: String) -> Place {
        var hasher = Hasher()
        hasher.combine(user.lowercased())
        return Int(UInt(bitPattern: hasher.finalize()) % UInt(Self.places))
    }

    /// Takes room for one login; nil, or how long until there is some.
    mutating func take(_ place: Place, at now: Duration) -> Duration? {
        let empty = max(.nanoseconds(buckets[place]), now) + interval
        let wait = empty - now - interval * room
        guard wait <= .zero else { return wait }
        buckets[place] = empty.wholeNanoseconds
        return nil
    }

    /// Whether it is to be said that there was no room: once in an interval of each, and of so many.
    mutating func isNews(_ place: Place, at now: Duration) -> Bool {
        said = said.filter { $0.value > now }
        guard said[place] == nil, said.count < Self.notices else { return false }
        said[place] = now + interval
        return true
    }

    /// Gives the room of a login back, which proved its secret or gave none to a worker.
    mutating func giveBack(_ place: Place) { buckets[place] -= interval.wholeNanoseconds }
}
