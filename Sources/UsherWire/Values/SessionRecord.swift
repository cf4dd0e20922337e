internal import UsherNames
internal import UsherSecrets

/// A session as an answer shows it, copied for a client.
package struct SessionRecord: Equatable, Sendable {
    /// Name, times, version.
    package var figures: SessionFigures
    package var realm: String
    package var service: String
    package var user: String
    /// RFC 8176 names.
    package var methods: [String]
    package var context: [String: String]
    /// Nil in lists, which leave it out.
    package var data: [ByteText: String]?

    package init(
        figures: SessionFigures, realm: String, service: String, user: String, methods: [String],
        context: [String: String], data: [ByteText: String]?
    ) {
        self.figures = figures
        self.realm = realm
        self.service = service
        self.user = user
        self.methods = methods
        self.context = context
        self.data = data
    }

    init(_ reader: inout JSONReader, _ bytes: Span<UInt8>) throws(Refusal) {
        var draft = Draft()
        try reader.enterObject(bytes)
        while let key = try reader.nextMember(bytes) {
            if try !draft.readTexts(key, &reader, bytes) { try draft.readFigures(key, &reader, bytes) }
        }
        self = try draft.record()
    }
}

/// A session while its members come in.
private struct Draft {
    private var members = Members()
    private var handle: SessionHandle?
    private var uid: UInt32?
    private var times: InlineArray<6, Int64> = .init(repeating: 0)
    private var realm = ""
    private var service = ""
    private var user = ""
    private var methods: [String] = []
    private var context: [String: String] = [:]
    private var data: [ByteText: String]?

    mutating func readTexts(
        _ key: JSONText, _ reader: inout JSONReader, _ bytes: Span<UInt8>
    ) throws(Refusal) -> Bool {
        if try members.matches(key, "handle", 0, bytes) {
            handle = try reader.handle(bytes)
        } else if try members.matches(key, "realm", 1, bytes) {
            realm = try reader.wholeText(bytes).string(in: bytes)
        } else if try members.matches(key, "service", 2, bytes) {
            service = try reader.wholeText(bytes).string(in: bytes)
        } else if try members.matches(key, "user", 3, bytes) {
            user = try reader.wholeText(bytes).string(in: bytes)
        } else if try members.matches(key, "methods", 4, bytes) {
            methods = try reader.strings(bytes)
        } else if try members.matches(key, "context", 5, bytes) {
            context = Dictionary(try reader.texts(bytes).map { ($0.key.text, $0.value) }) { $1 }
        } else if try members.matches(key, "data", 31, bytes) {
            data = try reader.texts(bytes)
        } else {
            return false
        }
        return true
    }

    mutating func readFigures(_ key: JSONText, _ reader: inout JSONReader, _ bytes: Span<UInt8>) throws(Refusal) {
        if try members.matches(key, "uid", 6, bytes) {
            uid = try reader.null(bytes) ? nil : UInt32(reader.integer(bytes, in: 0...Int64(UInt32.max)))
        } else if try members.matches(key, "created", 7, bytes) {
            times[0] = try reader.integer(bytes)
        } else if try members.matches(key, "authenticated", 8, bytes) {
            times[1] = try reader.integer(bytes)
        } else if try members.matches(key, "last_seen", 9, bytes) {
            times[2] = try reader.integer(bytes)
        } else if try members.matches(key, "idle_expires", 10, bytes) {
            times[3] = try reader.integer(bytes)
        } else if try members.matches(key, "expires", 11, bytes) {
            times[4] = try reader.integer(bytes)
        } else if try members.matches(key, "version", 12, bytes) {
            times[5] = try reader.integer(bytes, in: 1...WireLimit.integer)
        }
    }

    func record() throws(Refusal) -> SessionRecord {
        guard members.hasAll(13), let handle else { throw .invalidParams }
        let figures = SessionFigures(
            handle: handle, uid: uid, created: times[0], authenticated: times[1], lastSeen: times[2],
            idleExpires: times[3], expires: times[4], version: times[5])
        return SessionRecord(
            figures: figures, realm: realm, service: service, user: user, methods: methods, context: context,
            data: data)
    }
}

extension JSONReader {
    /// An array of texts.
    mutating func strings(_ bytes: Span<UInt8>) throws(Refusal) -> [String] {
        var strings: [String] = []
        try enterArray(bytes)
        while try nextElement(bytes) { try strings.append(wholeText(bytes).string(in: bytes)) }
        return strings
    }

    /// An object of texts, no key twice.
    mutating func texts(_ bytes: Span<UInt8>) throws(Refusal) -> [ByteText: String] {
        var texts: [ByteText: String] = [:]
        try enterObject(bytes)
        while let key = try nextKey(bytes) {
            guard !key.hasLoneSurrogate else { throw .invalidParams }
            let text = try wholeText(bytes).string(in: bytes)
            guard texts.updateValue(text, forKey: ByteText(key.string(in: bytes))) == nil else { throw .invalidParams }
        }
        return texts
    }
}
