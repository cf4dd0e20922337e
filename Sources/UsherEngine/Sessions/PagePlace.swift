internal import UsherCluster
internal import UsherSessions

/// Where a page of `session.list` begins, as its cursor says.
enum PagePlace: Equatable {
    /// This host's own sessions behind a slot: its decimal number.
    case own(ListCursor)
    /// Sessions of a user in a shared realm, by the realm's pseudonym, from a place of the store's index on, which
    /// stands in the epoch of that ordinal alone: `sREALM-ORDINAL-CURSOR-TAG`, hexadecimal.
    case shared(UInt32, ListPlace, ordinal: UInt64)
    /// The copies that this host has of such sessions, because the store could not be asked: `cREALM-SLOT`.
    case copies(UInt32, ListCursor)

    /// The place that a cursor names; nil where it is none.
    init?(_ text: String) {
        if let slot = UInt32(text) {
            self = .own(ListCursor(slot: slot))
            return
        }
        let parts = text.dropFirst().utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts[0].count == 8, let realm = UInt32(Self.text(parts[0]), radix: 16) else { return nil }
        switch text.utf8.first {
        case UInt8(ascii: "s"):
            let numbers = parts.dropFirst().compactMap { $0.count == 16 ? UInt64(Self.text($0), radix: 16) : nil }
            guard parts.count == 4, numbers.count == 3, numbers[1] <= Self.most else { return nil }
            self = .shared(realm, ListPlace(cursor: numbers[1], after: SessionTag(numbers[2])), ordinal: numbers[0])
        case UInt8(ascii: "c"):
            guard parts.count == 2, let slot = UInt32(Self.text(parts[1])) else { return nil }
            self = .copies(realm, ListCursor(slot: slot))
        default: return nil
        }
    }

    private static func text(_ bytes: Substring.UTF8View) -> String { String(decoding: bytes, as: UTF8.self) }

    /// The greatest cursor that the store takes.
    private static let most: UInt64 = 1 << 53 - 1

    /// The cursor, at most 60 bytes.
    var text: [UInt8] {
        switch self {
        case .own(let cursor): Array(String(cursor.slot).utf8)
        case .shared(let realm, let place, let ordinal):
            [UInt8(ascii: "s")] + Self.digits(UInt64(realm), 8)
                + [ordinal, place.cursor, place.after.value].flatMap { [UInt8(ascii: "-")] + Self.digits($0, 16) }
        case .copies(let realm, let cursor):
            [UInt8(ascii: "c")] + Self.digits(UInt64(realm), 8) + [UInt8(ascii: "-")] + String(cursor.slot).utf8
        }
    }

    private static func digits(_ number: UInt64, _ width: Int) -> [UInt8] {
        let digits = String(number, radix: 16).utf8
        return [UInt8](repeating: UInt8(ascii: "0"), count: width - digits.count) + digits
    }
}
