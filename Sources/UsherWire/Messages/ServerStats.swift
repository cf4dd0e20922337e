/// `server.stats`.
package enum Stats {
    /// Name and figure, in the daemon's order.
    package static func read(_ result: Range<Int>, in bytes: Span<UInt8>) throws(Refusal) -> [Figure] {
        var reader = JSONReader(result, depth: 1)
        return try reader.figures(bytes)
    }
}
