import CLinux
import Testing
import UsherTestKit

@testable import UsherPAMDoctor

@Suite("Doctor")
struct DoctorTests {
    @Test("names the module that says no, and those before it that do not")
    func refused() throws {
        let stack = "auth required pam_permit.so\nauth required DEV file=users\naccount required DEV file=users"
        let good = try examine(["s": stack])
        #expect(good.status == 0, "\(good.text)")
        #expect(good.text.contains("DIR/pam.d/s:2 auth BUILD/libpam_usher_dev.so SUCCESS"))
        #expect(good.text.contains("DIR/pam.d/s:3 account BUILD/libpam_usher_dev.so SUCCESS"))
        #expect(good.text.contains("Outcome: let in as dev, no account on this host"))
        let bad = try examine(["s": stack], input: "wrong\n")
        #expect(bad.status == 1)
        #expect(bad.text.contains("DIR/pam.d/s:1 auth pam_permit.so SUCCESS"))
        #expect(bad.text.contains("DIR/pam.d/s:2 auth BUILD/libpam_usher_dev.so AUTH_ERR: not the right secret"))
        #expect(!bad.text.contains("account") && bad.text.contains("refused in the phase authentication: AUTH_ERR"))
        #expect(!good.text.contains("right\n") && !bad.text.contains("wrong"))
    }

    @Test(
        "lets in whom the service's entry does: an account is needed, and it is not root's, unless it says so",
        arguments: [
            ("dev", "", 1, "refused after its stack let in dev, no account on this host: that takes allow_no_account"),
            ("dev", "--allow-root", 1, "refused after its stack let in dev"),
            ("dev", "--allow-no-account", 0, "let in as dev, no account on this host"),
            ("root", "", 1, "refused after its stack let in root, uid 0: that takes allow_root = true"),
            ("root", "--allow-no-account", 1, "refused after its stack let in root"),
            ("root", "--allow-root", 0, "let in as root, uid 0"),
        ])
    func rules(_ user: String, _ option: String, _ status: Int32, _ words: String) throws {
        let stack = "auth required DEV file=users\naccount required DEV file=users"
        let answer = try examine(["s": stack], user: user, options: option.isEmpty ? [] : [option])
        #expect(answer.status == status && answer.text.contains("Outcome: \(words)"), "\(answer.text)")
    }

    @Test(
        "says whom and what the broker refuses, by the environment of its unit",
        arguments: [
            ("dev", "USHER_SERVICES=usher,s", 0, "nothing found before it runs"),
            ("dev", "USHER_SERVICES=usher,usher-*", 1, "usher-pam refuses the service s: USHER_SERVICES of its unit"),
            ("root", "USHER_MINIMUM_UID=1", 1, "refused after its stack let in root, uid 0: usher-pam asks no module"),
            ("root", "USHER_MINIMUM_UID=0", 0, "let in as root, uid 0"),
            ("dev", "USHER_MINIMUM_UID=1000", 0, "let in as dev"),
            ("dev", "USHER_SERVICES=usher,*", 2, "USHER_SERVICES is no list of services"),
        ])
    func unit(_ user: String, _ variable: String, _ status: Int32, _ words: String) throws {
        let stack = "auth required DEV file=users\naccount required DEV file=users"
        let answer = try examine(
            ["s": stack], user: user, options: ["--allow-no-account", "--allow-root"], environment: [variable])
        #expect(answer.status == status && answer.text.contains(words), "\(answer.text)")
    }

    @Test("says that a module wrote to the worker's channel, for which the broker ends a login")
    func spoiled() throws {
        let answer = try examine(["s": "auth required CHAOS garbage\naccount required CHAOS"])
        #expect(answer.status == 1, "\(answer.text)")
        #expect(answer.text.contains("Outcome: no verdict: a module wrote to the worker's channel"), "\(answer.text)")
    }

    @Test("follows includes, substacks and jumps as PAM does, whatever the order")
    func structure() throws {
        let answer = try examine([
            "s": "auth [success=1 default=ignore] DEV file=users\nauth requisite pam_deny.so\n@include DIR/pam.d/part",
            "part": "auth include DIR/pam.d/deeper\naccount substack DIR/pam.d/deeper",
            "deeper": "auth required pam_permit.so\naccount required pam_permit.so",
        ])
        #expect(answer.status == 0, "\(answer.text)")
        #expect(answer.text.contains("DIR/pam.d/deeper:1 auth pam_permit.so SUCCESS"))
        #expect(answer.text.contains("DIR/pam.d/deeper:2 account pam_permit.so SUCCESS"))
        #expect(!answer.text.contains("pam_deny.so"), "it was jumped over")
    }

