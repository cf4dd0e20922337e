import Testing
import UsherTestKit

/// One stack, and what the doctor must say of it. `user` is `dev` unless said otherwise; the password given is `right`.
struct StackCase: Sendable, CustomTestStringConvertible {
    let stack: String
    let status: Int32
    let words: [String]
    var input = "right\n"
    var more: [String: String] = [:]

    init(_ stack: String, _ status: Int32, _ words: String..., input: String = "right\n", more: [String: String] = [:])
    {
        self.stack = stack
        self.status = status
        self.words = words
        self.input = input
        self.more = more
    }

    var testDescription: String { String(stack.prefix(60)) }
}

private let account = "\naccount required pam_permit.so"
private let good = "auth required DEV file=users\naccount required DEV file=users"

private let sound: [StackCase] = [
    StackCase(good, 0, "s:1 auth", "SUCCESS", "let in as dev"),
    StackCase("auth sufficient DEV file=users\nauth required pam_deny.so" + account, 0, "let in as dev"),
    StackCase("auth requisite DEV file=users\nauth required pam_permit.so" + account, 0, "let in as dev"),
    StackCase(
        "auth [success=1 default=ignore] DEV file=users\nauth requisite pam_deny.so\nauth required pam_permit.so"
            + account, 0),
    StackCase(
        "auth optional pam_deny.so\nauth required DEV file=users" + account, 0,
        "s:1 auth pam_deny.so AUTH_ERR: always says no"),
    StackCase("-auth optional pam_none.so\n" + good, 0, "nothing found"),
    StackCase("-session required pam_none.so\n" + good, 0, "nothing found"),
    StackCase("session required pam_none.so\n" + good, 0, "nothing found"),
    StackCase("AUTH required DEV file=users\nAccount required DEV file=users", 0, "let in as dev"),
    StackCase("auth\trequired DEV\tfile=users" + account, 0, "let in as dev"),
    StackCase("auth required \\\n  DEV file=users" + account, 0, "s:2 auth"),
    StackCase("# comment\n\n" + good + "\n# end", 0, "s:3 auth"),
    StackCase("auth required DEV file=users # why" + account, 0, "let in as dev"),
    StackCase("@include DIR/pam.d/part", 0, "part:1 auth", more: ["part": good]),
    StackCase("auth include DIR/pam.d/part\naccount include DIR/pam.d/part", 0, "part:2 account", more: ["part": good]),
    StackCase("auth substack DIR/pam.d/part\naccount substack DIR/pam.d/part", 0, "let in", more: ["part": good]),
    StackCase("@include DIR/pam.d/part\n" + good, 0, "let in", more: ["part": "# nothing"]),
    StackCase("auth required pam_permit.so\n" + good, 0, "let in as dev"),
    StackCase("auth required pam_warn.so\n" + good, 0, "let in as dev"),
    StackCase("auth required pam_succeed_if.so user = dev\n" + good, 0, "let in as dev"),
]

private let refused: [StackCase] = [
    StackCase(good, 1, "s:1 auth", "AUTH_ERR: not the right secret, or no longer", input: "wrong\n"),
    StackCase(good, 1, "it said: asks Password", input: ""),
    StackCase("auth required pam_deny.so" + account, 1, "pam_deny.so AUTH_ERR: always says no", "phase authentication"),
    StackCase("auth required DEV file=users\naccount required pam_deny.so", 1, "phase account"),
    StackCase("auth sufficient pam_deny.so\nauth required pam_deny.so" + account, 1, "always says no"),
    StackCase("auth requisite pam_deny.so\n" + good, 1, "s:1 auth pam_deny.so"),
    StackCase("auth [default=die] pam_deny.so\n" + good, 1, "s:1 auth pam_deny.so"),
    StackCase("auth required pam_succeed_if.so user = somebody\n" + good, 1, "pam_succeed_if.so"),
    StackCase(
        "auth required CHAOS ret=9" + account, 1,
        "AUTHINFO_UNAVAIL: what it asks, a server or a daemon, cannot be reached"),
    StackCase("auth required CHAOS ret=10" + account, 1, "USER_UNKNOWN: does not know the user"),
    StackCase(
        "auth required DEV file=users\naccount required CHAOS account=13", 1,
        "ACCT_EXPIRED: the account has expired: chage -E -1 dev"),
    StackCase("auth required CHAOS segv" + account, 1, "did not return", "Outcome: the worker "),
    StackCase("auth required CHAOS exit=0" + account, 1, "did not return"),
    StackCase("auth required pam_exec.so /bin/false\n" + good, 1, "pam_exec.so"),
]

