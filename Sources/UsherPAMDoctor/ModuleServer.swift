internal import CLinux

/// The server that a module asks, and that may be away: on the network, or a daemon of this host.
enum ModuleServer: Equatable {
    /// A server on the network, which the module asks itself.
    case network(String)
    /// A daemon of this host, behind this socket.
    case daemon(String, socket: String)

    private static let dropIn = "/usr/share/doc/usher/drop-ins/network-modules.conf"

    /// The server that the module of that file name asks; nil where it asks none, or a server that is not known.
    init?(_ module: String) {
        switch module {
        case "pam_krb5.so": self = .network("the KDC of /etc/krb5.conf")
        case "pam_radius_auth.so", "pam_radius.so": self = .network("the RADIUS server of /etc/pam_radius_auth.conf")
        case "pam_tacplus.so": self = .network("the TACACS+ server")
        case "pam_duo.so": self = .network("Duo's server")
        case "pam_url.so", "pam_oauth2.so": self = .network("the server of its URL")
        case "pam_ldap.so": self = .daemon("nslcd", socket: "/run/nslcd/socket")
        case "pam_sss.so": self = .daemon("sssd", socket: "/var/lib/sss/pipes/pam")
        case "pam_winbind.so": self = .daemon("winbindd", socket: "/run/samba/winbindd/pipe")
        default: return nil
        }
    }

    /// Why it cannot be reached from here; nil where nothing speaks against it.
    var fault: String? {
        switch self {
        case .network(let name): Self.hasNetwork ? nil : "this sandbox has no network, and it asks \(name)"
        case .daemon(let name, let socket):
            unsafe access(socket, F_OK) == 0 ? nil : "\(name) is not running: \(socket) is not there"
        }
    }

    /// What to do where it does not answer.
    var remedy: String {
        switch self {
        case .network: "Copy \(Self.dropIn) to /etc/systemd/system/usher-pam.service.d/ and name the server there."
        case .daemon(let name, _): "Remedy: systemctl status \(name); no drop-in is needed for it."
        }
    }

    /// What PAM_AUTHINFO_UNAVAIL of the module means.
    var silence: String {
        switch self {
        case .network(let name):
            "\(name) cannot be reached"
                + (Self.hasNetwork ? ": is it up, and let through by the drop-in?" : ". \(remedy)")
        case .daemon(let name, _): "\(name) does not answer, or its server does not. \(remedy)"
        }
    }

    /// Whether datagrams could leave: a socket is allowed, and there is a route (connect(2) of UDP sends nothing).
    private static var hasNetwork: Bool {
        let number = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { return false }
        defer { close(number) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(53).bigEndian
        address.sin_addr.s_addr = UInt32(0xC000_0201).bigEndian  // 192.0.2.1 of RFC 5737.
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(
                    number, __CONST_SOCKADDR_ARG(__sockaddr__: $0), socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
