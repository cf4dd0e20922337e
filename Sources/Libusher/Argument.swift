internal import CLinux
internal import CUsher
internal import UsherClient

/// Converts arguments of C. Each function that throws fails as `invalidArgument` for an invalid value, and `secret` as
/// `tooLarge` for one that is too long.
enum Argument {
    private static func wrong(_ what: String) -> UsherError { UsherError(.invalidArgument, detail: what) }

    /// A text that must be there.
    static func text(_ text: UnsafePointer<CChar>?) throws(UsherError) -> String {
        guard let text = unsafe try optionalText(text) else { throw wrong("a text is NULL") }
        return text
    }

    /// A text, or nil for NULL.
    static func optionalText(_ text: UnsafePointer<CChar>?) throws(UsherError) -> String? {
        guard let text = unsafe text else { return nil }
        guard let text = unsafe String(validatingCString: text) else { throw wrong("a text is not UTF-8") }
        return text
    }

    /// A token's text.
    static func token(_ text: UnsafePointer<CChar>?) throws(UsherError) -> Token {
        guard let token = unsafe optionalToken(text) else { throw wrong("a text is no token") }
        return token
    }

    /// A token's text; nil for anything else.
    static func optionalToken(_ text: UnsafePointer<CChar>?) -> Token? {
        guard let text = unsafe text else { return nil }
        return unsafe withBytes(text, limit: Token.textSize + 1) { Token(utf8: $0) }
    }

    /// A token's text, or nil for NULL.
    static func tokenUnlessNull(_ text: UnsafePointer<CChar>?) throws(UsherError) -> Token? {
        if unsafe text == nil { return nil }
        return unsafe try token(text)
    }

    /// Lends the bytes up to the NUL, `limit` at most, for the length of `body`.
    static func withBytes<R, E: Error>(
        _ text: UnsafePointer<CChar>, limit: Int, _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        let start = unsafe UnsafeRawPointer(text).assumingMemoryBound(to: UInt8.self)
        return try body(unsafe Span(_unsafeStart: start, count: Int(strnlen(text, limit))))
    }

    /// A handle's text.
    static func handle(_ text: UnsafePointer<CChar>?) throws(UsherError) -> SessionHandle {
        guard let handle = SessionHandle(unsafe try Self.text(text)) else { throw wrong("a text is no handle") }
        return handle
    }

    /// A handle's text, or nil for NULL.
    static func handleUnlessNull(_ text: UnsafePointer<CChar>?) throws(UsherError) -> SessionHandle? {
        if unsafe text == nil { return nil }
        return unsafe try handle(text)
    }

    /// A password or answer; nil for NULL.
    static func secret(_ bytes: UnsafePointer<CChar>?, _ size: Int) throws(UsherError) -> Secret? {
        guard let bytes = unsafe bytes else { return nil }
        let start = unsafe UnsafeRawPointer(bytes).assumingMemoryBound(to: UInt8.self)
        guard size >= 0, let secret = unsafe Secret(copying: Span(_unsafeStart: start, count: size)) else {
            throw UsherError(.tooLarge, detail: "a secret has more than \(Secret.capacity) bytes")
        }
        return secret
    }

    /// An array of texts. None may be NULL.
    static func texts(_ list: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int) throws(UsherError) -> [String] {
        var texts: [String] = []
        let elements = unsafe try elements(list, count)
        for index in elements.indices { texts.append(unsafe try text(elements[index])) }
        return texts
    }

    /// Elements of an array of C. The address of an empty array may be NULL.
    static func elements<Value>(
        _ list: UnsafePointer<Value>?, _ count: Int
    ) throws(UsherError) -> UnsafeBufferPointer<Value> {
        guard 0...mostElements ~= count, unsafe count == 0 || list != nil else {
            throw wrong("an array is NULL or too long")
        }
        return unsafe UnsafeBufferPointer(start: list, count: count)
    }

    /// No request has as many elements: a longer array is refused.
    private static let mostElements = 65_536

    /// Pairs of texts; a value may be NULL.
    static func changes(_ list: UnsafePointer<usher_pair>?, _ count: Int) throws(UsherError) -> [String: String?] {
        var pairs: [String: String?] = [:]
        let elements = unsafe try elements(list, count)
        for index in elements.indices {
            let pair = unsafe elements[index]
            let name = unsafe try sized(pair.name, pair.name_size)
            guard let name else { throw wrong("a name is NULL") }
            pairs[name] = .some(unsafe try sized(pair.value, pair.value_size))
        }
        return pairs
    }

    /// Pairs of texts. None may be NULL.
    static func pairs(_ list: UnsafePointer<usher_pair>?, _ count: Int) throws(UsherError) -> [String: String] {
        var pairs: [String: String] = [:]
        for (name, value) in unsafe try changes(list, count) {
            guard let value else { throw wrong("a value is NULL") }
            pairs[name] = value
        }
        return pairs
    }

    private static func sized(_ text: UnsafePointer<CChar>?, _ size: Int) throws(UsherError) -> String? {
        guard size != 0, let start = unsafe text else { return unsafe try optionalText(text) }
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: max(size, 0))
        guard size > 0, let text = unsafe String(validating: bytes, as: UTF8.self) else {
            throw wrong("a text is not UTF-8")
        }
        return text
    }

    /// Whose sessions are meant.
    static func owner(_ kind: Int32, _ name: UnsafePointer<CChar>?) throws(UsherError) -> SessionOwner {
        switch Int(kind) {
        case USHER_OF_TOKEN: .token(unsafe try token(name))
        case USHER_OF_USER: .user(unsafe try text(name))
        case USHER_OF_EVERYBODY: .everybody(realm: unsafe try optionalText(name))
        default: throw wrong("\(kind) is no kind of owner")
        }
    }

    /// Milliseconds, where 0 stands for `usual` and a negative number for none.
    static func duration(_ milliseconds: Int64, usual: Duration) -> Duration {
        milliseconds == 0 ? usual : .milliseconds(max(milliseconds, 0))
    }
}
