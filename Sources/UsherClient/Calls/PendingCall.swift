internal import UsherWire

/// One call from its frame to its outcome. Its variables change under the driver's lock alone; once `outcome` is set
/// and the caller was woken, only the caller reads it.
@safe final class PendingCall: @unchecked Sendable {
    /// Who waits.
    enum Waiter {
        /// Nobody, or the thread that drives the connection itself.
        case nobody
        case task(CheckedContinuation<Void, Never>)
        case thread(Semaphore)
        /// The host program's event loop, and the completion that it runs.
        case host(HostLoop, @Sendable () -> Void)
    }

    /// What must follow when the answer comes after the caller has left.
    enum Compensation: Sendable {
        case none
        /// A login in progress is cancelled. The session of a login that succeeded is revoked, because nobody has its
        /// token.
        case endLogin
        /// The new session is revoked: nobody has its token.
        case endSession
    }

    /// Where an answer came from.
    struct Source: Sendable {
        /// The connection that it came on.
        let connection: UInt64
        /// The board that was attached on it by then.
        let board: BoardMap?
    }

    /// How the call ended.
    enum Outcome: Sendable {
        /// The result of the answer, and where it came from.
        case answer(AnswerBytes, Source)
        case failure(UsherError)
    }

    let id: Int64
    /// Its frame, header included; wiped when it ends.
    var frame: FrameBuffer
    let terms: ConnectionCore<PendingCall>.Terms
    let compensation: Compensation
    var waiter = Waiter.nobody
    var outcome: Outcome?

    /// A call whose whole frame is `frame`.
    init(
        id: Int64, frame: consuming FrameBuffer, deadline: MonotonicInstant, repeatable: Bool, isPatient: Bool = false,
        connection: UInt64? = nil, compensation: Compensation = .none
    ) {
        self.id = id
        self.compensation = compensation
        terms = .init(
            deadline: deadline, repeatable: repeatable, isPatient: isPatient, connection: connection, size: frame.count)
        self.frame = frame
    }

    /// The kernel has the whole frame: what cannot be sent again is zeroed.
    func leftWhole() {
        if !terms.repeatable { frame.wipe() }
    }

    /// Wakes the waiter; called without the lock.
    func wake() {
        switch waiter {
        case .nobody: return
        case .task(let continuation): continuation.resume()
        case .thread(let semaphore): semaphore.post()
        case .host(let loop, let completion):
            waiter = .nobody  // the completion holds this call
            loop.append(completion)
        }
    }
}
