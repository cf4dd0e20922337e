import UsherTestKit

/// The threads that work with a daemon while it is killed.
final class CrashLoad {
    private let scene: CrashScene
    private var threads: [TestThread] = []

    /// Two threads share one library that remembers, as do two with ones of their own; two remember nothing.
    init(_ directory: String, _ scene: CrashScene) {
        self.scene = scene
        let shared = LibraryClient(directory: directory, cache: 4096)
        for _ in 0..<2 { work { shared } }
        for cache in [4096, 64, 0] { work { LibraryClient(directory: directory, cache: cache) } }
        work { RawClient(directory: directory) }
    }

    /// One more thread, which works with the client that `make` returns.
    private func work(_ make: @escaping @Sendable () -> some CrashClient & SendableMetatype) {
        let (number, scene) = (threads.count, scene)
        start {
            var worker = CrashWorker(number: number, client: make(), scene: scene)
            worker.work()
        }
    }

    /// One more thread. It must end soon once the scene is over.
    func start(_ body: @escaping @Sendable () -> Void) { threads.append(TestThread(body)) }

    /// Ends all of them.
    func end() {
        scene.isOver.store(true, ordering: .relaxed)
        for thread in threads { thread.join() }
    }
}
