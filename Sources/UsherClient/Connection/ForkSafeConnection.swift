internal import CLinux
internal import Synchronization

/// Gives the driver of this process: the one of the client, or, in a child of fork(2), a new one made on first use.
///
/// A page that the kernel wipes at fork (MADV_WIPEONFORK, Linux 4.14) tells the child, at the cost of one load a call.
/// The child cannot use what the parent's threads held at the fork (locks, the socket's stream). The child leaves the
/// old driver alone and closes only its copy of the socket, so that the parent's connection ends when the parent ends
/// it. Rejected: comparing getpid(2), a system call of about 100 ns on each call.
@safe final class ForkSafeConnection: @unchecked Sendable {
    /// The words of the page; all zero in a child.
    private struct Words: ~Copyable {
        /// 1 while `driver` is this process' own.
        let isOwn = Atomic<UInt32>(0)
        /// 1 while somebody makes a new driver. It is wiped too, so that it is free in a child.
        let isChanging = Atomic<UInt32>(0)
    }

    private let configuration: ClientConfiguration
    private let isHosted: Bool
    private let page: UnsafeMutableRawPointer?
    private let words: UnsafeMutablePointer<Words>
    private var driver: ConnectionDriver
    private static let pageSize = 4096

    /// Makes the client's first driver; with `isHosted` an event loop of the host program runs it. A fork goes
    /// unnoticed if the kernel cannot wipe a page.
    init(_ configuration: ClientConfiguration, isHosted: Bool = false) {
        self.configuration = configuration
        self.isHosted = isHosted
        driver = ConnectionDriver(configuration, host: isHosted ? HostLoop() : nil)
        let mapped = unsafe mmap(nil, Self.pageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        unsafe page = mapped == UnsafeMutableRawPointer(bitPattern: -1) ? nil : mapped  // MAP_FAILED
        if let page = unsafe page {
            _ = unsafe madvise(page, Self.pageSize, Int32(MADV_WIPEONFORK))
            unsafe words = page.bindMemory(to: Words.self, capacity: 1)
        } else {
            unsafe words = .allocate(capacity: 1)
        }
        unsafe words.initialize(to: Words())
        unsafe words.pointee.isOwn.store(1, ordering: .releasing)
    }

    deinit {
        if unsafe words.pointee.isOwn.load(ordering: .acquiring) == 1 {
            driver.close()
        } else {
            driver.abandonToParent()
        }
        if let page = unsafe page {
            unsafe munmap(page, Self.pageSize)
        } else {
            unsafe words.deallocate()
        }
    }

    /// The driver to use in this process.
    var current: ConnectionDriver {
        if unsafe words.pointee.isOwn.load(ordering: .acquiring) != 1 { reconnectAfterFork() }
        return driver
    }

    /// What this process' driver remembers of `token`. The owner keeps the driver alive, so this call counts no
    /// reference.
    func remembered(_ token: Token, touch: Bool) -> Session? {
        guard unsafe words.pointee.isOwn.load(ordering: .acquiring) == 1 else { return nil }
        return unsafe Unmanaged.passUnretained(driver)._withUnsafeGuaranteedRef { $0.remembered(token, touch: touch) }
    }

    /// As ``remembered(_:touch:)``, of the token that `text` writes.
    func remembered(text: Span<UInt8>, touch: Bool) -> Session? {
        guard unsafe words.pointee.isOwn.load(ordering: .acquiring) == 1 else { return nil }
        return unsafe Unmanaged.passUnretained(driver)._withUnsafeGuaranteedRef {
            $0.remembered(text: text, touch: touch)
        }
    }

    private func reconnectAfterFork() {
        while unsafe !words.pointee.isChanging.compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged
        {
            sched_yield()
        }
        if unsafe words.pointee.isOwn.load(ordering: .acquiring) != 1 {
            driver.abandonToParent()
            driver = ConnectionDriver(configuration, host: isHosted ? HostLoop() : nil)
            unsafe words.pointee.isOwn.store(1, ordering: .releasing)
        }
        unsafe words.pointee.isChanging.store(0, ordering: .releasing)
    }
}

extension ConnectionDriver {
    /// In a child of fork(2): leaves the driver, which belongs to the parent. Closes only the socket's descriptor, so
    /// that the parent's connection ends when the parent ends it.
    ///
    /// The driver is never freed here. Its locks may be held by threads that this process does not have. Other memory
    /// may lie where the parent's board was mapped. Freeing the socket would shut it down for the parent too.
    func abandonToParent() {
        _ = unsafe Unmanaged.passRetained(self)
        SocketMark(word: mark.load(ordering: .sequentiallyConsistent)).close()
    }
}
