import CLinux
import Testing
import UsherSecrets

@testable import UsherPAMWorker

@Suite("Libraries in use")
struct FileIdentitiesTests {
    private func write(_ text: String, to path: String) {
        let file = usher_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        _ = text.withCString { CLinux.write(file, $0, text.utf8.count) }
        close(file)
    }

    @Test("are current until another file stands in the place of one, or none; seen a second later at most")
    func replaced() {
        let path = "/tmp/usher-pam-test-library-\(Random.word())"
        defer { unlink(path) }
        write("old", to: path)
        var files = FileIdentities([path, "/proc/self/exe"])
        let first = files.areCurrent(at: 1)
        write("new", to: path + ".new")
        rename(path + ".new", path)
        let later = [1, 2, 2].map { files.areCurrent(at: $0) }
        #expect(first && later == [true, false, false])
        var next = FileIdentities([path])
        let found = next.areCurrent(at: 2)
        unlink(path)
        let missing = next.areCurrent(at: 3)
        #expect(found && !missing)
    }

    @Test("those that this process has mapped are found, and are current")
    func found() {
        let libraries = FileIdentities.libraries()
        var files = FileIdentities(libraries)
        let areCurrent = files.areCurrent(at: 1)
        #expect(libraries.count > 2 && areCurrent)
    }
}
