import CLinux
import Synchronization
import UsherNames
import UsherPOSIX

/// Asks the account database for names, and sends each answer on its way as it comes.
///
/// Each name is asked in a thread of its own, so that one whom a directory keeps waiting delays no other.
final class NameLookup: Sendable {
    /// Threads, the first one included; of more names than that, those behind wait until one is done.
    private static let threads = 64

    private let names: [AccountName]
    private let next = Atomic(0)

    private init(_ names: [AccountName]) { self.names = names }

    /// Answers each of `names` on descriptor 3.
    static func run(_ names: [AccountName]) {
        let lookup = NameLookup(names)
        let threads = names.dropFirst().prefix(threads - 1).compactMap { _ in lookup.thread() }
        lookup.work()
        for thread in threads { pthread_join(thread, nil) }
    }

    private func work() {
        while true {
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard index < names.count else { return }
            Self.send(Self.answer(to: names[index], at: index))
        }
    }

    private static let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        guard let context = unsafe context else { return nil }
        unsafe Unmanaged<NameLookup>.fromOpaque(context).takeRetainedValue().work()
        return nil
    }

    private func thread() -> pthread_t? {
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(self)
        let result = unsafe pthread_create(&thread, nil, Self.body, context.toOpaque())
        if result != 0 { unsafe context.release() }
        return result == 0 ? thread : nil
    }

    private static func answer(to name: AccountName, at index: Int) -> AccountMessage {
        switch name.kind {
        case .user: message(index, AccountDatabase.user(named: name.name)) { $0.uid }
        case .group: message(index, AccountDatabase.group(named: name.name)) { $0 }
        }
    }

    private static func message<Entry>(
        _ index: Int, _ answer: AccountDatabase.Answer<Entry>, number: (Entry) -> UInt32
    ) -> AccountMessage {
        switch answer {
        case .found(let entry): AccountMessage(index: index, .found, value: number(entry))
        case .none: AccountMessage(index: index, .none)
        case .failed(let code): AccountMessage(index: index, .failed, value: UInt32(bitPattern: code))
        }
    }

    private static func send(_ message: AccountMessage) {
        let words = message.words
        unsafe words.span.withUnsafeBytes { bytes in
            _ = unsafe write(AccountMessage.descriptor, bytes.baseAddress, bytes.count)
        }
    }
}
