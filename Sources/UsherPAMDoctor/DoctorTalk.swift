internal import UsherNames
internal import UsherPAMWire
internal import UsherPOSIX
package import UsherSecrets

/// How a ``Doctor`` speaks with the person: what it says, and what it asks.
package struct DoctorTalk {
    /// Takes a line of the report.
    let say: (String) -> Void
    /// Takes a question, and whether its answer may be seen; returns the answer, nil where there is none.
    let ask: (String, Bool) -> SecretBytes?

    /// A conversation by these two.
    package init(say: @escaping (String) -> Void, ask: @escaping (String, Bool) -> SecretBytes?) {
        self.say = say
        self.ask = ask
    }

    /// Answers are the lines of standard input, whatever the questions.
    package static func lines() -> DoctorTalk {
        DoctorTalk(say: { DoctorOutput.write(.report($0)) }, ask: { _, _ in answer() })
    }

    /// With usherctl: a line of output is the question; of a question with several lines, the last.
    package static func converse() -> DoctorTalk {
        DoctorTalk(say: { DoctorOutput.write(.report($0)) }) { question, isVisible in
            var lines = question.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(
                String.init)
            let last = lines.popLast() ?? ""
            for line in lines { DoctorOutput.write(.report(line)) }
            DoctorOutput.write(.question(last, isVisible: isVisible))
            return answer()
        }
    }

    /// A line of standard input; nil at its end, or where it is longer than an answer may be.
    private static func answer() -> SecretBytes? {
        var line = SecretBytes(capacity: PAMLimits.answer)
        guard SecretLine.read(from: 0, append: { line.append($0) }) == .line else { return nil }
        return line
    }
}
