package import UsherSecrets

/// `session.touch`: up to 1,000 tokens, all of them checked.
package struct TouchParams: Sendable {
    private var array: Range<Int> = 0..<0
    /// How many tokens there are.
    package private(set) var count = 0

    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(request, bytes)
        while let key = try members.next(bytes) {
            if try members.matches(key, "tokens", 0, bytes) {
                try readTokens(&members.reader, bytes)
            }
        }
        guard members.has(0) else { throw .invalidParams }
    }

    private mutating func readTokens(_ reader: inout JSONReader, _ bytes: Span<UInt8>) throws(Refusal) {
        _ = try reader.peek(bytes)
        let start = reader.position
        try reader.enterArray(bytes)
        while try reader.nextElement(bytes) {
            _ = try reader.token(bytes)
            count += 1
            guard count <= WireLimit.tokens else { throw .tooLarge }
        }
        array = start..<reader.position
    }

    /// Lends each token in order. `bytes` are the request's.
    package func forEachToken(in bytes: Span<UInt8>, _ body: (borrowing SessionToken) -> Void) {
        var reader = JSONReader(array, depth: 2)
        do throws(Refusal) {
            try reader.enterArray(bytes)
            while try reader.nextElement(bytes) { body(try reader.token(bytes)) }
        } catch {
            preconditionFailure("these are not the bytes that were checked")
        }
    }
}

extension FrameBuffer {
    /// Starts `session.touch`: write up to 1,000 tokens with `value`, then `endTouch`.
    package mutating func beginTouch(id: Int64) {
        beginRequest(.touch, id: id)
        key("tokens")
        beginArray()
    }

    /// Ends `session.touch`.
    package mutating func endTouch() -> Ending {
        endArray()
        return endRequest()
    }
}
