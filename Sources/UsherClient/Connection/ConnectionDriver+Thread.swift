internal import CLinux

// The driver's own thread: drives while it has the role, sleeps while another has it.
extension ConnectionDriver {
    /// pthread_create(3), once; true when there is a thread. It takes no signals: those are the application's.
    func startThread(_ state: inout State) -> Bool {
        if state.hasThread { return true }
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
        state.hasThread = true
        return true
    }

    /// The thread's life, until the driver is closed.
    fileprivate func run() {
        let parked = Sleep(descriptor: -1, connection: 0, wantsOutput: false, until: .never)
        var ready = false
        while !state.withLock({ $0.isClosed }) {
            let sleep = drive(as: .thread, ready: ready)
            ready = poll(sleep ?? parked, threadWake)
        }
    }
}

private func runDriver(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    let driver = unsafe Unmanaged<ConnectionDriver>.fromOpaque(context).takeRetainedValue()
    driver.run()
    return nil
}
