internal import CLinux

// What either reader does: wait, take a turn, wait again.
extension ConnectionDriver {
    /// Performs what the role asks for.
    func performRole(_ state: inout State) {
        for action in state.role.takeActions() {
            switch action {
            case .startResident: if startThread() { state.role.residentStarted() }
            case .wakeResident: residentWake.signal()
            case .wakeCaller: callerWake.signal()
            }
        }
    }

    /// Reads until `call` has its outcome, beginning with a wait for `first`.
    func read(until call: PendingCall, waitingFor first: ReaderRole.Watch) {
        var watch: ReaderRole.Watch? = first
        while let current = watch {
            let isReady = poll(current, callerWake)
            watch = turn(as: .caller, isReady: isReady, until: call)
        }
    }

    /// One turn of the reader: takes what came, when `isReady`, lets time pass, and says what to wait for next; nil
    /// when `reader` does not have the role (any more).
    func turn(as reader: ReaderRole.Reader, isReady: Bool, until call: PendingCall? = nil) -> ReaderRole.Watch? {
        update { state, now in
            noticeTouches(&state, at: now)
            guard state.role.beginTurn(as: reader, isNeeded: isReaderNeeded(state)) else { return nil }
            if isReady { receive(&state, at: now) }
            tellTouches(&state, at: now)
            state.core.timePassed(at: now)
            perform(&state, at: now)
            if let call, call.outcome != nil {
                state.role.callerLeft(isNeeded: isReaderNeeded(state))
                return nil
            }
            return state.role.endTurn(waitingFor: needed(state))
        }
    }

    /// Milliseconds until `instant` as poll(2) takes them, -1 for ever; at most 100 for a reader that cannot be woken.
    static func timeout(until instant: MonotonicInstant, canBeWoken: Bool) -> Int32 {
        let timeout = instant == .never ? -1 : MonotonicInstant.now.milliseconds(until: instant)
        return canBeWoken || 0...100 ~= timeout ? timeout : 100
    }

    /// poll(2) for `watch`; true when the socket has something.
    func poll(_ watch: ReaderRole.Watch, _ wake: WakeUp) -> Bool {
        let events = Int16(POLLIN | (watch.wantsOutput ? POLLOUT : 0))
        var polled = (
            pollfd(fd: watch.descriptor, events: events, revents: 0),
            pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0)
        )
        let timeout = Self.timeout(until: watch.until, canBeWoken: wake.descriptor >= 0)
        let ready = unsafe withUnsafeMutableBytes(of: &polled) {
            unsafe CLinux.poll($0.baseAddress?.assumingMemoryBound(to: pollfd.self), 2, timeout)
        }
        guard ready > 0 else { return false }
        if polled.1.revents != 0 { wake.clear() }
        return polled.0.revents != 0
    }
}

// The driver's own thread: reads while it has the role, sleeps while another has it.
extension ConnectionDriver {
    /// pthread_create(3); false when that fails. The thread takes no signals: those are the application's.
    private func startThread() -> Bool {
        var all = sigset_t()
        var before = sigset_t()
        unsafe sigfillset(&all)
        unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        let driver = unsafe Unmanaged.passRetained(self)
        let failed = unsafe pthread_create(&thread, nil, runDriver, driver.toOpaque())
        guard failed == 0 else {
            unsafe driver.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    /// The thread's life, until the driver is closed.
    fileprivate func run() {
        let parked = ReaderRole.Watch(descriptor: -1, connection: 0, wantsOutput: false, until: .never)
        var isReady = false
        while !state.withLock({ $0.isClosed }) {
            let watch = turn(as: .resident, isReady: isReady)
            isReady = poll(watch ?? parked, residentWake)
        }
    }
}

private func runDriver(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    let driver = unsafe Unmanaged<ConnectionDriver>.fromOpaque(context).takeRetainedValue()
    driver.run()
    return nil
}
