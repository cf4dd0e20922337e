internal import CNettle
package import UsherCluster
internal import UsherSecrets

/// Why something that is sealed cannot be opened.
package enum SealFailure: Error, Equatable, Sendable {
    /// No key of this host has the number.
    case unknownKey(UInt8)
    /// This host has another key with the number.
    case otherKey(UInt8)
    /// Bytes were changed, or belong to something else.
    case damaged
    /// What was sealed is of a newer format.
    case unknownFormat
}

/// Seals what stands in the store, and opens it: AES-SIV with two keys of AES-256 (RFC 5297, computed by Nettle), which
/// stays safe even where a nonce comes twice.
///
/// A sealed part is a nonce of 16 bytes, the synthetic vector of 16 bytes, and the cipher text. The nonce is 12 random
/// bytes and the mark of the key, which distinguishes a wrong key from damage. The associated data name the cluster and
/// all fields of a record that the store may not change, so that no sealed part can stand in for another.
package struct ClusterSeal: Sendable {
    private static let nonceSize = 16
    private static let vectorSize = 16

    private let keys: ClusterKeys
    private let cluster: [UInt8]

    /// Seals for the cluster of this name, which has 255 bytes at most.
    package init(cluster: String, keys: ClusterKeys) {
        self.keys = keys
        self.cluster = Array(cluster.utf8)
        precondition(self.cluster.count <= 255)
    }

    // MARK: Records

    /// `record` with `session` as its sealed part, to stand under `digest`; nil where a part of `session` is longer
    /// than 65,535 bytes. The key and the nonce are new; the other fields stay.
    package func seal(_ session: SealedSession, in record: SharedRecord, under digest: SharedDigest) -> SharedRecord? {
        var random = InlineArray<12, UInt8>(repeating: 0)
        var room = random.mutableSpan
        Random.fill(&room)
        return seal(session, in: record, under: digest, random: random)
    }

    /// The same with these random bytes.
    func seal(
        _ session: SealedSession, in record: SharedRecord, under digest: SharedDigest,
        random: InlineArray<12, UInt8>
    ) -> SharedRecord? {
        guard let plain = session.encoded else { return nil }
        var record = record
        record.key = keys.first.number
        let sealed = seal(plain, with: place(record, digest), random: random)
        record.nonce = sealed[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        record.sealed = Array(sealed[8...])
        return record
    }

    /// The session in `record`, which stood under `digest`.
    package func open(_ record: SharedRecord, under digest: SharedDigest) throws(SealFailure) -> SealedSession {
        var sealed: [UInt8] = []
        sealed.append(bigEndian: record.nonce)
        let plain = try open(sealed + record.sealed, key: record.key, with: place(record, digest))
        guard plain.first == SealedSession.format else { throw .unknownFormat }
        guard let session = SealedSession(plain) else { throw .damaged }
        return session
    }

    /// The associated data of a record: the cluster, the digest, and each field that the store may not change.
    private func place(_ record: SharedRecord, _ digest: SharedDigest) -> [UInt8] {
        var bytes = purpose("record")
        for half in [digest.high, digest.low] { bytes.append(bigEndian: half) }
        bytes.append(record.key)
        for number in [record.idle, record.absolute] { bytes.append(bigEndian: number) }
        bytes.append(bigEndian: record.version)
        for number in [record.bucket, record.realm] { bytes.append(bigEndian: number) }
        bytes.append(bigEndian: record.tag.value)
        return bytes
    }

    // MARK: Notes

    /// `text` sealed as the note of an entry of the stream: the number of the key, then the sealed part.
    package func seal(note text: [UInt8]) -> [UInt8] {
        var random = InlineArray<12, UInt8>(repeating: 0)
        var room = random.mutableSpan
        Random.fill(&room)
        return seal(note: text, random: random)
    }

    /// The same with these random bytes.
    func seal(note text: [UInt8], random: InlineArray<12, UInt8>) -> [UInt8] {
        let number = keys.first.number
        return [number] + seal(text, with: purpose("note") + [number], random: random)
    }

    /// The text of a note.
    package func open(note: [UInt8]) throws(SealFailure) -> [UInt8] {
        guard let number = note.first else { throw .damaged }
        return try open(Array(note.dropFirst()), key: number, with: purpose("note") + [number])
    }

    // MARK: Sealed parts

    private func purpose(_ name: String) -> [UInt8] { Self.purpose(name, cluster: cluster) }

    /// The bytes that keep what is made for one purpose, in one cluster, from standing in for anything else.
    static func purpose(_ name: String, cluster: [UInt8]) -> [UInt8] {
        Array("usher 1 \(name)".utf8) + [0, UInt8(truncatingIfNeeded: cluster.count)] + cluster
    }

    private func seal(_ plain: [UInt8], with data: [UInt8], random: InlineArray<12, UInt8>) -> [UInt8] {
        var nonce = random.indices.map { random[$0] }
        nonce.append(bigEndian: keys.first.mark)
        return keys.first.withContext { context in
            unsafe nonce
                + [UInt8](unsafeUninitializedCapacity: plain.count + Self.vectorSize) { out, count in
                    count = plain.count + Self.vectorSize
                    unsafe nettle_siv_cmac_aes256_encrypt_message(
                        &context, nonce.count, nonce, data.count, data, count, out.baseAddress, plain)
                }
        }
    }

    private func open(_ sealed: [UInt8], key number: UInt8, with data: [UInt8]) throws(SealFailure) -> [UInt8] {
        guard let key = keys.key(number) else { throw .unknownKey(number) }
        guard sealed.count >= Self.nonceSize + Self.vectorSize else { throw .damaged }
        let nonce = Array(sealed[..<Self.nonceSize])
        guard nonce[12...].reduce(0, { $0 << 8 | UInt32($1) }) == key.mark else { throw .otherKey(number) }
        let cipher = Array(sealed[Self.nonceSize...])
        var isWhole = false
        let plain = key.withContext { context in
            unsafe [UInt8](unsafeUninitializedCapacity: cipher.count - Self.vectorSize) { out, count in
                count = cipher.count - Self.vectorSize
                isWhole =
                    unsafe nettle_siv_cmac_aes256_decrypt_message(
                        &context, nonce.count, nonce, data.count, data, count, out.baseAddress, cipher) == 1
            }
        }
        guard isWhole else { throw .damaged }
        return plain
    }
}
