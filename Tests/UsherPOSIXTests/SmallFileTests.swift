import CLinux
import Testing
import UsherPOSIX
import UsherTestKit

@Suite("Small files")
struct SmallFileTests {
    private func file(_ bytes: [UInt8], in directory: TestDirectory) throws -> String {
        let path = directory.path("file")
        let file = try FileDescriptor(usher_open(path, O_WRONLY | O_CREAT, 0o600), "open")
        #expect(write(file.number, bytes, bytes.count) == bytes.count)
        return path
    }

    @Test("are read whole, up to the limit and not beyond", arguments: [0, 1, 99, 100])
    func limit(_ size: Int) throws {
        let directory = try TestDirectory()
        let path = try file([UInt8](repeating: 7, count: size), in: directory)
        #expect(try SmallFile.read(path, limit: 100) == [UInt8](repeating: 7, count: size))
        #expect(try SmallFile.prefix(of: path, 50).count == min(size, 50))
        if size == 100 {
            #expect(throws: SystemError("read", code: EFBIG)) { try SmallFile.read(path, limit: 99) }
        }
    }

    @Test("that are not there, directories, and links where none is wanted are errors that name the call")
    func refused() throws {
        let directory = try TestDirectory()
        let path = try file([1], in: directory)
        #expect(throws: SystemError("open", code: ENOENT)) { try SmallFile.read(path + "x", limit: 1) }
        #expect(throws: SystemError("read", code: EISDIR)) { try SmallFile.read(directory.path, limit: 1) }
        #expect(symlink(path, path + "-link") == 0)
        #expect(try SmallFile.read(path + "-link", limit: 1) == [1])
        #expect(throws: SystemError("open", code: ELOOP)) {
            try SmallFile.read(path + "-link", limit: 1, flags: O_NOFOLLOW)
        }
    }

    @Test("a named pipe without a writer keeps nobody waiting")
    func pipe() throws {
        let directory = try TestDirectory()
        #expect(mkfifo(directory.path("pipe"), 0o600) == 0)
        #expect(try SmallFile.read(directory.path("pipe"), limit: 1).isEmpty)
    }

    @Test("the kernel's, whose size says nothing, are read whole too")
    func proc() throws {
        let status = try SmallFile.read("/proc/self/status", limit: 65_536)
        #expect(String(decoding: status, as: UTF8.self).contains("\nPid:\t\(getpid())\n"))
    }
}
