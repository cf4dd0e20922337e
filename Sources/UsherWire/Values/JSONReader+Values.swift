package import UsherNames
package import UsherSecrets

/// The values of the protocol, as members of `params` and of results. A value that is not allowed throws
/// `.invalidParams`.
extension JSONReader {
    /// A text without half of a surrogate pair.
    package mutating func wholeText(_ bytes: Span<UInt8>) throws(Refusal) -> JSONText {
        let text = try text(bytes)
        guard !text.hasLoneSurrogate else { throw .invalidParams }
        return text
    }

    /// A text that may become a C string, of 1 to `limit` bytes.
    mutating func name(_ bytes: Span<UInt8>, limit: Int = WireLimit.name) throws(Refusal) -> JSONText {
        let text = try wholeText(bytes)
        let count = text.count(in: bytes)
        guard !text.hasNUL, count > 0, count <= limit else { throw .invalidParams }
        return text
    }

    /// A user name (`UserName`).
    mutating func userName(_ bytes: Span<UInt8>) throws(Refusal) -> JSONText {
        let text = try text(bytes)
        guard UserName.isValid(text, in: bytes) else { throw .invalidParams }
        return text
    }

    /// A token.
    @inline(__always)
    package mutating func token(_ bytes: Span<UInt8>) throws(Refusal) -> SessionToken {
        let text = try text(bytes)
        guard text.isPlain else { return try Self.escapedToken(text, bytes) }
        guard let token = SessionToken(text: bytes.extracting(text.range)) else { throw .invalidParams }
        return token
    }

    private static func escapedToken(_ text: JSONText, _ bytes: Span<UInt8>) throws(Refusal) -> SessionToken {
        var plain = SecretBytes(capacity: SessionToken.textSize)
        guard plain.append(text, in: bytes) else { throw .invalidParams }
        let read = plain.withBytes { SessionToken(text: $0) }
        guard let token = read else { throw .invalidParams }
        return token
    }

    /// A handle.
    package mutating func handle(_ bytes: Span<UInt8>) throws(Refusal) -> SessionHandle {
        let text = try text(bytes)
        guard let handle = text.withBytes(in: bytes, { SessionHandle(text: $0) }) else { throw .invalidParams }
        return handle
    }

    /// The name of a login in progress.
    package mutating func transaction(_ bytes: Span<UInt8>) throws(Refusal) -> TransactionName {
        let text = try text(bytes)
        guard let name = text.withBytes(in: bytes, { TransactionName(text: $0) }) else { throw .invalidParams }
        return name
    }

    /// A password or an answer, without NUL (PAM takes C strings). Throws `.tooLarge` above `WireLimit.secret` bytes.
    mutating func secretText(_ bytes: Span<UInt8>) throws(Refusal) -> JSONText {
        let text = try wholeText(bytes)
        guard !text.hasNUL else { throw .invalidParams }
        guard text.count(in: bytes) <= WireLimit.secret else { throw .tooLarge }
        return text
    }

    /// A password, copied once, unescaped, into zeroed memory.
    mutating func secret(_ bytes: Span<UInt8>) throws(Refusal) -> SecretBytes {
        let text = try secretText(bytes)
        var secret = SecretBytes(capacity: text.count(in: bytes))
        _ = secret.append(text, in: bytes)
        return secret
    }

    /// The answers of `auth.respond`.
    mutating func secrets(_ bytes: Span<UInt8>) throws(Refusal) -> SecretList {
        let first = self
        var size = 0
        var count = 0
        try enterArray(bytes)
        while try nextElement(bytes) {
            size += try secretText(bytes).count(in: bytes)
            count += 1
            guard count <= WireLimit.answers else { throw .tooLarge }
        }
        var list = SecretList(capacity: size)
        var again = first
        try again.enterArray(bytes)
        while try again.nextElement(bytes) { _ = try list.append(again.text(bytes), in: bytes) }
        return list
    }

    /// Names of authentication methods: at least one, each `[a-z0-9_-]{1,16}`, none twice.
    package mutating func methodNames(_ bytes: Span<UInt8>) throws(Refusal) -> [String] {
        var names: [String] = []
        try enterArray(bytes)
        while try nextElement(bytes) {
            guard names.count < WireLimit.methods else { throw .tooLarge }
            let name = try name(bytes, limit: WireLimit.method).string(in: bytes)
            guard name.utf8.allSatisfy(Self.isMethodCharacter), !names.contains(name) else { throw .invalidParams }
            names.append(name)
        }
        guard !names.isEmpty else { throw .invalidParams }
        return names
    }

    private static func isMethodCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
