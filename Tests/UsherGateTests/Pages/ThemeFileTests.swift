import Testing
import UsherTestKit

@testable import UsherGate

@Suite("Files of a theme")
struct ThemeFileTests {
    private let directory: TestDirectory

    init() throws { directory = try TestDirectory() }

    private func read(_ lines: String) -> (configuration: GateConfiguration?, keys: [String]) {
        let gate = "[gate]\nportal = \"https://login.corp.example\"\nproxies = [\"www-data\"]\n"
        let (configuration, faults) = GateBench.read(gate + lines)
        return (configuration, faults.map { "\($0.key ?? ""): \($0.message)" })
    }

    @Test("are named by their bytes, which browsers may keep for good")
    func names() throws {
        let path = directory.path("a.css")
        var names: Set<String> = []
        for text in ["h1 {}", "h2 {}", "h1 {}"] {
            try File.write(text, to: path)
            let style = try #require(read("style = \"\(path)\"").configuration?.style)
            #expect(style.bytes == Array(text.utf8) && style.type == "text/css; charset=utf-8")
            #expect(style.answer.one("cache-control")?.contains("immutable") == true && style.answer.file == style)
            names.insert(style.name)
        }
        #expect(names.count == 2)
        let shape = /style-[0-9a-f]{16}\.css/
        #expect(names.allSatisfy { $0.wholeMatch(of: shape) != nil })
    }

    @Test("are faults of the configuration where they cannot be shown")
    func faults() throws {
        let large = directory.path("large.png")
        try File.write(String(repeating: "x", count: ThemeFile.largest + 1), to: large)
        try File.write("x", to: directory.path("logo.gif"))
        for (line, words) in [
            ("style = \"gate.css\"", "gate.style: must be a whole path"),
            (
                "style = \"\(directory.path("none.css"))\"",
                "gate.style: \"\(directory.path("none.css"))\" cannot be read: No such"
            ),
            ("style = \"\(directory.path)\"", "must end in .css"),
            ("logo = \"\(directory.path("logo.gif"))\"", "must end in .svg or .png"),
            ("logo = \"\(large)\"", "is larger than 128 KiB"),
        ] {
            let (configuration, faults) = read(line)
            #expect(configuration == nil && faults.count == 1 && faults[0].contains(words), "\(faults)")
        }
    }
}
