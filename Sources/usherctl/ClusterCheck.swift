import ArgumentParser
import CLinux
import UsherClient
import UsherPOSIX
import UsherPrograms
import UsherWire
import UsherctlText

/// `usherctl cluster check`.
struct ClusterCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say what keeps this host from sharing sessions, or would.",
        discussion: """
            Looks at the configuration, the key, usher-link, usherd if it runs, and the store, each in one line, before \
            a host joins as well as afterwards. Only root sees the key and the store's password. The options for the \
            store are those of /etc/default/usher-link. Exit status 1: something is to be mended.
            """)

    @OptionGroup var daemon: DaemonOptions
    @Option(help: "The file with the cluster's key.", completion: .file()) var keyFile = "/etc/usher/cluster-key"
    @Option(help: "The cluster's name, where usherd does not run.") var name: String?
    @Option(help: .private) var link = "/run/usher-link.sock"
    @Option(help: .private) var options = "/etc/default/usher-link"
    @Option(help: .private) var passwordFile = "/etc/usher/store-password"
    @Option(help: .private) var sentinelPasswordFile = "/etc/usher/sentinel-password"

    func run() throws {
        let status = try? daemon.connect().clusterStatus()
        var findings = [configuration, key]
        findings += status.map(\.findings) ?? [socket, notRunning]
        findings.append(store(status))
        for finding in findings { if daemon.json { printJSON(finding.json) } else { printLine(finding.line) } }
        if findings.contains(where: { $0.state == .bad }) { throw ExitStatus.refused }
    }

    // MARK: Without usherd

    private var configuration: CheckFinding {
        let built = OwnProgram.beside("usherd")
        let program = unsafe access(built, X_OK) == 0 ? built : "/usr/sbin/usherd"
        guard let status = output(of: program, ["--check", "--quiet"])?.status else {
            return CheckFinding(.skipped, "configuration", "\(program) cannot be run")
        }
        return status == 0
            ? CheckFinding(.good, "configuration", "has no error")
            : CheckFinding(.bad, "configuration", "has errors: usherd --check says which")
    }

    private var key: CheckFinding {
        var status = stat()
        guard unsafe lstat(keyFile, &status) == 0 else {
            let isHidden = usher_errno() == EACCES
            return isHidden
                ? CheckFinding(.skipped, "key", "only root can look at \(keyFile)")
                : CheckFinding(
                    .bad, "key", "\(keyFile) is not there: it comes from 'usherctl cluster key', the same on all hosts")
        }
        guard status.st_uid == 0, status.st_mode & 0o077 == 0, status.st_mode & UInt32(S_IFMT) == UInt32(S_IFREG) else {
            return CheckFinding(.bad, "key", "\(keyFile) must be a file of root with the mode 0600")
        }
        guard geteuid() == 0 else { return CheckFinding(.skipped, "key", "only root can read \(keyFile)") }
        return ClusterKeyForm.isGood(file: keyFile)
            ? CheckFinding(.good, "key", "\(keyFile) has the right form and is closed to others")
            : CheckFinding(.bad, "key", "\(keyFile) must have one or two lines as 'usherctl cluster key' prints them")
    }

    private var socket: CheckFinding {
        var status = stat()
        let isThere =
            unsafe lstat(link, &status) == 0 && status.st_mode & UInt32(S_IFMT) == UInt32(S_IFSOCK)
        return isThere
            ? CheckFinding(.good, "usher-link", "\(link) is there")
            : CheckFinding(.bad, "usher-link", "\(link) is not there: systemctl enable --now usher-link.socket")
    }

    private var notRunning: CheckFinding {
        CheckFinding(.skipped, "usherd", "cannot be asked, or shares no sessions: see 'usherctl cluster status'")
    }

    // MARK: The store

    /// Runs `usher-link --check`, which says on standard error what is wrong.
    private func store(_ status: ClusterStatus?) -> CheckFinding {
        guard geteuid() == 0 else { return CheckFinding(.skipped, "store", "only root can read its password") }
        guard let name = status?.name ?? name else {
            return CheckFinding(.skipped, "store", "--name says the cluster's name where usherd does not run")
        }
        guard let words = storeOptions, !words.isEmpty else {
            return CheckFinding(.bad, "store", "\(options) does not say where the store is: usher-link(8)")
        }
        let password = unsafe access(passwordFile, F_OK) == 0 ? ["--password-file", passwordFile] : []
        let copies = status.map { ["--copies", "\($0.copies)"] } ?? []
        let sentinel =
            unsafe words.contains("--sentinel") && access(sentinelPasswordFile, F_OK) == 0
            ? ["--sentinel-password-file", sentinelPasswordFile] : []
        let program = OwnProgram.companion("usher-link")
        guard let end = output(of: program, ["--check", name] + copies + words + password + sentinel)?.status else {
            return CheckFinding(.bad, "store", "\(program) cannot be run: is the package usher-link installed?")
        }
        return end == 0
            ? CheckFinding(.good, "store", "fit, as usher-link sees it")
            : CheckFinding(.bad, "store", "what usher-link complains of above")
    }

    /// The words of OPTIONS= in the unit's environment file; nil where there are none.
    private var storeOptions: [String]? {
        guard let bytes = try? SmallFile.read(options, limit: 65_536) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard let line = lines.last(where: { $0.hasPrefix("OPTIONS=") }) else { return nil }
        let quotes: Set<Character> = ["\"", "'"]
        return line.dropFirst("OPTIONS=".count).filter { !quotes.contains($0) }.split(separator: " ").map(String.init)
    }

    private func output(of program: String, _ arguments: [String]) -> ProgramOutput? {
        guard unsafe access(program, X_OK) == 0 else { return nil }
        return try? ProgramOutput(
            of: program, arguments,
            environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "SWIFT_BACKTRACE=enable=no"])
    }
}
