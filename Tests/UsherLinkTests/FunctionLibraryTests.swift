import CLinux
import Testing
import UsherTestKit

@testable import UsherLink

@Suite("Editions of the function library", .serialized, .enabled(if: Machine.hasProgram("redis-server")))
struct FunctionLibraryTests {
    private static let mark = "\nlocal EDITION = "
    private static let text = File.text("\(Built.package)/protocol/cluster/usher.lua")

    /// The library as another edition, or as none.
    private static func edited(_ edition: Int?) -> String {
        let parts = text.split(separator: mark, maxSplits: 1)
        let rest = parts[1].drop { $0.isNumber }
        guard let edition else {
            return parts[0] + "\nlocal NONE = 1" + rest.split(separator: "register('edition'")[0]
                + rest.split(separator: "register('edition'")[1].drop { $0 != "\n" }
        }
        return parts[0] + mark + "\(edition)" + rest
    }

    private func load(_ text: String, _ store: TestStore, _ directory: TestDirectory) throws {
        try File.write(text, to: directory.path("library"))
        let script = "redis-cli -s \(store.path) -x FUNCTION LOAD REPLACE < \(directory.path("library"))"
        #expect(try TestProcess.run(["sh", "-c", script], in: directory).text.contains("usher"))
    }

    private func edition(_ store: TestStore) throws -> String {
        try store.ask(["FCALL", "usher_edition", "1", "usher:{test}:"]).split(separator: "\n").first.map(String.init)
            ?? ""
    }

    @Test("the number is read from the text")
    func numbers() {
        #expect(FunctionLibrary(Array(Self.text.utf8)).edition >= 1)
        #expect(FunctionLibrary(Array(Self.edited(17).utf8)).edition == 17)
        #expect(FunctionLibrary([]).edition == 0 && FunctionLibrary(Array("\nlocal EDITION = x".utf8)).edition == 0)
    }

    @Test("an older edition in the store is replaced, also one that has no number", arguments: [0, nil])
    func older(_ edition: Int?) throws {
        let harness = try LinkHarness()
        try load(Self.edited(edition), harness.store, harness.directory)
        _ = try harness.connectUp()
        #expect(try self.edition(harness.store) == "\(FunctionLibrary(Array(Self.text.utf8)).edition)")
        #expect(File.text(harness.directory.path("link.log")).contains("was replaced"))
    }

    @Test("a newer edition in the store stays, and the journal says which host is to be updated")
    func newer() throws {
        let harness = try LinkHarness()
        try load(Self.edited(99), harness.store, harness.directory)
        _ = try harness.connectUp()
        #expect(try edition(harness.store) == "99")
        #expect(File.text(harness.directory.path("link.log")).contains("update this host"))
    }

    @Test("an older edition is used where the user may not replace it, and the journal says what to do")
    func forbidden() throws {
        let harness = try LinkHarness()
        try load(Self.edited(0), harness.store, harness.directory)
        try harness.store.ask(["ACL", "SETUSER", "default", "-function|load"])
        _ = try harness.connectUp()
        #expect(try edition(harness.store) == "0")
        #expect(File.text(harness.directory.path("link.log")).contains("usherctl cluster library"))
    }
}
