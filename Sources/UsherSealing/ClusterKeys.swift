internal import UsherSecrets

/// The keys of a cluster, as the credential file has them: one or two lines, each a number from 0 to 255, a space and
/// 43 characters of base64url.
///
/// The first line's key seals; each key opens what names its number. The key with the lowest number makes the
/// pseudonyms of users and realms and the check value, which all hosts must have in common.
///
/// A new key comes in three steps, each on all hosts before the next: the new line is added behind the old one, the
/// lines change places, and the old line goes. Before the last step all sessions that the old key has sealed must be
/// over; and as the pseudonyms change with it, the store must be empty and no host may have joined.
package struct ClusterKeys: Sendable {
    /// Why a file is not used. The text names a line and never what stands there.
    package enum Problem: Error, Equatable, Sendable {
        /// There is no key.
        case empty
        /// A line is not a number, a space and a key.
        case malformed(line: Int)
        /// There are more than two lines.
        case tooMany
        /// Two keys have one number.
        case sameNumber(UInt8)
    }

    private static let keyText = 43

    /// The keys in the order of the file.
    let all: [ClusterKey]

    /// The keys in `file`.
    package init(file: Span<UInt8>) throws(Problem) {
        var keys: [ClusterKey] = []
        var rest = file
        while !rest.isEmpty {
            guard keys.count < 2 else { throw .tooMany }
            let end = rest.indices.first { rest[$0] == 0x0A } ?? rest.count
            guard let key = Self.read(rest.extracting(first: end)) else { throw .malformed(line: keys.count + 1) }
            if keys.contains(where: { $0.number == key.number }) { throw .sameNumber(key.number) }
            keys.append(key)
            rest = rest.extracting(droppingFirst: min(end + 1, rest.count))
        }
        guard !keys.isEmpty else { throw .empty }
        all = keys
    }

    private static func read(_ line: Span<UInt8>) -> ClusterKey? {
        guard let space = line.indices.first(where: { line[$0] == 0x20 }), (1...3).contains(space),
            let number = readNumber(line.extracting(first: space))
        else { return nil }
        var bytes = InlineArray<32, UInt8>(repeating: 0)
        defer { unsafe withUnsafeMutableBytes(of: &bytes) { unsafe Wipe.zero($0) } }
        var room = bytes.mutableSpan
        let text = line.extracting(droppingFirst: space + 1)
        guard text.count == keyText, Base64URL.decode(text, into: &room) else { return nil }
        return ClusterKey(number: number, bytes: bytes.span)
    }

    private static func readNumber(_ digits: Span<UInt8>) -> UInt8? {
        var number = 0
        for index in digits.indices {
            guard (0x30...0x39).contains(digits[index]) else { return nil }
            number = number * 10 + Int(digits[index] - 0x30)
        }
        return digits.count > 1 && digits[0] == 0x30 ? nil : UInt8(exactly: number)
    }

    /// The check value in the store's root. Each host that joins must have the same one.
    package var check: UInt64 { oldest.check }

    /// The pseudonym of a user in a realm. The names are exact: two that differ in case are two users.
    package func bucket(realm: String, user: String) -> UInt32 {
        oldest.pseudonym(Array(realm.utf8) + [0] + Array(user.utf8))
    }

    /// The pseudonym of a realm.
    package func bucket(realm: String) -> UInt32 { oldest.pseudonym(Array(realm.utf8)) }

    /// The key that seals.
    var first: ClusterKey { all[0] }

    /// The key with this number; nil where the file has none.
    func key(_ number: UInt8) -> ClusterKey? { all.first { $0.number == number } }

    private var oldest: ClusterKey { all.min { $0.number < $1.number } ?? all[0] }
}
