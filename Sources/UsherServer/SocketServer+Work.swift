/// What is charged to the owner of a connection, in the unit of ``TurnScheduler/Budget``.
///
/// The bytes of a usual request pay for its handling in advance. Shorter frames, long answers, and the work that the
/// handler reports beyond a usual frame are charged after the handling: a hundred bytes may ask for anything. The
/// amounts are estimates: a flood of the shortest frames cost 0.7 microseconds a frame, a flood of pings 1.2, system
/// calls included.
enum Work {
    /// A connection that is served: epoll_wait(2), recv(2) and send(2).
    static let service = 3000
    /// A connection that ends: close(2), and the handler's state of it.
    static let end = 20_000
    /// A caller, before it is known whether there is a place: accept4(2), getsockopt(2), and the refusal.
    static let refusedCaller = 5000
    /// A caller who is taken in: its groups, its policy, and epoll_ctl(2).
    static let caller = 15_000
    /// A byte received.
    static let byte = 7
    /// A frame.
    static let frame = 500
    /// A frame of a client without a role: most are refused, with an error that says why and an entry in the journal.
    static let refusal = 2500
    /// Bytes of an answer that ``frame`` includes; each further byte counts 1.
    static let answer = 512
}

extension SocketServer {
    /// The work that frames may do now, beyond what was charged in advance.
    func allowance(of connection: Connection) -> Int {
        guard let lane = connection.lane, !isTakingLast || lane !== peers else { return .max }
        return lane.scheduler.allowance(of: connection.account)
    }

    /// Notes that the frames of a connection have used what its owner may do in this turn.
    func overdraw(_ connection: Connection) { connection.lane?.scheduler.overdraw(connection.account) }

    /// Whether frames of this connection that were received wait for another turn.
    func isOverdrawn(_ connection: Connection) -> Bool {
        guard let lane = connection.lane, !isTakingLast || lane !== peers else { return false }
        return lane.scheduler.isOverdrawn(connection.account)
    }

    func charge(_ work: Int, to connection: Connection) {
        connection.lane?.scheduler.charge(work, to: connection.account)
    }
}
