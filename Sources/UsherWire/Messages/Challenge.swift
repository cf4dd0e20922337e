package import UsherNames
internal import UsherSecrets

/// What PAM asks, to be shown to the person.
package struct Challenge: Equatable, Sendable {
    /// A prompt. Its text may have control characters: do not write it to a terminal unchanged.
    package struct Prompt: Equatable, Sendable {
        package var style: PromptStyle
        package var text: String
        /// Whether the end of the text is missing.
        package var isCut: Bool

        package init(_ style: PromptStyle, _ text: String, isCut: Bool = false) {
            self.style = style
            self.text = text
            self.isCut = isCut
        }
    }

    package let transaction: TransactionName
    package let purpose: LoginPurpose
    package let prompts: [Prompt]

    init(_ result: Range<Int>, _ bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(result, bytes)
        var transaction: TransactionName?
        var purpose: LoginPurpose?
        var prompts: [Prompt] = []
        while let key = try members.next(bytes) {
            if try members.matches(key, "transaction", 0, bytes) {
                transaction = try members.reader.transaction(bytes)
            } else if try members.matches(key, "purpose", 1, bytes) {
                let name = try members.reader.text(bytes)
                purpose = LoginPurpose.allCases.first { name.equals($0.name, in: bytes) }
            } else if try members.matches(key, "prompts", 2, bytes) {
                prompts = try Prompt.list(&members.reader, bytes)
            }
        }
        guard members.hasAll(3), let transaction, let purpose else { throw .invalidParams }
        self.transaction = transaction
        self.purpose = purpose
        self.prompts = prompts
    }
}

extension Challenge.Prompt {
    /// An array of prompts, at most as many as a challenge may have.
    static func list(_ reader: inout JSONReader, _ bytes: Span<UInt8>) throws(Refusal) -> [Challenge.Prompt] {
        var prompts: [Challenge.Prompt] = []
        try reader.enterArray(bytes)
        while try reader.nextElement(bytes) { try prompts.append(Challenge.Prompt(&reader, bytes)) }
        guard prompts.count <= WireLimit.answers else { throw .invalidParams }
        return prompts
    }

    fileprivate init(_ reader: inout JSONReader, _ bytes: Span<UInt8>) throws(Refusal) {
        var members = Members()
        var style: PromptStyle?
        var text: String?
        var isCut = false
        try reader.enterObject(bytes)
        while let key = try reader.nextMember(bytes) {
            if try members.matches(key, "style", 0, bytes) {
                let name = try reader.text(bytes)
                style = PromptStyle.allCases.first { name.equals($0.name, in: bytes) }
            } else if try members.matches(key, "text", 1, bytes) {
                text = try reader.wholeText(bytes).string(in: bytes)
            } else if try members.matches(key, "cut", 2, bytes) {
                isCut = try reader.bool(bytes)
            }
        }
        guard let style, let text else { throw .invalidParams }
        self.init(style, text, isCut: isCut)
    }
}

/// The step in which PAM asks.
extension FrameBuffer {
    /// Starts `{"state":"challenge",…}`: write prompts next, then `endChallengeStep`.
    package mutating func beginChallengeStep(_ transaction: TransactionName, purpose: LoginPurpose) {
        beginObject()
        key("state")
        value("challenge" as StaticString)
        key("transaction")
        value(transaction)
        key("purpose")
        value(purpose.name)
        key("prompts")
        beginArray()
    }

    /// A prompt. Text that is not UTF-8 is mended with U+FFFD.
    package mutating func prompt(_ style: PromptStyle, text: Span<UInt8>, isCut: Bool = false) {
        beginObject()
        key("style")
        value(style.name)
        key("text")
        value(text)
        if isCut {
            key("cut")
            value(true)
        }
        endObject()
    }

    /// Ends the challenge.
    package mutating func endChallengeStep() {
        endArray()
        endObject()
    }
}
