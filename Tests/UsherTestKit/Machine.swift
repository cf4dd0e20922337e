import CLinux

/// What the tests may do on this machine.
package enum Machine {
    /// Whether the tests run as root: only then are there accounts to test against.
    package static let isRoot = geteuid() == 0

    /// Whether PAM has a module of that name.
    package static func hasModule(_ name: String) -> Bool {
        (["/usr/lib/security", "/lib/security"] + multiarch).contains { access("\($0)/\(name)", F_OK) == 0 }
    }

    private static var multiarch: [String] {
        File.names("/usr/lib").filter { $0.hasSuffix("-linux-gnu") }.map { "/usr/lib/\($0)/security" }
    }

    /// Whether a program is in the system's PATH.
    package static func hasProgram(_ name: String) -> Bool {
        ["/usr/bin", "/usr/sbin", "/bin", "/sbin"].contains { access("\($0)/\(name)", X_OK) == 0 }
    }
}

extension Machine {
    /// A user without rights: another uid for root, the process's own uid for everybody else.
    package static let nobody: UInt32 = isRoot ? 65_534 : geteuid()

    /// What is put before a command so that ``nobody`` runs it.
    package static let asNobody: [String] =
        isRoot ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []

    /// Whether ``nobody`` reaches the built programs.
    package static let nobodyMayRun: Bool = {
        guard let directory = try? TestDirectory() else { return false }
        let (end, _) =
            (try? TestProcess.run(asNobody + ["test", "-x", Built.usherd], in: directory)) ?? (.status(1), "")
        return end == .status(0)
    }()
}

extension Machine {
    /// Whether this process may have `count` descriptors open besides those of other tests.
    package static func mayOpen(_ count: Int) -> Bool {
        sysconf(CInt(_SC_OPEN_MAX)) > count + 200
    }
}
