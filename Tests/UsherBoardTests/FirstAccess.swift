import CLinux

/// Lets a test act at the very load by which other code first reads a page.
enum FirstAccess {
    nonisolated(unsafe) private static var armed: (page: UnsafeMutableRawPointer, reaction: () -> Void)?

    /// Runs `body`. At its first access to the page at `page`, before the access has its result, `reaction` runs: the
    /// page has no rights until then (mprotect(2)), and SIGSEGV stops the access. One test at a time.
    static func to<R>(
        _ page: UnsafeMutableRawPointer, _ reaction: @escaping () -> Void, during body: () -> R
    ) -> R {
        armed = (page, reaction)
        var action = sigaction()
        var before = sigaction()
        action.__sigaction_handler.sa_handler = { _ in FirstAccess.react() }
        sigaction(SIGSEGV, &action, &before)
        mprotect(page, 4096, PROT_NONE)
        let result = body()
        mprotect(page, 4096, PROT_READ | PROT_WRITE)
        sigaction(SIGSEGV, &before, nil)
        return result
    }

    /// The handler of SIGSEGV. The access is repeated after it; one elsewhere is a fault of the program, and ends it.
    private static func react() {
        guard let (page, reaction) = armed else {
            var fatal = sigaction()
            sigaction(SIGSEGV, &fatal, nil)
            return
        }
        armed = nil
        mprotect(page, 4096, PROT_READ | PROT_WRITE)
        reaction()
    }
}
