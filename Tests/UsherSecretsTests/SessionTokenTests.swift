import Testing
import UsherSecrets

@Suite("Session token")
struct SessionTokenTests {
    private func text(_ token: borrowing SessionToken) -> String {
        var text = [UInt8](repeating: 0, count: SessionToken.textSize)
        var span = text.mutableSpan
        token.write(into: &span)
        return String(decoding: text, as: UTF8.self)
    }

    private func reads(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        switch SessionToken(text: bytes.span) {
        case .some(let token): return self.text(token) == text
        case .none: return false
        }
    }

    @Test("is 43 characters that read back to the same bytes, and never the same twice")
    func roundTrip() {
        var seen: Set<String> = []
        for _ in 0..<10_000 {
            let written = text(SessionToken())
            #expect(written.utf8.count == 43)
            #expect(reads(written))
            #expect(seen.insert(written).inserted)
        }
    }

    @Test("has 256 random bits: each is set in half of the tokens, and no eight bytes come twice")
    func randomness() {
        let count = 4096
        var ones = [Int](repeating: 0, count: 256)
        var words: Set<UInt64> = []
        for _ in 0..<count {
            let token = SessionToken().words
            for word in 0..<4 {
                words.insert(token[word])
                for bit in 0..<64 where token[word] >> UInt64(bit) & 1 == 1 { ones[word * 64 + bit] += 1 }
            }
        }
        #expect(words.count == 4 * count)
        // Eight standard deviations, which are 32 each: by chance once in 10¹² runs.
        for (bit, set) in ones.enumerated() { #expect(abs(set - count / 2) < 256, "bit \(bit): \(set)") }
    }

    @Test("takes over 32 bytes, and leaves zeros where they were")
    func moves() {
        var bytes = InlineArray<32, UInt8> { UInt8($0 + 1) }
        let token = SessionToken(moving: &bytes)
        let taken = token.withBytes { bytes in bytes.indices.map { bytes[$0] } }
        #expect(taken == (1...32).map { UInt8($0) })
        #expect(bytes.indices.allSatisfy { bytes[$0] == 0 })
    }

    @Test(
        "refuses what is not the canonical text",
        arguments: [
            "", "A", String(repeating: "A", count: 42), String(repeating: "A", count: 44),
            String(repeating: "A", count: 42) + "=", String(repeating: "A", count: 42) + "+",
            String(repeating: "A", count: 42) + "/", String(repeating: "A", count: 42) + "\0",
            String(repeating: "A", count: 42) + "B", String(repeating: "A", count: 42) + "_",
        ])
    func refusals(_ text: String) {
        #expect(!reads(text))
    }

    @Test("accepts each last character whose spare bits are zero")
    func canonicalEnd() {
        let accepted = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".filter {
            reads(String(repeating: "A", count: 42) + String($0))
        }
        #expect(accepted == "AEIMQUYcgkosw048")
    }
}
