/// A line that `usher-pam-doctor --converse` writes for usherctl. usherctl answers a question with one line.
///
/// A line of the report has no control character. Every other line begins with one.
package enum DoctorLine: Equatable, Sendable {
    /// Text of the report.
    case report(String)
    /// A question of the PAM stack. A terminal may show the answer while it is typed only if `isVisible`.
    case question(String, isVisible: Bool)
    /// The end: whether the user was let in and nothing is to be mended.
    case verdict(Bool)

    private static let asking: Unicode.Scalar = "\u{5}"
    private static let ending: Unicode.Scalar = "\u{4}"

    /// What `line` is, without its line end.
    package init(_ line: String) {
        let scalars = line.unicodeScalars
        let rest = String(scalars.dropFirst(2))
        switch (scalars.first, scalars.dropFirst().first) {
        case (Self.asking, "v"): self = .question(rest, isVisible: true)
        case (Self.asking, _): self = .question(rest, isVisible: false)
        case (Self.ending, let word): self = .verdict(word == "1")
        default: self = .report(line)
        }
    }

    /// The line, without its end.
    package var text: String {
        switch self {
        case .report(let text): text
        case .question(let text, let isVisible): "\(Self.asking)\(isVisible ? "v" : "h")\(text)"
        case .verdict(let isGood): "\(Self.ending)\(isGood ? 1 : 0)"
        }
    }
}
