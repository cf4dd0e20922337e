import Testing
import UsherPrograms

@Suite("Output of another program")
struct ProgramOutputTests {
    private static let environment = ["PATH=/usr/bin:/bin"]

    @Test("is its text and its exit status")
    func text() throws {
        let output = try ProgramOutput(of: "/bin/sh", ["-c", "echo a; exit 3"], environment: Self.environment)
        #expect(output.text == "a\n" && output.status == 3)
    }

    @Test("ends at 1 MiB, and the program with it", .timeLimit(.minutes(1)))
    func endless() throws {
        let output = try ProgramOutput(of: "/usr/bin/yes", [], environment: Self.environment)
        #expect(output.text.utf8.count == 1 << 20 && output.status != 0)
    }
}
