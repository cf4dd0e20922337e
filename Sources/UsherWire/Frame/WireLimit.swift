internal import UsherNames

/// The limits of the public protocol, in one place; `PROTOCOL.md` states the same figures.
package enum WireLimit {
    /// Bytes of a frame's length field (big-endian, unsigned).
    package static let header = 4
    /// Bytes of a frame's body: 64 KiB, so that a connection costs a bounded block of memory.
    package static let frame = 65_536
    /// Bytes of the body of a frame from a client without a role, which may call `server.hello` and `server.ping`
    /// alone.
    package static let outsiderFrame = 2048
    /// Nested objects and arrays, the envelope being the first. Our messages need 5.
    package static let depth = 16
    /// Bytes of a string `id`, unescaped.
    package static let requestID = 64
    /// The largest magnitude of an integer: beyond it a double loses it (RFC 8259, section 6).
    package static let integer: Int64 = 1 << 53
    /// Bytes of a user name. LOGIN_NAME_MAX of Linux is 256.
    package static let userName = UserName.maximumSize
    /// Bytes of a name of the configuration (service, realm), of a client's name and version, of a cursor.
    package static let name = 64
    /// Bytes of a password or answer: PAM_MAX_RESP_SIZE of Linux-PAM is 512 with the closing NUL.
    package static let secret = AnswerLimit.size
    /// Answers in `auth.respond`: PAM_MAX_NUM_MSG of Linux-PAM.
    package static let answers = AnswerLimit.count
    /// Tokens in `session.touch`: 1,000 of 46 bytes each stay below a frame.
    package static let tokens = 1000
    /// Authentication methods of a session.
    package static let methods = 16
    /// Characters of the name of an authentication method. The longest of RFC 8176 has 6.
    package static let method = 16
    /// Members of `context`.
    package static let contextMembers = 16
    /// Characters of the name of a `context` member.
    package static let contextName = 32
    /// Bytes of names and values of `context` together, unescaped.
    package static let contextBytes = 1024
    /// The most bytes of a stored `context`: six for each byte (`\u00xx`), six of punctuation a member, two braces.
    package static let contextEncoded = contextBytes * 6 + contextMembers * 6 + 2
    /// Keys of a session's `data`.
    package static let dataKeys = 64
    /// Bytes of a key of `data`, unescaped.
    package static let dataKey = 64
    /// Bytes of keys and values of `data` together, unescaped.
    package static let dataBytes = 8192
    /// The most bytes of stored `data`, 49,538, computed as `contextEncoded`. With the largest context (6,242) and
    /// everything else of an answer (under 4 KiB) they stay below a frame.
    package static let dataEncoded = dataBytes * 6 + dataKeys * 6 + 2
    /// Members of one patch of `data`: 64 keys to remove and 64 to set.
    package static let patchMembers = 2 * dataKeys
    /// Bytes that a page of `session.list` keeps free for its end: a cursor, six bytes for each of its own, a flag,
    /// and the closing brackets.
    package static let listTail = name * 6 + 48
    /// What a step with messages keeps free for its end: two figures and the closing brackets.
    package static let stepTail = 128
}
