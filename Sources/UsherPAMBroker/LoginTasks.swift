internal import CLinux

/// The processes and threads of logins, whatever group, session or parent they have: those of the broker's cgroup, told
/// apart by the mark that each worker gets and its descendants keep.
struct LoginTasks {
    /// Where cgroup2 lies (cgroups(7)): alone, or beside version 1.
    private static let mounts = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]
    /// Bytes of a list that are read: some 100,000 tasks.
    private static let longest = 1 << 20
    /// The lower half of a mark: the worker's number.
    private static let worker: UInt64 = 0xFFFF_FFFF
    /// Rounds of killing. A process that got SIGKILL makes no other one, so that each round leaves a fraction.
    private static let rounds = 16

    /// The file that lists them; nil where there is no cgroup2, and nothing is counted.
    private let list: String?
    /// The upper half of this broker's marks: its pid, which has 22 bits. Other brokers may run in the same cgroup.
    private let broker = UInt64(getpid()) << 32

    /// The tasks of the cgroup that this process is in (/proc/self/cgroup of proc(5)).
    init() {
        let lines = String(decoding: Self.bytes(of: "/proc/self/cgroup", atMost: 65_536), as: UTF8.self).utf8
            .split(separator: UInt8(ascii: "\n"))
        guard let line = lines.first(where: { $0.starts(with: "0::".utf8) }), let group = String(line.dropFirst(3))
        else {
            list = nil
            return
        }
        list = Self.mounts.map { $0 + group + "/cgroup.threads" }.first { unsafe access($0, R_OK) == 0 }
    }

    /// Puts a worker's mark on its process, before it runs anything. False where it would not be counted.
    func mark(_ process: pid_t, as worker: WorkerID) -> Bool {
        usher_mark_login(process, broker | worker.number) == 0 || list == nil
    }

    /// Kills the processes of all workers.
    func killAll() {
        for worker in counted().keys { kill(of: worker) }
    }

    /// The number of processes and threads of each worker, itself included.
    func counted() -> [WorkerID: Int] { tasks().mapValues(\.count) }

    /// Kills the processes of `worker` (kill(2) of a thread hits its process).
    func kill(of worker: WorkerID) {
        for _ in 0..<Self.rounds {
            guard let tasks = tasks()[worker] else { return }
            for task in tasks { CLinux.kill(task, SIGKILL) }
        }
    }

    private func tasks() -> [WorkerID: [pid_t]] {
        guard let list else { return [:] }
        var found: [WorkerID: [pid_t]] = [:]
        for number in Self.bytes(of: list, atMost: Self.longest).split(separator: UInt8(ascii: "\n")) {
            var login: UInt64 = 0
            guard let task = pid_t(String(decoding: number, as: UTF8.self)), task > 1,
                unsafe usher_login_of(task, &login) == 0, login & ~Self.worker == broker
            else { continue }
            found[WorkerID(number: login & Self.worker), default: []].append(task)
        }
        return found
    }

    private static func bytes(of path: String, atMost most: Int) -> [UInt8] {
        let file = unsafe usher_open(path, O_RDONLY, 0)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < most {
            let got = unsafe read(file, &part, part.count)
            guard got > 0 else { break }
            bytes += part[..<got]
        }
        return bytes
    }
}
