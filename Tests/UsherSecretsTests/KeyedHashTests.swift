import Testing
import UsherSecrets

@Suite("Keyed hash")
struct KeyedHashTests {
    private func hash(_ bytes: some Sequence<UInt8>, key: (low: UInt64, high: UInt64)) -> UInt64 {
        var hash = KeyedHash(key: key)
        hash.append(contentsOf: bytes)
        return hash.value()
    }

    /// Key 00 01 … 0f and input 00 01 …, from the reference implementation's vectors and the paper's appendix A.
    @Test(
        "agrees with SipHash-2-4",
        arguments: [
            (0, 0x726f_db47_dd0e_0e31), (1, 0x74f8_39c5_93dc_67fd), (2, 0x0d6c_8009_d9a9_4f5a),
            (3, 0x8567_6696_d7fb_7e2d), (8, 0x93f5_f579_9a93_2462), (15, 0xa129_ca61_49be_45e5),
        ] as [(UInt8, UInt64)])
    func vectors(_ size: UInt8, _ expected: UInt64) {
        let key: (low: UInt64, high: UInt64) = (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908)
        #expect(hash(0..<size, key: key) == expected)
    }

    @Test("depends on the key")
    func keyed() {
        #expect(hash("alice".utf8, key: (1, 2)) != hash("alice".utf8, key: (1, 3)))
        #expect(hash("alice".utf8, key: (1, 2)) != hash("alice".utf8, key: (2, 2)))
    }
}
