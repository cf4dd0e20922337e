import Testing
import UsherClient
import UsherWebCore

@testable import UsherGate

@Suite("Hand-over")
struct HandOverTests {
    private static let gate = (0..<32).map { UInt8($0) }
    private let start = ContinuousClock.now
    private let wiki = HandOverKey(gate: gate.span, origin: GateBench.origin("https://wiki.corp.example"))
    private let ci = HandOverKey(gate: gate.span, origin: GateBench.origin("https://ci.corp.example:8443"))
    private let to = "https://wiki.corp.example/a"

    private func token(_ letter: Character) throws -> Token {
        try #require(Token(String(repeating: letter, count: 42) + "A"))
    }

    private func arrive(
        _ table: inout HandOver, _ code: String, by key: HandOverKey? = nil, _ hop: HopDigest?, at second: Int = 0
    ) -> Arrival {
        let arrival = table.arrive(
            code, by: key ?? wiki, hop: hop, now: UnixTime(seconds: 1_000_000 + Int64(second)),
            instant: start.advanced(by: .seconds(second)))
        return switch arrival {
        case .arrived(let token, let to, _): .arrived(token, to: to)
        case .otherBrowser(let to): .otherBrowser(to: to)
        case .unknown: .unknown
        case .foreign: .foreign
        }
    }

    /// An arrival without its claim.
    private enum Arrival: Hashable {
        case arrived(Token, to: String)
        case otherBrowser(to: String)
        case unknown, foreign
    }

    private func issue(_ session: Token, _ hop: HopDigest, at second: Int64 = 0) -> String {
        wiki.seal(session, to: to, hop: hop, era: 7, now: UnixTime(seconds: 1_000_000 + second))
    }

    @Test("brings the session once, to its origin and to the browser that asked")
    func once() throws {
        var table = HandOver(capacity: 4)
        let (session, hop) = (try token("S"), HopDigest(try token("H")))
        let code = issue(session, hop)
        #expect(arrive(&table, code, hop, at: 59) == .arrived(session, to: to))
        #expect(arrive(&table, code, hop, at: 59) == .unknown)
        #expect(arrive(&table, try token("X").text, hop) == .foreign)
    }

    @Test("a gate with the same key takes the code of another one, whose clock may differ by a minute")
    func shared() throws {
        var other = HandOver(capacity: 4)
        let (session, hop) = (try token("S"), HopDigest(try token("H")))
        let key = HandOverKey(gate: Self.gate.span, origin: GateBench.origin("https://wiki.corp.example"))
        #expect(arrive(&other, issue(session, hop), by: key, hop) == .arrived(session, to: to))
        #expect(arrive(&other, issue(session, hop, at: 60), by: key, hop) == .arrived(session, to: to))
        #expect(arrive(&other, issue(session, hop, at: 61), by: key, hop) == .unknown)
        let stranger = HandOverKey(
            gate: [UInt8](repeating: 1, count: 32).span, origin: GateBench.origin("https://wiki.corp.example"))
        #expect(arrive(&other, issue(session, hop), by: stranger, hop) == .foreign)
    }

    @Test("is claimed by a name that two gates make alike and no other code has, for longer than any gate takes it")
    func claim() throws {
        let (session, hop) = (try token("S"), HopDigest(try token("H")))
        let codes = [issue(session, hop), issue(session, hop)]
        let claims = try [codes[0], codes[0], codes[1]].map { code in
            var table = HandOver(capacity: 4)
            let arrival = table.arrive(code, by: wiki, hop: hop, now: UnixTime(seconds: 1_000_000), instant: start)
            guard case .arrived(_, _, let claim) = arrival else { throw UsherError(.noSuchSession) }
            return claim
        }
        #expect(claims[0] == claims[1] && claims[0].code != claims[2].code)
        #expect(claims[0].era == 7 && claims[0].until == UnixTime(seconds: 1_000_000 + 60 + 120))
        #expect(!codes[0].contains(claims[0].code.text) && claims[0].code != session)
    }

    @Test("is over after a minute and at another origin; for another browser it is used up")
    func refusals() throws {
        var table = HandOver(capacity: 4)
        let (session, hop, other) = (try token("S"), HopDigest(try token("H")), HopDigest(try token("G")))
        #expect(arrive(&table, issue(session, hop), hop, at: 60) == .unknown)
        #expect(arrive(&table, issue(session, hop), by: ci, hop) == .foreign)
        for shown in [other, nil] {
            let code = issue(session, hop)
            #expect(arrive(&table, code, shown, at: 1) == .otherBrowser(to: to))
            #expect(arrive(&table, code, hop, at: 1) == .unknown)
        }
    }

    @Test("any change of a code's characters makes it foreign")
    func changed() throws {
        var table = HandOver(capacity: 4)
        let (session, hop) = (try token("S"), HopDigest(try token("H")))
        let code = Array(issue(session, hop).utf8)
        for place in code.indices {
            var other = code
            other[place] = other[place] == 65 ? 66 : 65
            #expect(arrive(&table, String(decoding: other, as: UTF8.self), hop) == .foreign)
        }
        for count in [0, 1, 43, code.count - 1] {
            #expect(arrive(&table, String(decoding: code.prefix(count), as: UTF8.self), hop) == .foreign)
        }
        #expect(arrive(&table, String(decoding: code, as: UTF8.self) + "AAAA", hop) == .foreign)
        #expect(arrive(&table, String(decoding: code, as: UTF8.self), hop) == .arrived(session, to: to))
    }

    @Test("keeps its bound: the oldest code of the browser with the most is forgotten, and could arrive again")
    func bound() throws {
        var table = HandOver(capacity: 3)
        let session = try token("S")
        let (ann, mallory) = (HopDigest(try token("H")), HopDigest(try token("M")))
        let codes = [ann, mallory, mallory, mallory, mallory].map { ($0, issue(session, $0)) }
        for (hop, code) in codes { #expect(arrive(&table, code, hop) == .arrived(session, to: to)) }
        let again = codes.map { hop, code in
            var copy = table
            return arrive(&copy, code, hop) != .unknown
        }
        #expect(again == [false, true, true, false, false])
    }

    @Test("brings the longest address that a login leads back to")
    func longest() throws {
        var table = HandOver(capacity: 1)
        let (session, hop) = (try token("S"), HopDigest(try token("H")))
        let far = "https://wiki.corp.example/" + String(repeating: "a", count: 2048 - 26)
        let code = wiki.seal(session, to: far, hop: hop, era: 7, now: UnixTime(seconds: 1_000_000))
        #expect(arrive(&table, code, hop) == .arrived(session, to: far))
    }
}
