import Glibc
import Testing
import UsherTestKit

extension Substring {
    fileprivate func trimmingSuffix(_ character: Character) -> Substring {
        var text = self
        while text.last == character { text.removeLast() }
        return text
    }
}

/// protocol/SECURITY.md names the tests that prove its claims: this test looks for them.
@Suite("Security page")
struct SecurityPageTests {
    private static let rows: [[Substring]] = {
        let page = File.text("protocol/SECURITY.md")
        let lines = page.split(separator: "\n").drop { $0 != "## Requirements" }.dropFirst()
        return lines.prefix { !$0.hasPrefix("## ") }.filter { $0.hasPrefix("| ") }.dropFirst().map {
            $0.split(separator: "|").map { $0.trimmingPrefix(" ") }
        }
    }()

    /// The rows of "Assets and attackers": who, what they get, what they do not get.
    private static let attackers: [[String]] = {
        let lines = File.text("protocol/SECURITY.md").split(separator: "\n", omittingEmptySubsequences: false)
        let table = lines.drop { !$0.hasPrefix("| attacker ") }.prefix { !$0.isEmpty }.dropFirst(2)
        return table.map { row in
            row.split(separator: "|").map {
                $0.filter { $0 != "`" }.split(separator: " ").joined(separator: " ")
            }
        }
    }()

    @Test("usher(7) says of each attacker what the page says")
    func manual() {
        let lines = File.text("systemd/man/usher.7").split(separator: "\n").filter { $0 != ".br" }
        let section = lines.drop { $0 != ".Sh WHAT AN ATTACKER GETS" }.dropFirst().prefix { !$0.hasPrefix(".Sh ") }
        let text = section.drop { !$0.hasPrefix(".It ") }.joined(separator: " ")
        let entries = text.replacing(" .El", with: "").split(separator: ".It ").map { String($0.trimmingSuffix(" ")) }
        let expected = Self.attackers.map { row in
            "\(row[0]) Gets: \(row[1])." + (row[2].isEmpty ? "" : " Does not get: \(row[2]).")
        }
        #expect(expected.count > 5 && entries == expected)
    }

    /// Every file of tests by its name without an ending (glob(3)).
    private static let files: [String: String] = {
        var (files, found): ([String: String], glob_t) = ([:], glob_t())
        defer { globfree(&found) }
        for (number, pattern) in ["Tests/*/*.swift", "Tests/*/*/*.swift", "Tests/*/*.py"].enumerated() {
            glob(pattern, number == 0 ? 0 : GLOB_APPEND, nil, &found)
        }
        for index in 0..<Int(found.gl_pathc) {
            guard let path = found.gl_pathv[index].map({ String(cString: $0) }) else { continue }
            let name = path.split(separator: "/").last?.split(separator: ".").first.map(String.init) ?? ""
            files[name, default: ""] += File.text(path)
        }
        return files
    }()

    @Test("every requirement of sessions, time, revocation, guessing and logging has its row")
    func rows() {
        let numbers = [("S", 9), ("T", 7), ("R", 7), ("G", 6), ("L", 5)].flatMap { letter, count in
            (1...count).map { "\(letter)\($0)" }
        }
        #expect(Self.rows.compactMap { $0.first?.split(separator: " ").first.map(String.init) } == numbers)
    }

    @Test("every test that it names is there, and a row without one says why")
    func named() throws {
        let reference = /\*(?<title>[^*]+)\* \(`(?<file>\w+)`\)/
        var count = 0
        for row in Self.rows {
            let tests = try #require(row.count == 4 ? row[3] : nil, "\(row)")
            let named = tests.matches(of: reference)
            count += named.count
            #expect(!named.isEmpty || row[2].hasPrefix("not "), "\(row[0])")
            for test in named {
                let text = Self.files[String(test.output.file)] ?? ""
                let isThere = text.contains("\"\(test.output.title)\"") || text.contains("def \(test.output.title)(")
                #expect(isThere, "\(row[0]): \(test.output.title) (\(test.output.file))")
            }
        }
        #expect(count > 40)
    }
}
