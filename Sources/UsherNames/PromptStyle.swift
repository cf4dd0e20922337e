/// The four styles of PAM's prompts: how a line is shown, and whether an answer is expected.
package enum PromptStyle: UInt8, Hashable, CaseIterable, Sendable {
    /// PAM_PROMPT_ECHO_OFF: asks; the answer is not shown.
    case secret = 1
    /// PAM_PROMPT_ECHO_ON: asks; the answer may be shown.
    case visible = 2
    /// PAM_ERROR_MSG: says something went wrong.
    case error = 3
    /// PAM_TEXT_INFO: says something.
    case info = 4

    /// As it stands in `style` of the public protocol.
    package var name: StaticString {
        switch self {
        case .secret: "secret"
        case .visible: "visible"
        case .error: "error"
        case .info: "info"
        }
    }

    /// Whether an answer is expected.
    package var wantsAnswer: Bool { self == .secret || self == .visible }
}
