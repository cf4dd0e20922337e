import CLinux
import UsherSecrets

/// Copies of the programs and of the module in a directory below /tmp, which any user may read; removed by `remove`.
struct ProgramCopies {
    private let directory = "/tmp/usher-pam-test-programs-\(Random.word())"

    init() {
        Programs.run(["mkdir", "-m", "755", directory])
        Programs.run(["cp", Programs.broker, Programs.broker + "-worker", Programs.chaosModule, directory])
    }

    func remove() { Programs.run(["rm", "-r", directory]) }

    /// A broker that the user `uid` runs, with `limits` (options of prlimit(1)). `services` are the arguments of the
    /// module, which is all that a stack has.
    func broker(
        of uid: String, _ services: [String: String], _ options: [String], limits: [String], errors: Int32 = 2
    ) -> RunningBroker {
        let module = directory + "/libpam_usher_chaos.so"
        let broker = RunningBroker(
            services.mapValues { "auth required \(module) \($0)\naccount required \(module)" }, options,
            program: ["setpriv", "--reuid", uid, "--clear-groups", "prlimit"] + limits + [directory + "/usher-pam"],
            errors: errors)
        for file in services.keys + ["other"] { chmod(broker.directory + "/pam.d/" + file, 0o644) }
        return broker
    }
}
