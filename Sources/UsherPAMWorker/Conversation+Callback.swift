internal import CLinux
internal import CPAM
internal import UsherNames
internal import UsherPAMWire

/// The C side of a conversation: pam_conv(3). Styles that need another client (PAM_RADIO_TYPE, PAM_BINARY_PROMPT) are
/// refused. `*responses` is set on success alone, and `responses` may be NULL where nothing is asked: modules do that.
extension Conversation {
    /// The structure for pam_start(3). The conversation must outlive the handle.
    var structure: pam_conv {
        unsafe pam_conv(
            conv: { count, messages, responses, data in
                guard let data = unsafe data else { return PAM_CONV_ERR }
                return unsafe Unmanaged<Conversation>.fromOpaque(data).takeUnretainedValue()
                    .respond(count, messages, responses)
            }, appdata_ptr: Unmanaged.passUnretained(self).toOpaque())
    }

    /// The callback of PAM_FAIL_DELAY (pam_fail_delay(3)). Without one libpam sleeps; the daemon keeps a floor of its
    /// own, so that nobody needs the delay.
    static let delayCallback: @convention(c) (Int32, UInt32, UnsafeMutableRawPointer?) -> Void = { _, _, _ in }

    /// Goes through a text and a question for the password, as pam_unix(8) has them.
    func rehearse() {
        for style in [PAM_TEXT_INFO, PAM_PROMPT_ECHO_OFF] {
            unsafe "Password: ".withCString { text in
                var message = unsafe pam_message(msg_style: style, msg: text)
                unsafe withUnsafePointer(to: &message) { message in
                    var messages: UnsafePointer<pam_message>? = unsafe message
                    var responses: UnsafeMutablePointer<pam_response>?
                    guard unsafe respond(1, &messages, &responses) == PAM_SUCCESS, let list = unsafe responses else {
                        return
                    }
                    unsafe Self.discard(list, 1)
                }
            }
        }
    }

    @unsafe private func respond(
        _ count: Int32, _ messages: UnsafeMutablePointer<UnsafePointer<pam_message>?>?,
        _ responses: UnsafeMutablePointer<UnsafeMutablePointer<pam_response>?>?
    ) -> Int32 {
        guard let round = unsafe Self.lines(count, messages),
            unsafe responses != nil || !round.contains(where: \.style.wantsAnswer)
        else {
            _ = fail()
            return PAM_CONV_ERR
        }
        guard let answers = answers(to: round) else { return PAM_CONV_ERR }
        guard let list = unsafe Self.responses(to: round, answers) else { return PAM_BUF_ERR }
        if let responses = unsafe responses { unsafe responses.pointee = list } else { unsafe free(list) }
        return PAM_SUCCESS
    }

    /// The lines of a round, cleaned; nil where there is a style that no client can show, or no message at all.
    @unsafe private static func lines(
        _ count: Int32, _ messages: UnsafeMutablePointer<UnsafePointer<pam_message>?>?
    ) -> [PAMPrompt]? {
        guard (1...Int32(PAMLimits.messages)).contains(count), let messages = unsafe messages else { return nil }
        var lines: [PAMPrompt] = []
        for index in 0..<Int(count) {
            guard let message = unsafe messages[index]?.pointee else { return nil }
            guard let style = unsafe style(message.msg_style) else { return nil }
            let (text, isCut) = unsafe text(message.msg)
            lines.append(PAMPrompt(style, text, isCut: isCut))
        }
        return lines
    }

    private static func style(_ style: Int32) -> PromptStyle? {
        switch style {
        case PAM_PROMPT_ECHO_OFF: .secret
        case PAM_PROMPT_ECHO_ON: .visible
        case PAM_ERROR_MSG: .error
        case PAM_TEXT_INFO: .info
        default: nil
        }
    }

    @unsafe private static func text(_ text: UnsafePointer<CChar>?) -> (text: String, isCut: Bool) {
        guard let text = unsafe text else { return ("", false) }
        let bytes = unsafe UnsafeRawBufferPointer(start: text, count: strnlen(text, PAMText.sample))
        return unsafe PAMText.shown(Span<UInt8>(_unsafeBytes: bytes))
    }

    /// The answers as libpam takes them over: an array and strings of malloc(3). Nil when there is no memory.
    @unsafe private static func responses(
        to round: [PAMPrompt], _ answers: borrowing PAMAnswers
    ) -> UnsafeMutablePointer<pam_response>? {
        guard let memory = unsafe calloc(round.count, MemoryLayout<pam_response>.stride) else { return nil }
        let list = unsafe memory.bindMemory(to: pam_response.self, capacity: round.count)
        var next = 0
        for index in round.indices where round[index].style.wantsAnswer {
            guard let answer = unsafe string(answers, next) else {
                unsafe discard(list, round.count)
                return nil
            }
            unsafe list[index].resp = answer
            next += 1
        }
        return unsafe list
    }

    @unsafe private static func string(_ answers: borrowing PAMAnswers, _ index: Int) -> UnsafeMutablePointer<CChar>? {
        unsafe answers.withAnswer(index) { answer in
            guard let memory = unsafe calloc(answer.count + 1, 1) else { return nil }
            let bytes = unsafe memory.bindMemory(to: CChar.self, capacity: answer.count + 1)
            for at in answer.indices { unsafe bytes[at] = CChar(bitPattern: answer[at]) }
            return unsafe bytes
        }
    }

    @unsafe private static func discard(_ list: UnsafeMutablePointer<pam_response>, _ count: Int) {
        for index in 0..<count {
            guard let answer = unsafe list[index].resp else { continue }
            unsafe usher_wipe(answer, strlen(answer))
            unsafe free(answer)
        }
        unsafe free(list)
    }
}
