import Testing
import UsherSecrets

@Suite("Secret bytes")
struct SecretBytesTests {
    @Test("hold what was put in, up to their capacity")
    func bounded() {
        var secret = SecretBytes(capacity: 2)
        let fits = [secret.append(1), secret.append(2), secret.append(3)]
        #expect(fits == [true, true, false])
        let held = secret.withBytes { [$0[0], $0[1]] }
        #expect(held == [1, 2])
    }

    @Test("are zero after a wipe, in the memory itself")
    func wiped() {
        var secret = SecretBytes(copying: Array("hunter2".utf8).span)
        let address = secret.withBytes { $0.withUnsafeBufferPointer { $0.baseAddress } }
        secret.wipe()
        let left = (0..<7).map { address?[$0] }
        #expect(left == Array(repeating: 0, count: 7))
    }

    @Test("are zero after a wipe where a filler wrote more than it says")
    func wipedBeyond() {
        var secret = SecretBytes(capacity: 16)
        let address = secret.withBytes { $0.withUnsafeBufferPointer { $0.baseAddress } }
        secret.append(copying: Array("hunter2".utf8).span)
        secret.fill { free in
            free.copyBytes(from: Array("swordfish".utf8))
            return 2
        }
        #expect((0..<16).map { address?[$0] } == Array("hunter2swordfish".utf8))
        secret.wipe()
        #expect((0..<16).map { address?[$0] } == Array(repeating: 0, count: 16))
    }

    @Test(
        "equal bytes are equal, others not",
        arguments: [("", "", true), ("a", "a", true), ("a", "b", false), ("a", "ab", false), ("ab", "a", false)])
    func constantTime(_ left: String, _ right: String, _ same: Bool) {
        #expect(ConstantTime.equal(Array(left.utf8).span, Array(right.utf8).span) == same)
    }
}
