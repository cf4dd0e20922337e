/// Sweeps: behind an end of all the store removes the sessions of that user, piece by piece. Nothing waits for that: it
/// is given up with the connection, and after more pieces than the sessions of a user need.
extension ClusterHost {
    /// Has the ended sessions of a user removed, once those of the users before are. A sweep that has begun may have
    /// passed what this end has ended; one that has not begun is enough for both ends.
    mutating func sweep(_ bucket: UInt32) {
        let waiting = sweeps.buckets.dropFirst()
        guard !waiting.contains(bucket), waiting.count < limits.sweptUsers else { return }
        sweeps.buckets.append(bucket)
        sweepNext()
    }

    /// Calls for the next piece, if no call is under way and the pause is over.
    mutating func sweepNext() {
        guard let bucket = sweeps.buckets.first, sweeps.sent == nil, now >= sweeps.next else { return }
        sweeps.sent = now
        _ = send(.sweep(bucket: bucket, cursor: sweeps.cursor), for: .sweep, isConfirmed: false)
    }

    mutating func takeSweep(_ reply: StoreReply) {
        guard let sent = sweeps.sent else { return }
        sweeps.sent = nil
        sweeps.pieces += 1
        if case .swept(let next) = reply, next > 0, sweeps.pieces < limits.sweepCapacity {
            sweeps.cursor = next
        } else {
            sweeps.buckets.removeFirst()
            (sweeps.cursor, sweeps.pieces) = (0, 0)
        }
        // At most a quarter of the store's time.
        sweeps.next = now + now.since(sent).scaled(percent: 300)
        timers.add(.sweep, at: sweeps.next)
    }

    mutating func loseSweeps() { sweeps = Sweeps() }
}

/// The sweeps of a host, one call at a time.
struct Sweeps: Sendable {
    /// The users whose sessions are to be swept, the one under way first.
    var buckets: [UInt32] = []
    /// Where the next piece of the first one begins, and how many pieces of it have been swept.
    var cursor: UInt64 = 0, pieces = 0
    /// When the call under way was sent; nil: none is.
    var sent: BootInstant?
    /// No call is made before this instant.
    var next = BootInstant.boot
}
