/// One message of a PAM conversation, its text cleaned and bounded by the worker.
package struct PAMPrompt: Hashable, Sendable {
    /// Bytes of one text. PAM_MAX_MSG_SIZE of <security/_pam_types.h> is 512, but libpam does not enforce it: a QR code
    /// takes two or three KiB, and an address follows it.
    package static let maximumSize = 4096
    /// Messages of one step: PAM_MAX_NUM_MSG of <security/_pam_types.h>.
    package static let maximumCount = AnswerLimit.count
    /// Bytes of all texts of one step together. They fit a datagram of the broker, and also a frame of the public
    /// protocol, in which JSON doubles line feeds, quotes and backslashes.
    package static let maximumTotal = 16_384

    /// How to show it, and whether it wants an answer.
    package var style: PromptStyle
    /// Data for a person, of several lines perhaps; may be empty. Not to be parsed.
    package var text: String
    /// Whether the end of the module's text is missing.
    package var isCut: Bool

    /// A message.
    package init(_ style: PromptStyle, _ text: String, isCut: Bool = false) {
        self.style = style
        self.text = text
        self.isCut = isCut
    }

    /// Whether it wants an answer.
    package var wantsAnswer: Bool { style.wantsAnswer }

    /// Cuts the text to at most `size` bytes, at the end of a scalar.
    fileprivate mutating func cut(to size: Int) {
        guard text.utf8.count > size else { return }
        var kept = 0
        let end = text.unicodeScalars.indices.first {
            kept += UTF8.width(text.unicodeScalars[$0])
            return kept > size
        }
        text = String(text.unicodeScalars[..<(end ?? text.endIndex)])
        isCut = true
    }
}

extension [PAMPrompt] {
    /// As much of the messages as one step has room for, in order. Questions have precedence over texts that want no
    /// answer, and of these the last ones, because what a module says right before it asks or ends tells most. O(n).
    package var fitted: [PAMPrompt] {
        var spare = count - PAMPrompt.maximumCount
        var fitted = filter { prompt in
            guard spare > 0, !prompt.wantsAnswer else { return true }
            spare -= 1
            return false
        }
        var room = PAMPrompt.maximumTotal
        let questions = fitted.indices.filter { fitted[$0].wantsAnswer }
        for index in questions + fitted.indices.reversed().filter({ !fitted[$0].wantsAnswer }) {
            fitted[index].cut(to: room)
            room -= fitted[index].text.utf8.count
        }
        return fitted
    }
}
