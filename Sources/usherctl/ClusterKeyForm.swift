import CLinux
import UsherPOSIX

/// Whether a file has the form of a cluster's keys: one or two lines of a number from 0 to 255, a blank, and 32 bytes
/// in base64url. What stands there is zeroed afterwards.
enum ClusterKeyForm {
    /// The most that is read: more than two lines have.
    private static let limit = 256
    /// Characters of 32 bytes in base64url.
    private static let keySize = 43

    static func isGood(file path: String) -> Bool {
        guard var bytes = try? SmallFile.prefix(of: path, limit) else { return false }
        defer { unsafe bytes.withUnsafeMutableBytes { unsafe usher_wipe($0.baseAddress, $0.count) } }
        return isGood(bytes.span)
    }

    static func isGood(_ bytes: Span<UInt8>) -> Bool {
        var (at, lines) = (0, 0)
        while at < bytes.count {
            guard let next = line(bytes, at) else { return false }
            (at, lines) = (next, lines + 1)
        }
        return (1...2).contains(lines)
    }

    /// Where the line after the one at `start` begins; nil for a line of another form.
    private static func line(_ bytes: Span<UInt8>, _ start: Int) -> Int? {
        var (at, number) = (start, 0)
        while at < bytes.count, at < start + 3, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[at]) {
            number = 10 * number + Int(bytes[at] - UInt8(ascii: "0"))
            at += 1
        }
        guard at > start, number <= 255, at + 1 + keySize <= bytes.count, bytes[at] == UInt8(ascii: " ") else {
            return nil
        }
        at += 1
        for index in at..<at + keySize where !isOfKey(bytes[index]) { return nil }
        at += keySize
        guard at == bytes.count || bytes[at] == UInt8(ascii: "\n") else { return nil }
        return at + 1
    }

    private static func isOfKey(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
