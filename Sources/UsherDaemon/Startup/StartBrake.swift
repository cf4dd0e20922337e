internal import CLinux
internal import UsherEventLoop
internal import UsherPOSIX

/// The brake of a daemon that ends as soon as it has started: a crash at every first request, a configuration with
/// errors.
///
/// systemd starts it again at once and without a limit (`RestartSec=0`, `StartLimitIntervalSec=0`), for a single crash
/// must cost milliseconds and must never leave the host without a daemon. So the daemon itself waits at its start, the
/// longer the more starts in a row did not last. Their number is in a few words of memory that systemd keeps, beside
/// the sessions; an orderly end (a restart, an upgrade) counts as a start that lasted.
final class StartBrake {
    /// Starts in a row that do not wait.
    static let free: UInt64 = 5
    /// A start lasted if the next one is that much later, in nanoseconds. More than ``longest``.
    static let lasting: Int64 = 10_000_000_000
    /// The first wait, which doubles from start to start, in milliseconds.
    static let first = 100
    /// The longest wait, in milliseconds; below `TimeoutStopSec=`.
    static let longest = 5000

    private static let name = "starts"
    private static let magic: UInt64 = 0x7374_6172_7473_0001
    private static let size = 4096

    private let file: MemoryFile?
    /// Starts in a row that did not last, this one included.
    private(set) var starts: UInt64

    /// Counts this start, at `now` (nanoseconds of CLOCK_BOOTTIME), in what `store` kept.
    init(_ store: any DescriptorStore, kept: CInt?, now: Int64) {
        let adopted = Self.adopted(kept)
        // A useless descriptor would come first at every start, with one more behind it each time.
        if kept != nil, adopted == nil { store.remove(Self.name) }
        file = adopted ?? Self.made(store)
        starts = 1
        if self[.magic] == Self.magic { starts = Self.count(self[.starts], last: self[.last], now: now) }
        self[.magic] = Self.magic
        self[.starts] = starts
        self[.last] = UInt64(clamping: now)
    }

    /// The brake in what was passed at the activation.
    convenience init(_ store: any DescriptorStore, _ activation: Activation, now: Int64) {
        self.init(store, kept: activation.descriptors(named: Self.name).first, now: now)
    }

    /// The number of this start after `starts`, the last of which was at `last`.
    private static func count(_ starts: UInt64, last: UInt64, now: Int64) -> UInt64 {
        let since = now.subtractingReportingOverflow(Int64(clamping: last))
        let lasted = since.overflow || since.partialValue < 0 || since.partialValue >= lasting
        return lasted ? 1 : min(starts, 1 << 20) + 1
    }

    /// How long this start has to wait, in milliseconds.
    var delay: Int {
        guard starts > Self.free else { return 0 }
        return min(Self.first << min(Int(starts - Self.free) - 1, 10), Self.longest)
    }

    /// The wait is over, at `now`: from here on it is counted whether the start lasts.
    func release(at now: Int64) {
        self[.last] = UInt64(clamping: now)
    }

    /// The daemon ends in order.
    func reset() {
        self[.starts] = 0
    }

    /// What is in the memory, by its offset; zero where there is none.
    private enum Word: Int { case magic = 0, starts = 8, last = 16 }

    private subscript(word: Word) -> UInt64 {
        get { file.map { unsafe $0.bytes.load(fromByteOffset: word.rawValue, as: UInt64.self) } ?? 0 }
        set { if let file { unsafe file.bytes.storeBytes(of: newValue, toByteOffset: word.rawValue, as: UInt64.self) } }
    }

    private static func adopted(_ descriptor: CInt?) -> MemoryFile? {
        guard let descriptor, let file = try? MemoryFile(adopting: FileDescriptor(owning: descriptor)) else {
            return nil
        }
        return unsafe file.bytes.count == size ? file : nil
    }

    /// Without memory nothing is counted, and nothing waits.
    private static func made(_ store: any DescriptorStore) -> MemoryFile? {
        guard let file = try? MemoryFile(name: "usher-starts", size: size) else { return nil }
        store.put(file.descriptor, as: name)
        return file
    }
}
