/// The older epochs that a host has brought into its epoch. Once they are complete there, every end that was answered in
/// them is in the host's tables, and the host names them where it comes to the next epoch: a host that slept through
/// this epoch comes from one of them.
struct Lineage: Sendable {
    /// As many are named; a host that slept through more epochs is waited for.
    static let capacity = 16

    /// The epochs. The newest are first.
    private(set) var origins: [Epoch] = []
    /// They are complete, and the host has taken up the stream up to there.
    var isComplete = false

    /// Nothing was brought along.
    init() {}

    /// `heritage` was brought along.
    init(_ heritage: Heritage) {
        origins = Array(([heritage.epoch] + heritage.ancestors).prefix(Self.capacity))
    }
}
