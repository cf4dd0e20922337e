import UsherCluster
import UsherTestKit

@testable import UsherSealing

/// `protocol/cluster/sealed.json`, which another program has computed.
enum SealVectors {
    private static let all: JSONValue = {
        let path = "\(Built.package)/protocol/cluster/sealed.json"
        guard let value = JSONValue(json: File.bytes(path)) else { fatalError("\(path) is no file of vectors") }
        return value
    }()

    static func list(_ name: String) -> [JSONValue] { all[name]?.array ?? [] }

    /// The keys of the file that has two of them, whose first line seals; or of the one with key 7 alone.
    static func keys(sealing number: UInt8 = 7) throws -> ClusterKeys {
        let file = list("files")[number == 7 ? 0 : 1]
        return try ClusterKeys(file: Array(file.string("file").utf8).span)
    }

    static func seal(sealing number: UInt8 = 7) throws -> ClusterSeal {
        ClusterSeal(cluster: "corp", keys: try keys(sealing: number))
    }
}

extension JSONValue {
    func string(_ name: String) -> String { self[name]?.text ?? "" }

    func number<Number: FixedWidthInteger>(_ name: String) -> Number {
        Number(truncatingIfNeeded: self[name]?.integer ?? -1)
    }

    func bytes(_ name: String) -> [UInt8] { Self.bytes(string(name)) }

    static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8)
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) ?? 0
        }
    }

    /// The twelve bytes that were random.
    var random: InlineArray<12, UInt8> {
        let bytes = bytes("random")
        return InlineArray { bytes[$0] }
    }

    var digest: SharedDigest {
        let bytes = bytes("digest")
        return SharedDigest(high: Self.word(bytes[..<8]), low: Self.word(bytes[8...]))
    }

    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

    var session: SealedSession {
        let value = self["session"] ?? .null
        let parts = (value["parts"]?.array ?? []).map { Self.bytes($0.text ?? "") }
        return SealedSession(
            created: value.number("created"), authenticated: value.number("authenticated"),
            uid: value["uid"]?.integer.map { UInt32($0) }, origin: value.number("origin"), proof: value.number("proof"),
            realm: parts[0], service: parts[1], user: parts[2], methods: parts[3], context: parts[4], data: parts[5])
    }

    /// The record before it was sealed.
    var head: SharedRecord {
        SharedRecord(
            key: 0, seen: 9, idle: number("idle"), absolute: number("absolute"), version: number("version"),
            stamp: Stamp(ordinal: 1, number: 2), bucket: number("bucket"), realm: number("realm"),
            tag: SessionTag(Self.word(bytes("tag")[...])), nonce: 0, sealed: [])
    }
}

extension SharedRecord {
    /// Nonce and sealed part, as they stand in the store behind the head.
    var tail: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: nonce >> (56 - 8 * $0)) } + sealed }

    /// The record with another tail.
    func with(tail: [UInt8]) -> SharedRecord {
        var other = self
        other.nonce = tail.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        other.sealed = Array(tail.dropFirst(8))
        return other
    }
}
