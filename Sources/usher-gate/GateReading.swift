import UsherConfiguration
import UsherGate
import UsherPOSIX

/// A configuration whose names are looked up.
struct GateReading: Sendable {
    /// Reads the configuration: nil where there is a fault, and then every fault is in `faults`.
    typealias Source = @Sendable () -> (reading: GateReading?, faults: [ConfigurationError])

    /// The configuration.
    let configuration: GateConfiguration
    /// The users that proxies run as.
    let peers: Set<UInt32>

    /// Reads the files and looks names up; nil where there is a fault, and then every fault is in `faults`.
    static func read(
        _ files: ConfigurationFiles, insecureLocalhost: Bool
    ) -> (reading: GateReading?, faults: [ConfigurationError]) {
        let (configuration, faults) = GateConfiguration.read(files.read(), insecureLocalhost: insecureLocalhost)
        guard let configuration else { return (nil, faults) }
        var (peers, wrong) = (Set<UInt32>(), faults)
        for (index, name) in configuration.proxies.enumerated() {
            do throws(ConfigurationError) {
                peers.insert(try uid(of: name, file: files.file, key: "gate.proxies[\(index)]"))
            } catch {
                wrong.append(error)
            }
        }
        guard wrong.isEmpty else { return (nil, wrong) }
        return (GateReading(configuration: configuration, peers: peers), [])
    }

    private static func uid(of name: String, file: String, key: String) throws(ConfigurationError) -> UInt32 {
        let quoted = String(reflecting: name)
        do throws(SystemError) {
            if let user = try AccountDatabase.user(named: name).get() { return user.uid }
        } catch {
            throw ConfigurationError(
                .unansweredAccount, file: file, key: key, message: "user \(quoted) cannot be looked up: \(error.reason)"
            )
        }
        throw ConfigurationError(.unknownAccount, file: file, key: key, message: "there is no user \(quoted)")
    }
}
