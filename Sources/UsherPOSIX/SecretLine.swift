internal import CLinux

/// Lines with secrets.
package enum SecretLine {
    /// What came of reading a line.
    package enum Outcome: Equatable, Sendable {
        /// A whole line, or the bytes before the end of the input.
        case line
        /// The input has ended before it.
        case end
        /// There was no room for a byte of it.
        case tooLong
    }

    /// Gives each byte of the next line of `descriptor` to `append`, which returns false where there is no room; the
    /// line feed is not given. Reads byte by byte, so that nothing is taken of what follows the line and no buffer keeps
    /// a copy (read(2)).
    package static func read(from descriptor: CInt, append: (UInt8) -> Bool) -> Outcome {
        var isEmpty = true
        while let byte = readByte(from: descriptor) {
            if byte == UInt8(ascii: "\n") { return .line }
            guard append(byte) else { return .tooLong }
            isEmpty = false
        }
        return isEmpty ? .end : .line
    }

    /// Nil at the end of the input.
    private static func readByte(from descriptor: CInt) -> UInt8? {
        var byte: UInt8 = 0
        var got = unsafe CLinux.read(descriptor, &byte, 1)
        while got < 0, usher_errno() == EINTR { got = unsafe CLinux.read(descriptor, &byte, 1) }
        return got == 1 ? byte : nil
    }
}
