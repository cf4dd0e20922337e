import Testing
import UsherTestKit

@testable import UsherctlText
@testable import usherctl

/// usher(7) tells administrators what to type and what to alert on: each of that must be there.
@Suite("Overview for administrators")
struct UsherPageTests {
    private static let page = File.text("systemd/man/usher.7")

    @Test("every metric that it alerts on is one")
    func metrics() {
        let families = PrometheusText.metrics.map(\.name) + ["usher_up", "usher_validate_seconds_bucket"]
        let named = Self.page.matches(of: /usher_[a-z_]+/).map { String($0.output) }
        #expect(named.count > 12)
        for name in named { #expect(families.contains(name), "\(name)") }
    }

    @Test("every alert is an expression of Prometheus", .enabled(if: Machine.hasProgram("promtool")))
    func expressions() throws {
        let section = Self.page.split(separator: ".Sh MONITORING")[1].split(separator: ".Sh ")[0]
        let alerts = section.split(separator: "\n").filter { $0.hasPrefix(".It Li ") }.map { $0.dropFirst(7) }
        #expect(alerts.count > 12)
        let rules = alerts.map { "  - { alert: A, expr: '\($0)' }\n" }.joined()
        let place = try TestDirectory()
        try File.write("groups:\n- name: usher\n  rules:\n" + rules, to: place.path("rules.yml"))
        let (end, text) = try TestProcess.run(["promtool", "check", "rules", place.path("rules.yml")], in: place)
        #expect(end == .status(0), "\(text)")
    }

    @Test("its alerts are those of the file of rules")
    func rules() {
        let section = Self.page.split(separator: ".Sh MONITORING")[1].split(separator: ".Sh ")[0]
        let alerts = section.split(separator: "\n").filter { $0.hasPrefix(".It Li ") }.map { String($0.dropFirst(7)) }
        let lines = File.text("systemd/monitoring/usher.rules.yml").split(separator: "\n")
        let rules = lines.compactMap { line -> String? in
            guard let text = line.split(separator: "expr: \"", maxSplits: 1).last, text != line else { return nil }
            return text.dropLast().split(separator: "\\").joined()
        }
        #expect(rules.count > 12 && alerts == rules)
    }

    @Test("every command that it gives is one")
    func commands() {
        let names = Set(Usherctl.configuration.subcommands.map { $0.configuration.commandName })
        let named = Self.page.matches(of: /usherctl (?<command>[a-z-]+)/).map { String($0.output.command) }
        #expect(named.count > 8)
        for name in named { #expect(names.contains(name), "\(name)") }
    }

    @Test("every key of the configuration that it names stands in usherd.toml(5)")
    func keys() {
        let manual = File.text("systemd/man/usherd.toml.5")
        let named = Self.page.matches(of: /Cm limits\.(?<key>[a-z_]+)/).map { String($0.output.key) }
        #expect(named.count > 5)
        for name in named { #expect(manual.contains(name), "\(name)") }
    }
}
