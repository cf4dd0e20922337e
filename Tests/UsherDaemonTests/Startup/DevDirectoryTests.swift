import CLinux
import Testing
import UsherConfiguration
import UsherTestKit

@testable import UsherDaemon

@Suite("Directory of --dev")
struct DevDirectoryTests {
    let parent: TestDirectory
    var path: String { "\(parent.path)/usher" }

    init() throws { parent = try TestDirectory() }

    /// What the refusal says; nil where there is none.
    private func refusal(_ path: String) -> String? {
        do {
            let directory = try DevDirectory(path: path)
            _ = directory.path
            return nil
        } catch {
            return error.description
        }
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    @Test("is made for its user alone, and taken again afterwards")
    func made() throws {
        #expect(refusal(path) == nil)
        #expect(mode(path) == 0o700 && mode("\(path)/lock") == 0o600)
        #expect(refusal(path) == nil)
    }

    /// A child of a daemon that was killed, which has not come to execve(2) yet, is one.
    @Test("is waited for while somebody holds its lock for a moment")
    func held() throws {
        #expect(refusal(path) == nil)
        let holder = usher_open("\(path)/lock", O_RDWR, 0)
        #expect(flock(holder, LOCK_EX | LOCK_NB) == 0)
        let thread = TestThread {
            poll(nil, 0, 100)
            close(holder)
        }
        #expect(refusal(path) == nil)
        thread.join()
    }

    @Test("is refused where others may enter", arguments: [0o750, 0o701, 0o755, 0o777, 0o720] as [mode_t])
    func open(_ mode: mode_t) throws {
        mkdir(path, 0o700)
        chmod(path, mode)
        #expect(refusal(path)?.contains("0700") == true)
    }

    @Test("is refused behind a symbolic link, also with a slash at its end")
    func link() throws {
        mkdir(path, 0o700)
        symlink(path, "\(parent.path)/link")
        #expect(refusal("\(parent.path)/link") != nil)
        #expect(refusal("\(parent.path)/link/") != nil)
        symlink("/nowhere", "\(parent.path)/dangling")
        #expect(refusal("\(parent.path)/dangling") != nil)
    }

    @Test("is refused where it is another's", .enabled(if: geteuid() == 0))
    func foreign() throws {
        mkdir(path, 0o700)
        chown(path, 12345, 12345)
        #expect(refusal(path)?.contains("belong") == true)
    }

    @Test("is refused where it is no directory, or has no parent")
    func noDirectory() throws {
        close(usher_open(path, O_CREAT | O_WRONLY, 0o600))
        #expect(refusal(path) != nil)
        #expect(refusal("\(parent.path)/a/b") != nil)
    }

    @Test("a lock that is a symbolic link is not followed")
    func linkedLock() throws {
        mkdir(path, 0o700)
        symlink("\(parent.path)/elsewhere", "\(path)/lock")
        #expect(refusal(path) != nil)
        #expect(access("\(parent.path)/elsewhere", F_OK) != 0)
    }

    @Test("serves one daemon at a time")
    func locked() throws {
        let first = try DevDirectory(path: path)
        #expect(refusal(path)?.contains("another") == true)
        let isThere = first.contains("lock")
        #expect(isThere)
    }

    @Test("files are written in place of the old, mode 0600, never through a link")
    func write() throws {
        let directory = try DevDirectory(path: path)
        try directory.write("one, which is longer", to: "file")
        try directory.write("two", to: "file")
        #expect(try TextFile.read("\(path)/file") == "two")
        #expect(mode("\(path)/file") == 0o600)
        symlink("\(parent.path)/target", "\(path)/link")
        var isRefused = false
        do { try directory.write("x", to: "link") } catch { isRefused = true }
        #expect(isRefused && access("\(parent.path)/target", F_OK) != 0)
    }

    @Test("sockets listen in place of the old, mode 0600; a path that no address holds is an error")
    func listen() throws {
        let directory = try DevDirectory(path: path)
        for _ in 0..<2 {
            let socket = try directory.listen("usher.sock", type: CInt(SOCK_STREAM.rawValue))
            #expect(mode("\(path)/usher.sock") == 0o600 && socket.number >= 0)
            let client = usher_unix_socket(CInt(SOCK_STREAM.rawValue), 1)
            #expect(usher_connect(client, "\(path)/usher.sock") == 0)
            close(client)
        }
        var isRefused = false
        do {
            let socket = try directory.listen(String(repeating: "x", count: 100), type: CInt(SOCK_STREAM.rawValue))
            _ = socket.number
        } catch { isRefused = true }
        #expect(isRefused)
    }

    // MARK: What is in it

    @Test("a write that fails leaves what was there")
    func failedWrite() throws {
        let directory = try DevDirectory(path: path)
        try directory.write("one", to: "file")
        mkdir("\(path)/file.new", 0o700)
        var isRefused = false
        do { try directory.write("two", to: "file") } catch { isRefused = true }
        #expect(isRefused)
        #expect(try TextFile.read("\(path)/file") == "one")
        // Nothing needs to be written for what is there already.
        try directory.write("one", to: "file")
        chmod("\(path)/file", 0o644)
        isRefused = false
        do { try directory.write("one", to: "file") } catch { isRefused = true }
        #expect(isRefused)
    }

    @Test("the lock says which process has it")
    func signed() throws {
        let directory = try DevDirectory(path: path)
        let lock = directory.path(of: "lock")
        #expect(try TextFile.read(lock) == "\(getpid())\n")
    }

    @Test("credentials are made once and kept over restarts; service files are written anew")
    func environment() throws {
        for _ in 0..<2 {
            let directory = try DevDirectory(path: path)
            try DevEnvironment.prepare(directory, module: "/lib/pam_usher_dev.so")
        }
        let (login, users) = (try TextFile.read("\(path)/login.json"), try TextFile.read("\(path)/users"))
        let directory = try DevDirectory(path: path)
        try directory.write("garbage", to: "pam.d/default")
        try DevEnvironment.prepare(directory, module: "/other/pam_usher_dev.so")
        #expect(try TextFile.read("\(path)/login.json") == login)
        #expect(try TextFile.read("\(path)/users") == users)
        var target = [CChar](repeating: 0, count: 64)
        #expect(readlink("\(path)/pam_usher_dev.so", &target, 63) > 0)
        #expect(target.withUnsafeBufferPointer { String(cString: $0.baseAddress!) } == "/other/pam_usher_dev.so")
        #expect(try TextFile.read("\(path)/pam.d/other")?.contains("pam_deny.so") == true)
        for name in ["login.json", "users", "pam.d/default"] { #expect(mode("\(path)/\(name)") == 0o600) }
    }

    @Test("login.json is made anew where it was emptied, removed or came with a directory that was moved")
    func renewed() throws {
        var passwords: Set<String> = []
        func prepare(_ place: String) throws {
            let directory = try DevDirectory(path: place)
            try DevEnvironment.prepare(directory, module: "/lib/pam_usher_dev.so")
            let socket = directory.path(of: "usher.sock")
            let login = try #require(try TextFile.read("\(place)/login.json"))
            #expect(login.contains("\"\(socket)\""))
            passwords.insert(String(try #require(login.split(separator: #""password":""#).last?.prefix(22))))
        }
        try prepare(path)
        truncate("\(path)/login.json", 0)
        try prepare(path)
        unlink("\(path)/login.json")
        try prepare(path)
        let moved = "\(parent.path)/moved"
        rename(path, moved)
        try prepare(moved)
        #expect(passwords.count == 1)
    }

    @Test("the users are those of the command line, with their passwords from before")
    func users() throws {
        func lines(_ users: [String]) throws -> [String] {
            let directory = try DevDirectory(path: path)
            try DevEnvironment.prepare(
                directory, module: "/lib/pam_usher_dev.so", users: try users.map { try DevUser($0) })
            return try #require(try TextFile.read("\(path)/users")).split(separator: "\n").map(String.init)
        }
        let first = try lines(["ada", "bob,otp,expired", "eve:secret,otp=42"])
        #expect(first.count == 3 && first[0].hasPrefix("ada:$6$"))
        #expect(first[1].hasSuffix(":expired") && first[1].contains(":otp=") && first[2].hasSuffix(":otp=42"))
        let plain = String(first[1].split(separator: ":otp=")[0])
        #expect(try lines(["bob", "ada"]) == [plain, first[0]])
        let login = try #require(try TextFile.read("\(path)/login.json"))
        #expect(
            login.hasPrefix(#"{"user":"bob","password":""#) && login.contains(#""users":[{"user":"bob","password":""#))
    }

    @Test("the password stands in login.json alone, and its hash in users; another directory has another")
    func credentials() throws {
        var passwords: Set<String> = []
        for name in ["a", "b"] {
            let directory = try DevDirectory(path: "\(parent.path)/\(name)")
            try DevEnvironment.prepare(directory, module: "/lib/pam_usher_dev.so")
            let login = try #require(try TextFile.read(directory.path(of: "login.json")))
            let users = try #require(try TextFile.read(directory.path(of: "users")))
            let password = try #require(login.split(separator: #""password":""#).last?.prefix(22))
            #expect(users.hasPrefix("dev:$6$") && !users.contains(password))
            #expect(login.contains(directory.path(of: "usher.sock")))
            passwords.insert(String(password))
        }
        #expect(passwords.count == 2)
    }
}
