import CLinux
import Testing
import UsherPOSIX

@Suite("Start of a process")
struct ProcessStartTests {
    /// What /bin/sh writes to a descriptor of its own, and its status.
    private func output(of script: String, _ change: (inout ProcessStart) -> Void = { _ in }) throws -> String {
        var ends: [CInt] = [-1, -1]
        try #require(usher_pipe(&ends) == 0)
        let reader = FileDescriptor(owning: ends[0])
        usher_set_blocking(reader.number)
        var start = ProcessStart(
            path: "/bin/sh", arguments: ["shell", "-c", script], environment: ["A=1"],
            descriptors: [.null, .null, .same, .copy(ends[1])])
        change(&start)
        let process = try start.run()
        close(ends[1])
        let bytes = try SmallFile.prefix(of: reader, 65_536)
        var status: CInt = -1
        #expect(waitpid(process, &status, 0) == process && status == 0)
        return String(decoding: bytes, as: UTF8.self).replacing("PROCESS", with: "\(process)")
    }

    @Test("has the arguments, the environment and the descriptors that are given, and no others")
    func surroundings() throws {
        let other = try FileDescriptor(dup(2), "dup")
        #expect(other.number > 3)
        let script = """
            { echo "$0"; printenv; } >&3; for n in 0 1; do [ /proc/$$/fd/$n -ef /dev/null ] && echo null >&3; done; exec ls -l /proc/self/fd >&3
            """
        let text = try output(of: script)
        let lines = text.split(separator: "\n")
        #expect(lines.first == "shell" && lines.contains("A=1"))
        #expect(lines.filter { $0 == "null" }.count == 2 && lines.contains { $0.contains("3 -> pipe:") }, "\(text)")
        #expect(!lines.contains { $0.contains(" \(other.number) -> ") && !$0.contains("/proc/") }, "\(text)")
    }

    @Test("has no signal blocked or ignored, whatever is here")
    func signals() throws {
        let text = try output(of: "exec grep -E '^Sig(Blk|Ign)' /proc/self/status >&3")
        // glibc ignores its two own, SIGCANCEL and SIGSETXID.
        #expect(text == "SigBlk:\t0000000000000000\nSigIgn:\t0000000180000000\n")
    }

    @Test("leads a group or a session where that is wanted")
    func groups() throws {
        let script = "set -- $(cat /proc/$$/stat); echo $(( $5 == $1 )) $(( $6 == $1 )) >&3"
        #expect(try output(of: script) == "0 0\n")
        #expect(try output(of: script) { $0.group = .new } == "1 0\n")
        #expect(try output(of: script) { $0.group = .newSession } == "1 1\n")
    }

    @Test("of a program that is not there is an error")
    func absent() {
        let start = ProcessStart(path: "/nowhere/x", arguments: ["x"], environment: [], descriptors: [])
        #expect(throws: SystemError("posix_spawn", code: ENOENT)) { try start.run() }
    }
}
