import Testing
import UsherCluster
import UsherNames
import UsherTestKit
import UsherWire

@testable import UsherEngine

@Suite("Rates of changes of shared sessions")
struct ChangeRatesTests {
    private static let second: Int64 = 1_000_000_000
    private static let tag = SessionTag(1)

    @Test(
        "a session is changed so often at once, and then once a step, which is when the refusal says",
        arguments: [(ChangeRates.Kind.token, 32, 30), (.data, 120, 1), (.end, 32, 30)])
    func burst(kind: ChangeRates.Kind, burst: Int, step: Int64) {
        var rates = ChangeRates()
        let now = 5 * Self.second
        for _ in 0..<burst { #expect(rates.take(kind, of: Self.tag, for: 1, now: now) == nil) }
        let refusal = Refusal(.rateLimited, retryAfter: .seconds(step))
        #expect(rates.take(kind, of: Self.tag, for: 1, now: now) == refusal)
        #expect(rates.take(kind, of: SessionTag(2), for: 1, now: now) == nil)
        #expect(rates.take(kind, of: Self.tag, for: 1, now: now + step * Self.second - 1) != nil)
        #expect(rates.take(kind, of: Self.tag, for: 1, now: now + step * Self.second) == nil)
        #expect(rates.take(kind, of: Self.tag, for: 1, now: now + step * Self.second) == refusal)
        let later = now + Int64(burst + 1) * step * Self.second
        for _ in 0..<burst { #expect(rates.take(kind, of: Self.tag, for: 1, now: later) == nil) }
        #expect(rates.take(kind, of: Self.tag, for: 1, now: later) == refusal)
    }

    @Test("what was not made is given back, and the two kinds do not count for each other")
    func gives() {
        var rates = ChangeRates()
        for _ in 0..<100 {
            #expect(rates.take(.token, of: Self.tag, for: 1, now: 0) == nil)
            rates.give(.token, of: Self.tag)
        }
        for _ in 0..<32 { #expect(rates.take(.token, of: Self.tag, for: 1, now: 0) == nil) }
        #expect(rates.take(.data, of: Self.tag, for: 1, now: 0) == nil)
        #expect(rates.take(.token, of: Self.tag, for: 1, now: 0) != nil)
    }

    @Test("ends count for who asks, by user and in all, and a refused one for neither")
    func ends() {
        var rates = ChangeRates()
        let ask = { (rates: inout ChangeRates, bucket: UInt32) in rates.takeEnd(bucket, for: 1, now: 0) }
        for _ in 0..<32 { #expect(ask(&rates, 1 << 31) == nil) }
        for _ in 0..<2_000 {
            #expect(ask(&rates, 1 << 31) == Refusal(.rateLimited, retryAfter: .seconds(30)))
        }
        #expect(rates.takeEnd(1 << 31, for: 2, now: 0) == nil)
        let taken = (1...2_000 as ClosedRange<UInt32>).count { ask(&rates, 1 << 31 | $0) == nil }
        #expect(taken == 1_024 - 32)
        #expect(ask(&rates, .max) == Refusal(.rateLimited, retryAfter: .milliseconds(250)))
    }

    @Test("an engine refuses too many ends of what it has not seen, none of what it knows and none of an administrator")
    func unseenEnds() throws {
        let pair = try ClusterBench()
        let (one, admin) = (pair.a.connect(), pair.a.connect(Uid.all))
        let (token, own) = try pair.create(one, "ann")
        let (second, held) = try pair.create(one, "ann")
        let read = SessionHandle(text: Array(own.utf8).span)
        let prefix = try #require(read).prefix
        let handles = (1...34 as ClosedRange<UInt64>).map { SessionHandle(prefix: prefix, tag: $0).text }
        func revoke(_ handle: String) -> JSONValue {
            pair.ask(one, "session.revoke", #"{"token":"\#(token)","handle":"\#(handle)"}"#)
        }
        for handle in handles.prefix(32) { #expect(revoke(handle).result != nil) }
        let refused = revoke(handles[32])
        #expect(refused.reason == "rate_limited" && refused["error"]?["data"]?["retry_after_ms"] == 30_000)
        #expect(revoke(handles[0]).result != nil && revoke(held).result?["revoked"] == 1)
        #expect(pair.isValid(one, second) == false)
        #expect(pair.ask(admin, "session.revoke", #"{"handle":"\#(handles[33])"}"#).result != nil)
        let all = #"{"token":"\#(token)","except":"\#(own)"}"#
        #expect(pair.ask(one, "session.revoke_all", all).reason == "rate_limited")
        for _ in 0..<30 { pair.pass(.seconds(1)) }
        #expect(pair.ask(one, "session.revoke_all", all).result != nil)
        #expect(pair.ask(one, "session.revoke_all", all).reason == "rate_limited")
        #expect(pair.isValid(one, token) == true)
        for params in [#"{"user":"ann"}"#, #"{"all":true}"#] {
            #expect(pair.ask(admin, "session.revoke_all", params).result != nil)
        }
        #expect(pair.isValid(one, token) == false)
    }

    @Test("a user has a quarter of the table, where sessions make room when they have paid")
    func shares() {
        var rates = ChangeRates()
        let taken = (0..<ChangeRates.share).count {
            rates.take(.token, of: SessionTag(UInt64($0) + 1), for: 1, now: 0) == nil
        }
        #expect(taken == ChangeRates.share)
        let fresh = SessionTag(1 << 40)
        let busy = Refusal(.busy, retryAfter: .seconds(1))
        #expect(rates.take(.token, of: fresh, for: 1, now: Self.second) == busy)
        #expect(rates.take(.token, of: Self.tag, for: 1, now: Self.second) == nil)
        #expect(rates.take(.token, of: fresh, for: 2, now: Self.second) == nil)
        #expect(rates.take(.token, of: SessionTag(1 << 41), for: 1, now: 31 * Self.second) == nil)
    }

    @Test("what is over goes little by little, whatever else is there, and one request looks at few")
    func bounded() {
        var rates = ChangeRates()
        for number in 1...1_000 { _ = rates.take(.token, of: SessionTag(UInt64(number)), for: 1, now: 0) }
        for _ in 0..<2 { _ = rates.take(.token, of: SessionTag(500), for: 1, now: 0) }
        #expect(rates.count == 1_000)
        #expect(rates.take(.data, of: SessionTag(500), for: 2, now: 31 * Self.second) == nil)
        #expect(rates.count == 1_000 - ChangeRates.looks + 1)
        for _ in 0..<40 { _ = rates.take(.data, of: SessionTag(500), for: 2, now: 31 * Self.second) }
        #expect(rates.count == 2)
        for _ in 0..<29 { #expect(rates.take(.token, of: SessionTag(500), for: 1, now: 31 * Self.second) == nil) }
        #expect(rates.take(.token, of: SessionTag(500), for: 1, now: 31 * Self.second) == nil)
        #expect(rates.take(.token, of: SessionTag(500), for: 1, now: 31 * Self.second) != nil)
    }

    @Test("an engine refuses the rotation of a shared session beyond the rate, and of no other one")
    func rotations() throws {
        let pair = try ClusterBench()
        let one = pair.a.connect()
        var (shared, own) = (try pair.create(one, "ann").token, try pair.create(one, "ann", service: "vault").token)
        for _ in 0..<33 {
            own = try #require(pair.ask(one, "session.rotate", #"{"token":"\#(own)"}"#).result?["token"]?.text)
        }
        for _ in 0..<32 {
            shared = try #require(pair.ask(one, "session.rotate", #"{"token":"\#(shared)"}"#).result?["token"]?.text)
        }
        let moves = pair.count { if case .move = $0 { true } else { false } }
        let refused = pair.ask(one, "session.rotate", #"{"token":"\#(shared)"}"#)
        #expect(refused.reason == "rate_limited")
        #expect(refused["error"]?["data"]?["retry_after_ms"] == 30_000)
        #expect(pair.count { if case .move = $0 { true } else { false } } == moves)
        #expect(pair.isValid(one, shared) == true)
        for _ in 0..<30 { pair.pass(.seconds(1)) }
        #expect(pair.ask(one, "session.rotate", #"{"token":"\#(shared)"}"#).result != nil)
    }

    @Test("an engine refuses the update of a shared session beyond the rate, and none that was not made counts")
    func updates() throws {
        let pair = try ClusterBench()
        let one = pair.a.connect()
        let token = try pair.create(one, "ann").token
        func update() -> JSONValue {
            pair.ask(one, "session.update", #"{"token":"\#(token)","data":{"at":"1"},"if_version":9}"#)
        }
        for _ in 0..<130 { #expect(update().reason == "conflict") }
        for _ in 0..<120 {
            #expect(pair.ask(one, "session.update", #"{"token":"\#(token)","data":{"at":"1"}}"#).result != nil)
        }
        let refused = pair.ask(one, "session.update", #"{"token":"\#(token)","data":{"at":"1"}}"#)
        #expect(refused.reason == "rate_limited")
        #expect(refused["error"]?["data"]?["retry_after_ms"] == 1_000)
        pair.pass(.seconds(1))
        #expect(pair.ask(one, "session.update", #"{"token":"\#(token)","data":{"at":"1"}}"#).result != nil)
    }
}
