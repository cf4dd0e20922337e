/// Bytes as changes of an image: an octet says where, the next ones which and how; what is missing is zero.
struct Damage {
    private let bytes: [UInt8]
    private var at = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = Array(bytes) }

    /// Whether all bytes were taken.
    var isOver: Bool { at >= bytes.count }

    mutating func byte() -> UInt8 {
        defer { at += 1 }
        return at < bytes.count ? bytes[at] : 0
    }

    /// A number of `size` bytes: a small or extreme one more often than any.
    mutating func number(_ size: Int, before: UInt64) -> UInt64 {
        switch byte() % 10 {
        case 0: return UInt64(byte())
        case 1: return .max
        case 2: return 1 << 31 | UInt64(byte())
        case 3: return before &+ 1
        case 4: return before &- 1
        case 5: return before ^ 1 << UInt64(byte() & 63)
        case 6: return 1 << UInt64(byte() & 63)
        case 7: return before &+ UInt64(byte())
        default: return (0..<size).reduce(0) { word, _ in word << 8 | UInt64(byte()) }
        }
    }

    /// Changes `image`, which consists of `areas`, until the bytes are over.
    mutating func apply(to image: [Area]) {
        while !isOver {
            let area = image[Int(byte()) % image.count]
            guard area.count > 0 else { continue }
            let unit = area.unit(Int(byte()))
            if byte() % 8 == 0 {
                unit.copyMemory(from: UnsafeRawBufferPointer(area.unit(Int(byte()))))
            } else {
                change(unit)
            }
        }
    }

    private mutating func change(_ unit: UnsafeMutableRawBufferPointer) {
        let size = [4, 4, 8, 2, 1][Int(byte()) % 5]
        let offset = Int(byte()) * size % (unit.count / size * size)
        let before = (0..<size).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64(unit[offset + $1]) }
        let after = number(size, before: before)
        for index in 0..<size { unit[offset + index] = UInt8(truncatingIfNeeded: after >> UInt64(8 * index)) }
    }
}

/// A part of an image in units of one size.
struct Area {
    let bytes: UnsafeMutableRawBufferPointer
    let unitSize: Int

    init(_ image: UnsafeMutableRawBufferPointer, from start: Int, count: Int, of unitSize: Int) {
        let end = min(start + count * unitSize, image.count)
        bytes = UnsafeMutableRawBufferPointer(rebasing: image[min(start, end)..<end])
        self.unitSize = unitSize
    }

    var count: Int { bytes.count / unitSize }

    func unit(_ number: Int) -> UnsafeMutableRawBufferPointer {
        let start = number % count * unitSize
        return UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + unitSize])
    }
}
