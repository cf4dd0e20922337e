/// How many pieces of one list have been asked for.
///
/// A daemon may answer with pieces that bring nothing and point to a next one. The bound is far above what the largest
/// ledger takes, and keeps a daemon whose list has no end from keeping its caller for ever.
package struct PieceCount {
    /// Pieces of one list. With 100 sessions a piece this is six times the largest ledger.
    package static let most = 1 << 20
    private var count = 0

    /// A count of none.
    package init() {}

    /// One more piece is asked for.
    package mutating func next() throws(UsherError) {
        count += 1
        if count > Self.most {
            throw UsherError(.protocolViolation, detail: "a list has more than \(Self.most) pieces")
        }
    }
}
