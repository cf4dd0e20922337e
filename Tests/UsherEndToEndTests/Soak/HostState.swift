import CLinux
import UsherTestKit

/// What the host is to the daemon, and a test can change: its wall clock, the time since its boot, and its disk.
final class HostState {
    private let files: TestDirectory
    private let wall: CInt
    /// The small disk on which the daemon's directory and its log lie; nil where there is none.
    let disk: String?

    /// A host with the right time; `disk` is where its small disk is mounted.
    init(disk: String?) throws {
        files = try TestDirectory()
        self.disk = disk
        wall = usher_open(files.path("wall"), O_RDWR | O_CREAT, 0o600)
        guard wall >= 0 else { throw TestFailure.last("open") }
        setWall(ahead: 0)
        try setBoot(ahead: 0)
    }

    deinit { close(wall) }

    // MARK: Clocks

    /// The variables of a daemon's environment by which its wall clock is this host's.
    var environment: [String] { ["LD_PRELOAD=\(Built.wallClock)", "USHER_WALL_CLOCK=\(files.path("wall"))"] }

    /// What is put before a daemon's command so that it starts as many seconds after the boot as this host says: a time
    /// namespace, for which it takes root.
    var wrapper: [String] {
        guard Machine.isRoot else { return [] }
        return ["sh", "-c", #"exec unshare --time --boottime "$(cat "$0")" "$@""#, files.path("boot")]
    }

    /// The wall clock goes on so many seconds ahead.
    func setWall(ahead seconds: Int64) {
        var seconds = seconds
        let written = pwrite(wall, &seconds, 8, 0)
        precondition(written == 8, "the clock's page was allocated when it was made")
    }

    /// A daemon that starts from now on finds that many seconds more since the boot.
    func setBoot(ahead seconds: Int) throws { try File.write("\(seconds)", to: files.path("boot")) }

    // MARK: Disk

    /// Leaves no page free on the disk, for the length of `body`.
    func withFullDisk(_ body: () throws -> Void) throws {
        guard let disk else { return }
        let ballast = "\(disk)/ballast"
        defer { unlink(ballast) }
        try fill(ballast)
        try body()
    }

    private func fill(_ ballast: String) throws {
        let file = usher_open(ballast, O_WRONLY | O_CREAT, 0o600)
        guard file >= 0 else { throw TestFailure.last("open \(ballast)") }
        defer { close(file) }
        let page = [UInt8](repeating: 0, count: 1 << 20)
        for size in [1 << 20, 4096] { while write(file, page, size) > 0 {} }
        guard usher_errno() == ENOSPC else { throw TestFailure.last("write \(ballast)") }
    }
}
