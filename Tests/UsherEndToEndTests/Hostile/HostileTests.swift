import Testing
import UsherHostileKit
import UsherTestKit

/// Each attack of the kit: by one user without a role, by many of them, and by a peer, one after the other on one
/// daemon.
@Suite("Hostile users", .serialized, .enabled(if: Machine.isRoot, "needs other users"))
struct HostileTests {
    /// Where root's subordinate uids would begin (subuid(5)), which any user of a host may have.
    private static let subordinate = 100_000

    /// Where descriptors are passed, once as on a kernel without SO_PASSRIGHTS.
    private static let cases: [(attack: Attack, options: [String])] =
        Attack.allCases.map { ($0, []) }
        + [Attack.descriptors, .urgent, .mixed].map { ($0, ["--ignore-passrights"]) }

    @Test(
        "refuse nothing to a well-behaved peer, lose nothing, and leave nothing behind", arguments: cases)
    func siege(_ attack: Attack, _ options: [String]) throws {
        let siege = try Siege(options: options)
        try siege.attack(.pings, uid: 65_000, users: 1, connections: 4, seconds: 1)
        let before = try siege.holdings()
        try siege.attack(attack, uid: 65_000, users: 1)
        try siege.attack(attack, uid: 1, users: 1, connections: 60)
        try siege.attack(attack, uid: Self.subordinate, users: 200)
        let between = try siege.holdings(asFewAs: before)
        try siege.attack(attack, uid: Self.subordinate + 1000, users: 200)
        let after = try siege.holdings(asFewAs: before)
        for number in before.indices {
            // What tables and buffers took once they keep; it must not be more each time.
            #expect(after[number].memory - between[number].memory < 2048, "\(before) \(between) \(after)")
            #expect(after[number].memory - before[number].memory < 64 << 10, "\(before) \(between) \(after)")
        }
    }
}
