import Testing
import UsherConfiguration
import UsherEngine
import UsherPAMBroker
import UsherTestKit

@Suite("Manual")
struct ManualTests {
    @Test("every key of the configuration stands in usherd.toml(5)")
    func keys() throws {
        var configuration = Configuration()
        configuration.limits.connectionsWithoutRole = 256
        configuration.clients[0].services = ["usher"]
        configuration.cluster = ClusterSettings(name: "corp", host: "a", keyFile: "/etc/usher/key")
        let keys = configuration.text.split(separator: "\n").filter { $0.contains(" = ") }
            .compactMap { $0.split(separator: " ").first }
        #expect(keys.count > 30)
        let words = Set(
            File.text("systemd/man/usherd.toml.5").split(separator: "\n")
                .filter { $0.hasPrefix(".It Cm ") }
                .flatMap { $0.dropFirst(7).split(whereSeparator: { $0 == " " || $0 == "," }) })
        for key in keys { #expect(words.contains(key), "\(key)") }
        #expect(words.contains("group"))
    }

    @Test("usher-pam(8) says how many workers a zygote makes")
    func workers() {
        let words = File.text("systemd/man/usher-pam.8").split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.contains(" after \(BrokerLimits(computing: 1).forks) workers,"))
    }
}
