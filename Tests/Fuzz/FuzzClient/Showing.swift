import UsherClient
import UsherToolSupport
import UsherctlText

/// Nothing in a line steers a terminal, and it is one line; what PAM's modules say may have several.
func check(_ lines: [String], keepsLines: Bool = false) {
    for line in lines {
        let isClean = line.unicodeScalars.allSatisfy { !$0.steersTerminal || (keepsLines && $0 == "\n") }
        precondition(isClean, "a line that steers a terminal")
    }
}

/// A value has a line of JSON, as long as what it was given.
func check(_ json: JSONValue) {
    guard let line = json.line() else { preconditionFailure("no line of JSON") }
    check([line])
}

/// As `usherctl validate` and `list` show sessions.
func show(_ sessions: [Session]) {
    for session in sessions {
        check(session.json)
        check(TextTable(rows: session.rows).lines())
    }
    for width in [20, 80] { check(SessionTable.narrow(sessions, RelativeTime(now: now), width: width)) }
    check(SessionTable.wide(sessions))
}

private let now = UnixTime(seconds: 1_700_000_000)

/// As `usherctl stats` shows counters.
func show(_ statistics: ServerStatistics) {
    check(statistics.json)
    check(StatsReport(statistics).lines)
    check(PrometheusText.lines(statistics, server: "usherd/0"))
}

/// As `usherctl limiter` shows names.
func show(_ report: LimiterReport) {
    for name in report.names { check(name.json) }
    check(TextTable(rows: [LimitedName.heading] + report.names.map(\.row)).lines())
}

/// As `usherctl login` shows a step.
func show(_ step: LoginStep) {
    switch step {
    case .complete(let login):
        check(login.json)
        check(login.words, keepsLines: true)
    case .challenge(let challenge):
        precondition(!challenge.prompts.isEmpty)
        check(challenge.prompts.map { sanitized($0.text, keepsLines: true) }, keepsLines: true)
    }
}

/// As `usherctl` shows why it has not done something.
func show(_ error: UsherError) {
    precondition(!error.description.isEmpty && error.code.name != "answer_timed_out", "\(error.debugDescription)")
    for isChange in [false, true] {
        let failure = ToolFailure(error, ofChange: isChange)
        check(failure.json)
        check(failure.lines, keepsLines: true)
    }
}
