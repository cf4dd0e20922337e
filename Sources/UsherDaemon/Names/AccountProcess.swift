internal import CLinux
internal import Synchronization
internal import UsherNames
internal import UsherPOSIX

/// The process that ``AccountLookup`` starts: it asks whatever nsswitch.conf(5) names, which may take its time, hang or
/// crash.
///
/// Each name is asked in a thread of its own, so that one whom a directory keeps waiting delays no other.
package enum AccountProcess {
    /// Threads, the first one included; of more names than that, those behind wait until one is done.
    private static let threads = 64
    /// After that many seconds it ends by itself, should nobody have ended it; more than ``AccountLookup/patience``.
    private static let longest: UInt32 = 30

    private final class Work: Sendable {
        let names: [AccountName]
        let next = Atomic(0)

        init(_ names: [AccountName]) { self.names = names }

        func run() {
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < names.count else { return }
                let (code, found) = AccountProcess.ask(names[index])
                AccountMessage.send(index, code: code, found: found, on: AccountMessage.descriptor)
            }
        }
    }

    /// Answers each of `arguments` on descriptor 3; false where one is no name.
    package static func run(_ arguments: [String]) -> Bool {
        usher_set_cloexec(AccountMessage.descriptor, 1)
        alarm(longest)
        let names = arguments.compactMap(AccountMessage.name)
        guard names.count == arguments.count else { return false }
        let work = Work(names)
        let threads = names.dropFirst().prefix(Self.threads - 1).compactMap { _ in thread(work) }
        work.run()
        for thread in threads { pthread_join(thread, nil) }
        return true
    }

    private static let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        guard let context = unsafe context else { return nil }
        unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run()
        return nil
    }

    private static func thread(_ work: Work) -> pthread_t? {
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(work)
        let result = unsafe pthread_create(&thread, nil, body, context.toOpaque())
        if result != 0 { unsafe context.release() }
        return result == 0 ? thread : nil
    }

    /// Asks for `name`: the error number, 0 for none, and the uid or gid, nil if there is nobody.
    private static func ask(_ name: AccountName) -> (code: CInt, found: UInt32?) {
        switch name.kind {
        case .user: answer(AccountDatabase.user(named: name.name)) { $0.uid }
        case .group: answer(AccountDatabase.group(named: name.name)) { $0 }
        }
    }

    private static func answer<Entry>(
        _ answer: AccountDatabase.Answer<Entry>, number: (Entry) -> UInt32
    ) -> (code: CInt, found: UInt32?) {
        switch answer {
        case .found(let entry): (0, number(entry))
        case .none: (0, nil)
        case .failed(let code): (code, nil)
        }
    }
}
