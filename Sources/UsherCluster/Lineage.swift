/// The older epochs that a host has brought into its epoch. Once they are complete there, the host's tables have every
/// end that was answered in them. The host names them when it enters the next epoch, because a host that slept through
/// this epoch comes from one of them.
struct Lineage: Sendable {
    /// The most epochs that are named. A host that slept through more of them is waited for.
    static let capacity = 16

    /// The epochs. The newest are first.
    private(set) var origins: [Epoch] = []
    /// They are complete, and the host has taken up the stream up to there.
    var isComplete = false

    /// Nothing was brought along.
    init() {}

    /// What was brought along before a restart of the daemon.
    init(origins: [Epoch], isComplete: Bool) { (self.origins, self.isComplete) = (origins, isComplete) }

    /// `heritage` was brought along.
    init(_ heritage: Heritage) {
        origins = Array(([heritage.epoch] + heritage.ancestors).prefix(Self.capacity))
    }
}
