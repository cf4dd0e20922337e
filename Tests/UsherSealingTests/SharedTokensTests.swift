import Testing
import UsherSecrets
import UsherTestKit

@testable import UsherSealing

@Suite("Tokens of shared sessions")
struct SharedTokensTests {
    private static let vector = SealVectors.list("tokens")[0]

    private func tokens(sealing number: UInt8 = 7, cluster: String = "corp") throws -> SharedTokens {
        SharedTokens(cluster: cluster, keys: try SealVectors.keys(sealing: number))
    }

    private func text(_ token: borrowing SessionToken) -> String {
        var text = [UInt8](repeating: 0, count: SessionToken.textSize)
        var span = text.mutableSpan
        token.write(into: &span)
        return String(decoding: text, as: UTF8.self)
    }

    private func end(_ text: String, by tokens: SharedTokens) -> UInt32? {
        switch SessionToken(text: Array(text.utf8).span) {
        case .some(let token): tokens.end(of: token)
        case .none: nil
        }
    }

    private func bytes(_ token: borrowing SessionToken) -> [UInt8] {
        token.withBytes { bytes in bytes.indices.map { bytes[$0] } }
    }

    private func end(_ bytes: [UInt8], by tokens: SharedTokens) -> UInt32? {
        var moved = InlineArray<32, UInt8> { bytes[$0] }
        return tokens.end(of: SessionToken(moving: &moved))
    }

    @Test("tokens are those of the vectors", arguments: SealVectors.list("tokens"))
    func vectors(vector: JSONValue) throws {
        let tokens = try tokens(sealing: vector.number("key"))
        let made = tokens.make(until: vector.number("end"), random: vector.bytes("random").span)
        #expect(text(made) == vector.string("token"))
        #expect(end(vector.string("token"), by: tokens) == vector.number("end"))
    }

    @Test("a token gives back its end, and no two are alike", arguments: [0, 1, 1_790_000_000, .max] as [UInt32])
    func roundTrip(_ end: UInt32) throws {
        let tokens = try tokens()
        var (seen, masked) = (Set<String>(), Set<[UInt8]>())
        for _ in 0..<200 {
            let token = tokens.make(until: end)
            #expect(tokens.end(of: token) == end)
            seen.insert(text(token))
            masked.insert(Array(bytes(token)[20..<24]))
        }
        // Of 200 masks, two are alike by chance once in 200,000 runs, and three never.
        #expect(seen.count == 200 && masked.count > 197)
    }

    @Test("a token with any one bit changed proves nothing")
    func everyBit() throws {
        let tokens = try tokens(sealing: 200)
        let whole = bytes(tokens.make(until: 1_790_000_000))
        for bit in 0..<256 {
            var changed = whole
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(end(changed, by: tokens) == nil, "bit \(bit)")
        }
        #expect(end(whole, by: tokens) == 1_790_000_000)
    }

    @Test("neither a random token, nor one of zeros, nor one of a session of one host proves anything")
    func random() throws {
        let tokens = try tokens(sealing: 200)
        for _ in 0..<1000 { #expect(tokens.end(of: SessionToken()) == nil) }
        #expect(end([UInt8](repeating: 0, count: 32), by: tokens) == nil)
        #expect(end([UInt8](repeating: 0xFF, count: 32), by: tokens) == nil)
    }

    @Test("a token of another cluster or of another key proves nothing")
    func elsewhere() throws {
        let whole = Self.vector.string("token")
        #expect(end(whole, by: try tokens()) != nil)
        for cluster in ["corp2", "cor", "Corp", ""] {
            #expect(end(whole, by: try tokens(cluster: cluster)) == nil, "\(cluster)")
        }
        let file = "7 \(String(repeating: "A", count: 43))"
        let keys = try ClusterKeys(file: Array(file.utf8).span)
        #expect(end(whole, by: SharedTokens(cluster: "corp", keys: keys)) == nil)
    }

    @Test("while a key is replaced, tokens of both prove themselves on each host that has both")
    func rotation() throws {
        let (old, both) = (try tokens(), try tokens(sealing: 200))
        let (before, after) = (bytes(old.make(until: 5)), bytes(both.make(until: 6)))
        #expect(end(before, by: both) == 5 && end(after, by: both) == 6)
        #expect(end(before, by: old) == 5 && end(after, by: old) == nil)
    }
}
