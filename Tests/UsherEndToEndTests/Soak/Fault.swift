/// What happens to a daemon under load.
enum Fault: String, CaseIterable {
    case killedDaemon = "usherd killed"
    /// The next one is killed while it starts; never two of these in a row, for three would be a daemon that cannot
    /// adopt.
    case killedStart = "usherd killed twice"
    case killedBroker = "usher-pam killed"
    case killedZygote = "zygote killed"
    case killedWorkers = "workers killed"
    case stoppedDaemon = "usherd stopped"
    case stoppedBroker = "usher-pam stopped"
    case stoppedZygote = "zygote stopped"
    case stoppedWorkers = "workers stopped"
    case fullDisk = "disk full"
    case fullDiskAtStart = "disk full at a start"
    case noDescriptors = "usherd without descriptors"
    case noBrokerDescriptors = "usher-pam without descriptors"
    case wallClock = "wall clock set"
    case wallClockAtStart = "wall clock set at a start"

    /// Whether another usherd works afterwards.
    var endsDaemon: Bool {
        switch self {
        case .killedDaemon, .killedStart, .fullDiskAtStart, .wallClockAtStart: true
        default: false
        }
    }

    /// Whether a disk is filled.
    var needsDisk: Bool { self == .fullDisk || self == .fullDiskAtStart }
}