    @Test(
        "says what is wrong before it runs, and what to do",
        arguments: [
            ("auth required pam_none.so", "pam_none.so is not there. Install the package"),
            ("@include nothing", "nothing is not there; libpam refuses the whole stack"),
            ("auth sufficent", "no line that PAM understands"),
            (
                "auth required pam_faillock.so preauth dir=/nonexistent/x",
                "/nonexistent/x is not there: failures are not counted, and a locked user gets in. Say dir="
            ),
            ("auth sufficient pam_rootok.so", "judges the uid of the broker, not the user"),
            ("auth required pam_succeed_if.so use_uid uid > 1", "Take use_uid out"),
            ("auth required pam_faillock.so preauth dir=/proc/self", "failures are not counted"),
            ("account required pam_faillock.so dir=/tmp", "does more than answer in the account phase"),
            ("auth required pam_oath.so usersfile=/nonexistent/y", "codes cannot be marked as used"),
            ("auth required pam_google_authenticator.so", "lies in the home directory"),
            ("auth required pam_listfile.so file=/nonexistent/z item=user sense=allow", "/nonexistent/z is not there"),
        ])
    func findings(_ line: String, _ words: String) throws {
        let answer = try examine(["s": line + "\naccount required pam_permit.so"])
        #expect(answer.status == 1)
        #expect(answer.text.contains("  ! DIR/pam.d/s:1") && answer.text.contains(words), "\(answer.text)")
    }

    @Test("says that a service that is not there falls to `other`, and does not run that")
    func other() throws {
        let answer = try examine(["s": ""], service: "nosuch")
        #expect(answer.status == 1 && answer.text.contains("PAM would fall back to 'other'"))
        #expect(!answer.text.contains("Steps"))
    }

    @Test("a module that may be missing may be")
    func optional() throws {
        let answer = try examine([
            "s": "-auth optional pam_none.so\nauth required pam_permit.so\naccount required pam_permit.so"
        ])
        #expect(!answer.text.contains("  ! "), "\(answer.text)")
    }

    @Test(
        "names the module that crashes, ends the process or cannot be loaded",
        arguments: ["segv", "exit=0", "closefds"])
    func broken(_ how: String) throws {
        let answer = try examine([
            "s": "auth required pam_permit.so\nauth required CHAOS \(how)\naccount required pam_permit.so"
        ])
        #expect(answer.status == 1)
        if how != "closefds" { #expect(answer.text.contains("s:2 auth BUILD/libpam_usher_chaos.so did not return")) }
        #expect(answer.text.contains("Outcome: the worker "), "\(answer.text)")
    }

    @Test("leaves nothing running, wherever it went, and no copy behind")
    func leftBehind() throws {
        let harness = try DoctorHarness([
            "s": "auth required CHAOS setsid=DIR/stray ret=7\naccount required pam_permit.so"
        ])
        let answer = try harness.examine()
        #expect(answer.status == 1 && answer.text.contains("AUTH_ERR"), "\(answer.text)")
        let written = File.text(harness.place.path("stray"))
        let stray = try #require(pid_t(written.split(separator: "\n").first.map(String.init) ?? ""))
        #expect(eventually { kill(stray, 0) < 0 })
        let copy = try #require(TemporaryStack())
        let path = copy.path
        #expect(copy.write(["s": "auth required pam_deny.so"]))
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o700)
        #expect(stat(path + "/s", &status) == 0 && status.st_mode & 0o777 == 0o600)
        _ = consume copy
        #expect(File.mode(path) == 0)
    }

    @Test("waits for no named pipe in the place of a file")
    func namedPipe() {
        let place = "/tmp/usher-doctor-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        mkfifo(place, 0o600)
        defer { unlink(place) }
        let copy = StackCopy(of: place, in: nil, to: "/nowhere", tracer: "t", tag: "t")
        #expect(copy.places.isEmpty)
    }

    @Test("gives further answers in order, and says which texts came")
    func questions() throws {
        let stack = "auth required DEV file=users\naccount required DEV file=users"
        #expect(try examine(["s": stack], user: "otp", input: "right\n314159\n").status == 0)
        let short = try examine(["s": stack], user: "otp")
        #expect(short.status == 1 && short.text.contains("it said: asks One-time code: "), "\(short.text)")
    }

    @Test("reads the lines of service files as libpam does")
    func lines() {
        let text =
            "# c\nauth\trequired  pam_a.so a=b [x y] # c\n\n-Account [success=1 default=ignore] \\\n  /x/pam_b.so\n@include c\nauth include d"
        let lines = StackLine.lines(of: Array(text.utf8))
        #expect(lines.map(\.number) == [2, 5, 6, 7])
        #expect(lines[0].line?.action == .module(control: "required", path: "pam_a.so", arguments: "a=b [x y] "))
        #expect(lines[1].line?.type == "account" && lines[1].line?.mayBeMissing == true)
        #expect(
            lines[1].line?.action == .module(control: "[success=1 default=ignore]", path: "/x/pam_b.so", arguments: ""))
        #expect(lines[2].line?.action == .includeAll(file: "c"))
        #expect(lines[3].line?.action == .include(control: "include", file: "d"))
        for wrong in ["auth", "nonsense required pam_a.so", "auth required", "@include"] {
            #expect(StackLine.lines(of: Array(wrong.utf8)).first?.line == nil)
        }
    }

    @Test("passes over lines of the trace that are not its own")
    func trace() {
        let steps = TracedStep.read(
            "t-0 auth >\nx-1 auth >\nt-0 auth 7\nt-1 account >\nnonsense\nt-9\nt-1 auth 0\n", "t")
        #expect(steps.map(\.place) == [0, 1] && steps.map(\.code) == [7, nil])
    }

    private func eventually(_ condition: () -> Bool) -> Bool {
        let end = usher_boottime() + 10_000_000_000
        while usher_boottime() < end {
            if condition() { return true }
            poll(nil, 0, 1)
        }
        return condition()
    }
}
