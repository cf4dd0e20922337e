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

    /// Gives each byte of the next line of `descriptor`, without the line feed, to `append`, which returns false if
    /// there is no room. Reads byte by byte (read(2)), so that the bytes behind the line stay unread and no buffer
    /// keeps a copy.
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
