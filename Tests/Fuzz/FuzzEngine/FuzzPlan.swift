/// What happens next to the engine.
enum FuzzStep {
    /// A peer sends a frame with this body.
    case frame(peer: Int, [UInt8])
    /// The header of a peer's frame is refused.
    case invalidLength(peer: Int)
    /// A peer goes, and another of that uid comes.
    case reconnect(peer: Int, uid: UInt32)
    /// The broker sends a datagram.
    case datagram([UInt8])
    /// The broker reports on the `recent`-latest transaction.
    case report(recent: Int, FuzzReport)
    /// The connection to the broker is lost; from then on it can be reached, or not.
    case brokerLost(isThere: Bool)
    /// Time passes, in milliseconds.
    case wait(Int64)
    /// Time passes until the engine has something to do.
    case tick
    /// The daemon is told to end.
    case drain
}

/// A report of the broker that fits the login's state more often than random bytes would.
enum FuzzReport {
    case success(user: String, uid: UInt32?)
    case refusal(phase: UInt8, code: Int32)
    case challenge(purpose: UInt8, prompts: Int, style: UInt8, length: Int)
    case failure(UInt8)
    /// A survey in which every name has this digest, or one that could not be made.
    case survey(digest: UInt8)
    /// Files have changed.
    case change(UInt8)
}

/// Bytes as steps: an octet says which, the next ones its parameters; what is missing is zero.
///
/// Bodies of frames are text, in which octets 1 to 6 stand for what the engine has given out (`FuzzWorld.expanded`).
struct FuzzPlan {
    private let bytes: [UInt8]
    private var at = 0
    private var steps = 0

    /// Steps of one input: enough for every table of the engine to be full.
    private static let maximumSteps = 300

    init(_ bytes: UnsafeBufferPointer<UInt8>) { unsafe self.bytes = Array(bytes) }

    private mutating func byte() -> UInt8 {
        guard at < bytes.count else { return 0 }
        defer { at += 1 }
        return bytes[at]
    }

    private mutating func word() -> Int { Int(byte()) << 8 | Int(byte()) }

    private mutating func block() -> [UInt8] {
        let count = min(word(), bytes.count - at)
        defer { at += count }
        return Array(bytes[at..<at + count])
    }

    mutating func next() -> FuzzStep? {
        steps += 1
        guard at < bytes.count, steps <= Self.maximumSteps else { return nil }
        let kind = byte()
        let high = kind >> 4
        switch kind & 15 {
        case 0, 1, 2, 3: return .frame(peer: Int(kind & 1), block())
        case 4: return .invalidLength(peer: Int(high & 1))
        case 5: return .reconnect(peer: Int(high & 1), uid: 1000 + UInt32(high >> 1))
        case 6: return .datagram(block())
        case 7: return .report(recent: Int(high), .success(user: name(), uid: high & 8 == 0 ? 1000 : nil))
        case 8: return .report(recent: Int(high), .refusal(phase: byte(), code: Int32(Int8(bitPattern: byte()))))
        case 9:
            return .report(
                recent: Int(high),
                .challenge(purpose: byte(), prompts: Int(byte() % 40), style: byte(), length: word()))
        case 10: return .report(recent: Int(high), .failure(byte()))
        case 11: return .brokerLost(isThere: high & 1 == 0)
        case 12: return .wait(Int64(word()) << Int64(high))
        case 13, 14: return .tick
        default:
            switch high {
            case 15: return .drain
            case 14: return .report(recent: 0, .change(byte()))
            case 13, 12: return .report(recent: Int(high) - 12, .survey(digest: byte()))
            default: return .tick
            }
        }
    }

    private mutating func name() -> String {
        let names = ["ann", "bob", "root", "Ann", "a\u{301}nn", String(repeating: "n", count: 256), "-", ""]
        return names[Int(byte() % 8)]
    }
}
