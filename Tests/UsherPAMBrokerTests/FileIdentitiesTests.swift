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

    @Test("are current until another file stands in the place of one, or none")
    func replaced() {
        let path = "/tmp/usher-pam-test-library-\(Random.word())"
        defer { unlink(path) }
        write("old", to: path)
        let files = FileIdentities([path, "/proc/self/exe"])
        #expect(files.areCurrent)
        write("new", to: path + ".new")
        rename(path + ".new", path)
        #expect(!files.areCurrent)
        let next = FileIdentities([path])
        #expect(next.areCurrent)
        unlink(path)
        #expect(!next.areCurrent)
    }

    @Test("are found")
    func found() {
        let libraries = FileIdentities.libraries()
        #expect(libraries.count > 2 && FileIdentities(libraries).areCurrent)
    }
}
