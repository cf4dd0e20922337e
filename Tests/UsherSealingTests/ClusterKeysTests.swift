import Testing
import UsherTestKit

@testable import UsherSealing

@Suite("The keys of a cluster")
struct ClusterKeysTests {
    private static let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

    private func problem(_ file: String) -> ClusterKeys.Problem? {
        do throws(ClusterKeys.Problem) {
            _ = try ClusterKeys(file: Array(file.utf8).span)
            return nil
        } catch {
            return error
        }
    }

    @Test("the check value is that of the lowest number", arguments: SealVectors.list("files"))
    func check(vector: JSONValue) throws {
        let keys = try ClusterKeys(file: Array(vector.string("file").utf8).span)
        #expect(keys.check == vector.bytes("check").reduce(0) { $0 << 8 | UInt64($1) })
    }

    @Test("users and realms are those of the vectors, and keep their names while a key is replaced")
    func names() throws {
        for number: UInt8 in [7, 200] {
            let keys = try SealVectors.keys(sealing: number)
            for vector in SealVectors.list("names") {
                let bucket = keys.bucket(realm: vector.string("realm"), user: vector.string("user"))
                #expect(bucket == vector.number("bucket"))
                #expect(bucket >= 0x8000_0000)
            }
            for vector in SealVectors.list("realms") {
                #expect(keys.bucket(realm: vector.string("realm")) == vector.number("bucket"))
            }
        }
    }

    @Test("a last line may end without a line feed")
    func lastLine() {
        #expect(problem("7 \(Self.key)") == nil)
        #expect(problem("7 \(Self.key)\n") == nil)
        #expect(problem("0 \(Self.key)\n255 \(Self.key)") == nil)
    }

    @Test("a file that is empty, has a wrong line, three lines or one number twice is refused")
    func refused() {
        #expect(problem("") == .empty)
        for line in [
            Self.key, "x \(Self.key)", "256 \(Self.key)", "07 \(Self.key)", "-1 \(Self.key)", "7  \(Self.key)",
            "7 \(Self.key) ", "7 \(Self.key)A", "7 \(Self.key.dropLast())", "7 \(Self.key.dropLast())9", "7 ", " ",
            "\n",
            "7\t\(Self.key)", "0000 \(Self.key)",
        ] {
            #expect(problem(line) == .malformed(line: 1), "\(line)")
            #expect(problem("9 \(Self.key)\n\(line)") == .malformed(line: 2), "\(line)")
        }
        #expect(problem("1 \(Self.key)\n2 \(Self.key)\n3 \(Self.key)") == .tooMany)
        #expect(problem("1 \(Self.key)\n1 \(Self.key)") == .sameNumber(1))
    }
}
