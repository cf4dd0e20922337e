import Testing
import UsherCluster
import UsherTestKit

@testable import UsherSealing

@Suite("What hosts seal")
struct ClusterSealTests {
    private static let vector = SealVectors.list("records")[0]

    private func sealed() throws -> SharedRecord {
        let seal = try SealVectors.seal()
        return try #require(seal.seal(Self.vector.session, in: Self.vector.head, under: Self.vector.digest))
    }

    private func failure(_ record: SharedRecord, by seal: ClusterSeal, under digest: SharedDigest) -> SealFailure? {
        do throws(SealFailure) {
            _ = try seal.open(record, under: digest)
            return nil
        } catch {
            return error
        }
    }

    @Test("records are those of the vectors", arguments: SealVectors.list("records"))
    func records(vector: JSONValue) throws {
        let seal = try SealVectors.seal(sealing: vector.number("key"))
        let record = try #require(
            seal.seal(vector.session, in: vector.head, under: vector.digest, random: vector.random))
        #expect(record.tail == vector.bytes("sealed"))
        #expect(record.key == vector.number("key"))
        #expect(record.seen == 9)
        #expect(record.stamp == vector.head.stamp)
        #expect(try seal.open(record, under: vector.digest) == vector.session)
    }

    @Test("notes are those of the vectors", arguments: SealVectors.list("notes"))
    func notes(vector: JSONValue) throws {
        let seal = try SealVectors.seal(sealing: vector.number("key"))
        let sealed = seal.seal(note: vector.bytes("text"), random: vector.random)
        #expect(sealed == vector.bytes("sealed"))
        #expect(try seal.open(note: sealed) == vector.bytes("text"))
    }

    @Test("an empty note opens")
    func emptyNote() throws {
        let seal = try SealVectors.seal()
        #expect(try seal.open(note: seal.seal(note: [])) == [])
    }

    @Test("one session is sealed in another way each time, and its nonce tells the records apart")
    func fresh() throws {
        let (one, other) = (try sealed(), try sealed())
        #expect(one.nonce != other.nonce)
        #expect(one.sealed != other.sealed)
    }

    @Test("a record that is put back has the nonce by which the store knows it, and opens")
    func again() throws {
        let (seal, first) = (try SealVectors.seal(), try sealed())
        let session = try seal.open(first, under: Self.vector.digest)
        let again = try #require(seal.sealAgain(session, in: first, under: Self.vector.digest))
        #expect(again.nonce == first.nonce && again.sealed != first.sealed)
        #expect(try seal.open(again, under: Self.vector.digest) == session)
    }

    @Test("a record with any one byte changed does not open")
    func everyByte() throws {
        let (seal, record) = (try SealVectors.seal(), try sealed())
        for at in record.tail.indices {
            var tail = record.tail
            tail[at] ^= 1
            let isMark = (12..<16).contains(at)
            #expect(
                failure(record.with(tail: tail), by: seal, under: Self.vector.digest)
                    == (isMark ? .otherKey(7) : .damaged), "byte \(at)")
        }
    }

    @Test("a record whose head the store has changed does not open, except its last use and its stamp")
    func head() throws {
        let (seal, record) = (try SealVectors.seal(), try sealed())
        let changes: [(inout SharedRecord) -> Void] = [
            { $0.idle += 1 }, { $0.absolute += 1 }, { $0.version += 1 }, { $0.bucket += 1 }, { $0.realm += 1 },
            { $0.tag = SessionTag(1) },
        ]
        for (number, change) in changes.enumerated() {
            var other = record
            change(&other)
            #expect(failure(other, by: seal, under: Self.vector.digest) == .damaged, "change \(number)")
        }
        var touched = record
        touched.seen += 1
        touched.stamp = Stamp(ordinal: 9, number: 9)
        #expect(failure(touched, by: seal, under: Self.vector.digest) == nil)
    }

    @Test("a record does not open under another digest, nor in another cluster")
    func place() throws {
        let record = try sealed()
        let digest = Self.vector.digest
        let other = SharedDigest(high: digest.high, low: digest.low ^ 1)
        #expect(failure(record, by: try SealVectors.seal(), under: other) == .damaged)
        let elsewhere = ClusterSeal(cluster: "corp2", keys: try SealVectors.keys())
        #expect(failure(record, by: elsewhere, under: digest) == .damaged)
    }

    @Test("a key that is missing, and another key with its number, are told apart from damage")
    func keys() throws {
        let record = try sealed()
        func seal(_ file: String) throws -> ClusterSeal {
            ClusterSeal(cluster: "corp", keys: try ClusterKeys(file: Array(file.utf8).span))
        }
        let key = String(repeating: "A", count: 43)
        #expect(failure(record, by: try seal("8 \(key)"), under: Self.vector.digest) == .unknownKey(7))
        #expect(failure(record, by: try seal("7 \(key)"), under: Self.vector.digest) == .otherKey(7))
    }

    @Test("while a key is replaced, records of both open on each host")
    func rotation() throws {
        let digest = Self.vector.digest
        let old = try SealVectors.seal()
        let both = try SealVectors.seal(sealing: 200)
        let before = try #require(old.seal(Self.vector.session, in: Self.vector.head, under: digest))
        let after = try #require(both.seal(Self.vector.session, in: Self.vector.head, under: digest))
        #expect((before.key, after.key) == (7, 200))
        #expect(try both.open(before, under: digest) == Self.vector.session)
        #expect(try both.open(after, under: digest) == Self.vector.session)
        #expect(failure(after, by: old, under: digest) == .unknownKey(200))
    }

    @Test("a part that is longer than its length can say is refused")
    func tooLong() throws {
        var session = Self.vector.session
        session.data = [UInt8](repeating: 1, count: 65_536)
        #expect(try SealVectors.seal().seal(session, in: Self.vector.head, under: Self.vector.digest) == nil)
    }

    @Test("a session that ends early, is too long, or is of another format is none")
    func formats() throws {
        let whole = try #require(Self.vector.session.encoded)
        #expect(SealedSession(whole) == Self.vector.session)
        for count in whole.indices { #expect(SealedSession(Array(whole[..<count])) == nil, "\(count) bytes") }
        #expect(SealedSession(whole + [0]) == nil)
        #expect(SealedSession([2] + whole.dropFirst()) == nil)
    }

    @Test("whatever stands in the store is answered")
    func anyBytes() throws {
        let seal = try SealVectors.seal()
        var random = SystemRandomNumberGenerator()
        for count in 0..<200 {
            let tail = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            for key: UInt8 in [7, 8] {
                var record = Self.vector.head.with(tail: tail)
                record.key = key
                #expect(failure(record, by: seal, under: Self.vector.digest) != nil)
            }
            #expect(throws: SealFailure.self) { try seal.open(note: tail) }
        }
    }
}
