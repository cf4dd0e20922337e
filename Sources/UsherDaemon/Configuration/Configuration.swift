internal import UsherLogin

/// All that the daemon is told at its start, checked and resolved: values only, nothing left to fail.
package struct Configuration: Hashable, Sendable {
    /// `[daemon]`.
    package struct Daemon: Hashable, Sendable {
        /// Where it listens when systemd passes no socket.
        package var socket: String

        /// Settings of the daemon; the default is the system's place.
        package init(socket: String = "/run/usher/usher.sock") { self.socket = socket }
    }

    /// `[pam]`.
    package struct PAM: Hashable, Sendable {
        /// Where the broker listens.
        package var socket: String
        /// The directory of PAM service files (pam_start_confdir(3)); nil for the system's own.
        package var serviceDirectory: String?

        /// Settings of PAM; the default is the system's place and the system's services.
        package init(socket: String = "/run/usher-pam.sock", serviceDirectory: String? = nil) {
            self.socket = socket
            self.serviceDirectory = serviceDirectory
        }
    }

    /// `[daemon]`.
    package var daemon: Daemon
    /// `[pam]`.
    package var pam: PAM
    /// `[limits]`.
    package var limits: Limits
    /// `[[service]]`, at least one, in order, names unique.
    package var services: [Service]
    /// `[[client]]`, in order.
    package var clients: [ClientEntry]

    /// A configuration; without arguments, what holds without a file: one service `usher`, open to root.
    package init(
        daemon: Daemon = Daemon(), pam: PAM = PAM(), limits: Limits = Limits(),
        services: [Service] = [Service(name: "usher")], clients: [ClientEntry] = [.root]
    ) {
        self.daemon = daemon
        self.pam = pam
        self.limits = limits
        self.services = services
        self.clients = clients
    }

    /// What `--dev` runs with, below `directory`: one service `default`, and every role for `uid`, who started it.
    package static func development(directory: String, uid: UInt32) -> Configuration {
        Configuration(
            daemon: Daemon(socket: directory + "/usher.sock"),
            pam: PAM(socket: directory + "/pam.sock", serviceDirectory: directory + "/pam.d"),
            services: [Service(name: "default", rules: LoginRules(allowsNoAccount: true))],
            clients: [ClientEntry(name: "developer", subject: .user(uid), roles: .all, relaysSource: true)])
    }

    /// The service called `name`.
    package func service(_ name: String) -> Service? { services.first { $0.name == name } }
}
