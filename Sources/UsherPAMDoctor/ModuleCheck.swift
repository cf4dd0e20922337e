internal import CLinux

/// The faults of a module that show before it runs: what it needs and does not have in this sandbox.
struct ModuleCheck {
    let place: StackCopy.Place
    let user: String

    /// What is wrong, and the remedy.
    var faults: [String] {
        guard place.path != nil else {
            return ["\(place.module) is not there. Install the package that has it, or take the line out."]
        }
        return files + sideEffects + (identity.map { [$0] } ?? []) + (server.map { [$0] } ?? [])
    }

    /// The fault of a line of the account phase that has side effects, which a check of an account has as well.
    private var sideEffects: [String] {
        let active = ["pam_faillock.so", "pam_tally2.so", "pam_exec.so", "pam_script.so"]
        guard place.type == "account", active.contains(place.name) else { return [] }
        return [
            "does more than answer in the account phase, also at each check of an account that has sessions. "
                + "Name a service file without it by the key check of usherd.toml(5)."
        ]
    }

    // MARK: Files

    private var files: [String] {
        switch place.name {
        case "pam_unix.so": mustRead("/etc/shadow", "SupplementaryGroups=shadow in usher-pam.service")
        case "pam_faillock.so": faillock
        case "pam_oath.so": value("usersfile").map { state($0) } ?? []
        case "pam_google_authenticator.so": authenticator
        case "pam_listfile.so": value("file").map { mustRead($0, "chmod 644, or another file=") } ?? []
        case "pam_access.so": value("accessfile").map { mustRead($0, "chmod 644") } ?? []
        default: []
        }
    }

    private var faillock: [String] {
        let directory = value("dir") ?? "/run/faillock"
        guard let fault = Self.writing(directory) else { return [] }
        return [
            "\(directory) \(fault): failures are not counted, and a locked user gets in. "
                + "Say dir=/run/usher-faillock on each of its lines."
        ]
    }

    private var authenticator: [String] {
        guard let secret = value("secret"), secret.hasPrefix("/") else {
            return [
                "the secret lies in the home directory, which this service does not see. "
                    + "Say user=usher-pam secret=/var/lib/usher-otp/${USER}."
            ]
        }
        return state(secret.replacing("${USER}", with: user), mayBeMissing: place.arguments.contains("nullok"))
    }

    /// The faults of a file that the module replaces at each use, so that a code counts once, and accepts from its
    /// owner alone.
    private func state(_ file: String, mayBeMissing: Bool = false) -> [String] {
        let directory = String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)])
        if let fault = Self.writing(directory) {
            return ["\(directory) \(fault): codes cannot be marked as used. Keep the file below /var/lib/usher-otp."]
        }
        var status = stat()
        guard unsafe stat(file, &status) == 0 else {
            return mayBeMissing ? [] : ["\(file) is not there: no code of \(user) is right. Make it."]
        }
        guard status.st_uid != geteuid() else { return [] }
        return [
            "\(file) belongs to uid \(status.st_uid), and the module runs as uid \(geteuid()): every code is wrong. "
                + "Remedy: chown \(geteuid()) \(file)"
        ]
    }

    private func mustRead(_ path: String, _ remedy: String) -> [String] {
        if unsafe access(path, R_OK) == 0 { return [] }
        return ["\(path) \(usher_errno() == ENOENT ? "is not there" : "cannot be read"). Remedy: \(remedy)."]
    }

    /// Why nothing can be written into a directory (access(2)); nil if it can.
    private static func writing(_ directory: String) -> String? {
        if unsafe access(directory, W_OK | X_OK) == 0 { return nil }
        switch usher_errno() {
        case ENOENT: return "is not there"
        case EROFS: return "is read-only here"
        default: return "cannot be written by this user"
        }
    }

    // MARK: Who is judged

    /// The fault of a module that judges the process that calls it, and not the user who logs in: for everybody that
    /// process is a worker of the broker.
    private var identity: String? {
        switch place.name {
        case "pam_rootok.so":
            "it judges the uid of the broker, not the user, and would let everybody in where that is root. Take the line out."
        case "pam_wheel.so":
            "it judges who runs the broker, not the user. Say instead: pam_succeed_if.so user ingroup wheel"
        case "pam_succeed_if.so" where place.arguments.contains("use_uid"):
            "use_uid judges the uid of the broker, not the user. Take use_uid out."
        case "pam_ssh_agent_auth.so":
            "it asks the agent of the process that calls, which a worker does not have. Take the line out."
        case "pam_fprintd.so":
            "it asks whoever sits at this host, not who logs in. Take the line out."
        default: nil
        }
    }

    // MARK: Servers

    /// A server or a local daemon that a module cannot reach from here.
    private var server: String? {
        guard let server = ModuleServer(place.name), let fault = server.fault else { return nil }
        return "\(fault). \(server.remedy)"
    }

    /// The value of the argument `NAME=VALUE`.
    private func value(_ name: String) -> String? {
        place.arguments.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.utf8.count + 1)) }
    }
}

extension StackCopy.Place {
    /// The module without its directory.
    var name: String { String(module.split(separator: "/").last ?? "") }
}
