internal import CLinux

/// The host of an origin in the one text that browsers write it in (WHATWG URL, section 3.5, "host serializer").
enum Host {
    /// The canonical text of the bytes: small letters, no dot at the end, IPv6 in brackets and compressed. Nil where
    /// they name no host: percent-encoding, characters beyond ASCII and IPv4 in unusual forms are not read.
    static func canonical(_ text: Span<UInt8>) -> String? {
        guard !text.isEmpty else { return nil }
        if text[0] == UInt8(ascii: "[") {
            guard text.count > 2, text[text.count - 1] == UInt8(ascii: "]") else { return nil }
            return address(text.extracting(1..<text.count - 1)).map { "[" + $0 + "]" }
        }
        let end = text[text.count - 1] == UInt8(ascii: ".") ? text.count - 1 : text.count
        let name = text.extracting(first: end).lowercased
        return isName(name.utf8Span.span) ? name : nil
    }

    /// Labels of letters, digits, `-` and `_`, of at most 63 bytes, 253 in all (RFC 1035, section 2.3.4). A name whose
    /// last label begins with a digit is an IPv4 address or nothing.
    private static func isName(_ name: Span<UInt8>) -> Bool {
        var last = 0..<0
        var isGood = name.count <= 253
        name.forEachPart(of: 0..<name.count, separatedBy: UInt8(ascii: ".")) { label in
            isGood = isGood && 1...63 ~= label.count && label.allSatisfy { isInLabel(name[$0]) }
            last = label
        }
        guard isGood, name[last.lowerBound].isDigit else { return isGood }
        return isIPv4(name)
    }

    private static func isInLabel(_ byte: UInt8) -> Bool {
        byte.isAlphanumeric || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }

    /// Dotted decimal without leading zeros.
    private static func isIPv4(_ name: Span<UInt8>) -> Bool {
        var address = in_addr()
        return unsafe name.withTerminated { unsafe inet_pton(AF_INET, $0, &address) } == 1
    }

    /// The text of an IPv6 address: eight pieces, the first of the longest runs of two or more zeros left out.
    private static func address(_ text: Span<UInt8>) -> String? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let isRead = unsafe text.withTerminated { unsafe inet_pton(AF_INET6, $0, &bytes) } == 1
        guard isRead else { return nil }
        let pieces = (0..<8).map { UInt16(bytes[2 * $0]) << 8 | UInt16(bytes[2 * $0 + 1]) }
        let texts = pieces.map { String($0, radix: 16) }
        guard let run = longestRun(pieces) else { return texts.joined(separator: ":") }
        return texts[..<run.lowerBound].joined(separator: ":") + "::" + texts[run.upperBound...].joined(separator: ":")
    }

    private static func longestRun(_ pieces: [UInt16]) -> Range<Int>? {
        var longest = 0..<1
        for start in pieces.indices {
            let end = pieces[start...].firstIndex { $0 != 0 } ?? pieces.endIndex
            if end - start > longest.count { longest = start..<end }
        }
        return longest.count > 1 ? longest : nil
    }
}

extension Span<UInt8> {
    /// The bytes as a text in small letters. Bytes beyond ASCII may change: a caller must refuse such a text.
    fileprivate var lowercased: String { String(decoding: indices.map { self[$0].lowercased }, as: UTF8.self) }

    /// Lends the bytes as a string of C, or an empty one if they contain a NUL, which would cut them short.
    fileprivate func withTerminated<R>(_ body: (UnsafePointer<CChar>) -> R) -> R {
        let bytes = indices.map { CChar(bitPattern: self[$0]) }
        let text = bytes.contains(0) ? [0] : bytes + [0]
        return unsafe text.withUnsafeBufferPointer { text in
            guard let start = text.baseAddress else { preconditionFailure("it has its NUL") }
            return unsafe body(start)
        }
    }
}
