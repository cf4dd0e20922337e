internal import UsherWire

/// A call whose frame is written, and how its result is read.
package struct Call<Result: Sendable>: Sendable {
    /// Reads a result from its bytes, knowing where it came from.
    typealias Reading = @Sendable (Span<UInt8>, PendingCall.Source) throws(Refusal) -> Result

    let driver: ConnectionDriver
    let call: PendingCall
    let read: Reading

    /// The result, or the error that the call failed with. A result that cannot be read ends the connection: its peer
    /// does not follow the protocol.
    func result() throws(UsherError) -> Result {
        switch call.outcome {
        case nil: throw UsherError(.closed)
        case .failure(let error): throw error
        case .answer(let bytes, let source):
            do throws(Refusal) {
                return try bytes.withBytes { (result) throws(Refusal) in try read(result, source) }
            } catch {
                driver.reject(source.connection)
                throw UsherError(.protocolViolation)
            }
        }
    }

    /// Sends it and blocks until it is answered.
    package func wait() throws(UsherError) -> Result {
        driver.wait(for: call)
        return try result()
    }

    /// Sends it and suspends until it is answered.
    func answer() async throws(UsherError) -> Result {
        await driver.outcome(of: call)
        return try result()
    }
}

extension Span<UInt8> {
    /// All of it, as the readers of results want it.
    var all: Range<Int> { 0..<count }
}

extension ConnectionDriver {
    /// The rules by which a call is sent and fails.
    struct CallRules {
        /// Whether it may be sent a second time when the first may have taken effect.
        var repeatable = true
        /// Whether it waits for the configuration's `patience` for a daemon that is away, not just for
        /// `requestPatience`.
        var isPatient = false
        /// When the caller stops waiting; nil: after the configuration's `deadline`, from now.
        var deadline: MonotonicInstant?
        /// The only connection that the call may be sent on, if any.
        var connection: UInt64?
        var compensation = PendingCall.Compensation.none
        /// Whether its parameters may need a whole frame, and not just a page of memory.
        var isLarge = false

        /// May be sent twice.
        static var idempotent: Self { Self() }
        /// May be sent once.
        static var once: Self { Self(repeatable: false) }
    }

    /// Writes a request. Throws `tooLarge`, and sends nothing, if it does not fit a frame.
    func prepareCall(
        _ rules: CallRules, _ write: (inout FrameBuffer, Int64) -> FrameBuffer.Ending
    ) throws(UsherError) -> PendingCall {
        let id = takeID()
        var frame = FrameBuffer(capacity: rules.isLarge ? WireLimit.header + WireLimit.frame : 4096)
        guard write(&frame, id) == .written else { throw UsherError(.tooLarge) }
        return PendingCall(
            id: id, frame: frame, deadline: rules.deadline ?? .now + configuration.deadline,
            repeatable: rules.repeatable, isPatient: rules.isPatient, connection: rules.connection,
            compensation: rules.compensation)
    }

    /// Writes a request and says how its result is read.
    func prepare<Result>(
        _ rules: CallRules, _ write: (inout FrameBuffer, Int64) -> FrameBuffer.Ending,
        read: @escaping Call<Result>.Reading
    ) throws(UsherError) -> Call<Result> {
        Call(driver: self, call: try prepareCall(rules, write), read: read)
    }

    /// Ends the connection of that number, if it is still the one in use.
    func reject(_ connection: UInt64) {
        update { state, now in
            if state.core.connection == connection { loseConnection(&state, at: now) }
        }
    }
}
