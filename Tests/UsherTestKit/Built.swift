/// The built programs and modules: they lie beside the test bundle.
package enum Built {
    /// Where they lie.
    package static let directory: String = {
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        return String(bundle[..<(bundle.lastIndex(of: "/") ?? bundle.startIndex)])
    }()
    /// The session daemon.
    package static let usherd = directory + "/usherd"
    /// The program that looks names up for the session daemon.
    package static let names = directory + "/usher-names"
    /// The PAM broker.
    package static let broker = directory + "/usher-pam"
    /// The PAM worker.
    package static let worker = directory + "/usher-pam-worker"
    /// The PAM module of `--dev`.
    package static let devModule = directory + "/libpam_usher_dev.so"
    /// The PAM module that misbehaves on demand.
    package static let chaosModule = directory + "/libpam_usher_chaos.so"

    /// The program that makes the attacks of the hostile kit.
    package static let attacker = directory + "/Attacker"
    /// The wall clock that a test sets.
    package static let wallClock = directory + "/libusher_wall_clock.so"

    /// The root of the package.
    package static let package = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
}
