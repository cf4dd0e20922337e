import Testing
import UsherJournal
import UsherTestKit

@testable import UsherDaemon

@Suite("Process figures")
struct ProcessFiguresTests {
    @Test("memory is read from what the kernel says")
    func memory() {
        let status = "Name:\tusherd\nVmLck:\t      64 kB\nVmRSS:\t   14700 kB\n"
        #expect(ProcessFigures.bytes("VmLck:", in: status) == 65_536)
        #expect(ProcessFigures.bytes("VmRSS:", in: status) == 14_700 * 1024)
        #expect(ProcessFigures.bytes("VmRSS:", in: "VmRSS:\n") == 0)
        let journal = Journal(JournalOutput(of: "usherd", path: nil))
        let figures = ProcessFigures().figures(journal: journal, refused: 3, cutOff: 4)
        #expect(figures.first { $0.name == "memory_resident_bytes" }.map { $0.value > 1_000_000 } == true)
        #expect(figures.first { $0.name == "connections_cut_off" }?.value == 4)
    }

    @Test("every figure stands in the protocol's page, and in the schema")
    func documented() {
        let all = ProcessFigures().figures(
            journal: Journal(JournalOutput(of: "usherd", path: nil)), refused: 0, cutOff: 0)
        let (page, schema) = (File.text("protocol/PROTOCOL.md"), File.text("protocol/schema/server.json"))
        for figure in all {
            #expect(page.contains("`\(figure.name)`"), "\(figure.name)")
            #expect(schema.contains("\"\(figure.name)\""), "\(figure.name)")
        }
        #expect(Set(all.map(\.name)).count == all.count)
    }
}
