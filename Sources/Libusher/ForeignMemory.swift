internal import CLinux
internal import CUsher
internal import UsherClient

/// Memory that C reads for as long as its owner lives. Blocks never move; they are zeroed before they are freed,
/// because a token may be among them.
@safe final class ForeignMemory: @unchecked Sendable {
    /// Appended to only while the owner is being made.
    private var blocks: [UnsafeMutableRawBufferPointer] = unsafe []

    deinit {
        unsafe blocks.forEach { block in
            unsafe usher_wipe(block.baseAddress, block.count)
            unsafe block.deallocate()
        }
    }

    private func block(_ size: Int, _ alignment: Int) -> UnsafeMutableRawBufferPointer {
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: max(size, 1), alignment: alignment)
        unsafe blocks.append(block)
        return unsafe block
    }

    /// A string of C of these bytes.
    func text(_ bytes: Span<UInt8>) -> UnsafePointer<CChar> {
        let block = unsafe block(bytes.count + 1, 1)
        unsafe bytes.withUnsafeBytes { unsafe block.copyMemory(from: $0) }
        unsafe block[bytes.count] = 0
        guard let start = unsafe block.bindMemory(to: CChar.self).baseAddress else {
            preconditionFailure("a block has a byte at least")
        }
        return unsafe UnsafePointer(start)
    }

    /// A string of C.
    func text(_ text: String) -> UnsafePointer<CChar> { unsafe self.text(text.utf8Span.span) }

    /// A string of C, or NULL.
    func textUnlessNil(_ text: String?) -> UnsafePointer<CChar>? {
        guard let text else { return nil }
        return unsafe self.text(text)
    }

    /// An array of C; NULL where there are no values.
    func list<Value>(_ values: [Value]) -> UnsafePointer<Value>? {
        guard !values.isEmpty else { return nil }
        let block = unsafe block(values.count * MemoryLayout<Value>.stride, MemoryLayout<Value>.alignment)
        let list = unsafe block.bindMemory(to: Value.self)
        _ = unsafe list.initialize(from: values)
        return unsafe UnsafePointer(list.baseAddress)
    }

    /// A value of C.
    func value<Value>(_ value: Value) -> UnsafePointer<Value>? { unsafe list([value]) }

    /// Pairs of texts.
    func pairs(_ pairs: some Sequence<(key: String, value: String)>) -> [usher_pair] {
        unsafe pairs.map {
            unsafe usher_pair(
                name: text($0.key), value: text($0.value), name_size: $0.key.utf8.count,
                value_size: $0.value.utf8.count)
        }
    }

    /// Lines of PAM's conversation.
    func prompts(_ prompts: [Challenge.Prompt]) -> [usher_prompt] {
        unsafe prompts.map { unsafe usher_prompt(style: $0.style.number, text: text($0.text)) }
    }
}

extension Challenge.Style {
    /// The number in usher.h.
    var number: Int32 {
        switch self {
        case .secret: Int32(USHER_PROMPT_SECRET)
        case .visible: Int32(USHER_PROMPT_VISIBLE)
        case .info: Int32(USHER_PROMPT_INFO)
        case .error: Int32(USHER_PROMPT_ERROR)
        }
    }
}