private let faulty: [StackCase] = [
    StackCase("auth required DEV file=users", 1, "has no line for the phase account: PAM asks the service 'other'"),
    StackCase(
        "account required DEV file=users", 1, "has no line for the phase auth",
        "Add, for instance: auth required pam_unix.so"),
    StackCase("# nothing", 1, "no line for the phase auth", "no line for the phase account"),
    StackCase("", 1, "no line for the phase auth", "no line for the phase account"),
    StackCase("session required pam_permit.so", 1, "no line for the phase auth"),
    StackCase(
        "auth include DIR/pam.d/part" + account, 1, "no line for the phase auth",
        more: ["part": "account required pam_permit.so"]),
    StackCase(
        "auth required DEV file=users\r\naccount required DEV file=users\r", 1, "lines end with CR LF",
        "sed -i 's/\\r$//' DIR/pam.d/s"),
    StackCase("auth required pam_permit.so\r" + account, 1, "lines end with CR LF"),
    StackCase(
        "#" + String(repeating: "x", count: 1100) + "\n" + good, 1,
        "s:1: longer than 1022 bytes; PAM reads the rest as another line"),
    StackCase(
        "auth required DEV file=users " + String(repeating: "y", count: 1100) + account, 1,
        "s:1: longer than 1022 bytes"),
    StackCase("auth sufficent DEV", 1, "no line for the phase account"),
    StackCase("auth sufficent", 1, "s:1: no line that PAM understands"),
    StackCase("nonsense required pam_permit.so\n" + good, 1, "s:1: no line that PAM understands"),
    StackCase("auth", 1, "s:1: no line that PAM understands"),
    StackCase("\u{FEFF}auth required pam_permit.so" + account, 1, "s:1: no line that PAM understands"),
    StackCase("\0\u{1}\u{2}garbage\n" + good, 1, "no line that PAM understands"),
    StackCase("@include", 1, "s:1: no line that PAM understands"),
    StackCase("@include nothing\n" + good, 1, "nothing is not there; libpam refuses the whole stack"),
    StackCase("auth include nothing\n" + good, 1, "nothing is not there"),
    StackCase("@include DIR/pam.d/s", 1, "no line for the phase auth"),
    StackCase("-auth required pam_none.so\n" + good, 1, "the - only keeps PAM from logging it"),
    StackCase("auth required pam_none.so\n" + good, 1, "pam_none.so is not there. Install the package"),
    StackCase("auth required /nowhere/pam_x.so\n" + good, 1, "/nowhere/pam_x.so is not there"),
    StackCase(
        "auth required pam_rootok.so\n" + good, 1, "pam_rootok.so: it judges the uid of the broker, not the user"),
    StackCase("auth sufficient pam_rootok.so\n" + good, 1, "would let everybody in where that is root"),
    StackCase("auth required pam_wheel.so\n" + good, 1, "pam_wheel.so: it judges who runs the broker"),
    StackCase("auth required pam_succeed_if.so use_uid uid = 0\n" + good, 1, "use_uid judges the uid of the broker"),
    StackCase(
        "auth required pam_faillock.so preauth dir=/nonexistent/x\n" + good, 1,
        "failures are not counted, and a locked user gets in"),
    StackCase(
        "auth required pam_listfile.so file=/nonexistent/z item=user sense=allow\n" + good, 1,
        "/nonexistent/z is not there"),
    StackCase("auth required pam_access.so accessfile=/nonexistent/z\n" + good, 1, "/nonexistent/z is not there"),
]

@Suite("Table of stacks")
struct StackTableTests {
    private func check(_ row: StackCase) throws {
        let harness = try DoctorHarness(row.more.merging(["s": row.stack]) { other, _ in other })
        let answer = try harness.examine(input: row.input)
        #expect(answer.status == row.status, "\(answer.text)")
        for words in row.words { #expect(answer.text.contains(words), "\(words): \(answer.text)") }
        #expect(!answer.text.contains("\r") && !answer.text.contains("\0"))
    }

    @Test("a sound stack lets in, with no finding", arguments: sound)
    func letsIn(_ row: StackCase) throws {
        try check(row)
    }

    @Test("the module that refuses is named", arguments: refused)
    func refuses(_ row: StackCase) throws {
        try check(row)
    }

    @Test("what is wrong with the files is told before they run, with the remedy", arguments: faulty)
    func findings(_ row: StackCase) throws {
        try check(row)
    }
}
