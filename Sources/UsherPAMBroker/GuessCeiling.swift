/// How often one name may be guessed through this broker, whatever usherd says: the limit of a daemon that was taken over.
///
/// 100 logins that prove nothing at once (the cap of NIST SP 800-63B section 3.2.2), then one more every 5 minutes: 288 a
/// day. An honest usherd lets through about 40 a day against a name (`ThrottleCurve`), so that it never comes near; without
/// the ceiling a core would try some two million a day, and every one of them would be for nothing but the attacker.
///
/// Data structure: 16,384 leaky buckets (256 KiB) by a hash of the folded name under the process' own random key. Two names
/// in one bucket share its room, which is wide enough for that; nothing is ever evicted, so nothing can be pushed out.
/// Rejected: one ceiling for all names, by which anybody who fails often would lock everybody out; and emptying a bucket at a
/// success, by which a guesser with one account could empty that of a neighbour.
struct GuessCeiling {
    /// The bucket of a name.
    typealias Place = Int

    private static let places = 1 << 14

    private struct Bucket {
        var level = 0
        /// Since when `level` has been falling.
        var since = Duration.zero
    }

    /// Logins that prove nothing which a name has room for.
    let room: Int
    /// The time in which room for one more comes back.
    let interval: Duration
    private var buckets = [Bucket](repeating: Bucket(), count: places)

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
        leak(place, at: now)
        guard buckets[place].level < room else { return max(buckets[place].since + interval - now, .milliseconds(1)) }
        if buckets[place].level == 0 { buckets[place].since = now }
        buckets[place].level += 1
        return nil
    }

    /// Gives the room of a login back, which proved its secret or never ran.
    mutating func giveBack(_ place: Place) { buckets[place].level = max(buckets[place].level - 1, 0) }

    private mutating func leak(_ place: Place, at now: Duration) {
        let passed = Int(max(now - buckets[place].since, .zero) / interval)
        guard passed > 0 else { return }
        buckets[place].level = max(buckets[place].level - passed, 0)
        buckets[place].since += interval * passed
    }
}
