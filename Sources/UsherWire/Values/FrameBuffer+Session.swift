internal import UsherSecrets

/// Sessions as answers show them: the bulk of what the daemon writes.
extension FrameBuffer {
    /// A session. `methods`, `context` and `data` are whole JSON values (array, object, object) as the ledger keeps
    /// them. An empty `context` or `data` is written as `{}`; a nil `data`, in lists, leaves the member out.
    @inline(__always)
    package mutating func session(
        _ figures: SessionFigures, realm: Span<UInt8>, service: Span<UInt8>, user: Span<UInt8>,
        methods: Span<UInt8>, context: Span<UInt8>, data: Span<UInt8>?
    ) {
        let texts = realm.count + service.count + user.count + methods.count + context.count + (data?.count ?? 0)
        guard figures.haveTenDigits, Self.isPlain(realm), Self.isPlain(service), Self.isPlain(user),
            !isSpoiled, capacity - end >= Self.sessionFrame + texts
        else {
            return anySession(
                figures, realm: realm, service: service, user: user, methods: methods, context: context, data: data)
        }
        let comma = needsComma
        write { pen in
            if comma { pen.put(",") }
            pen.put("{\"handle\":\"h_")
            pen.put(figures.handle)
            pen.put("\",\"realm\":\"")
            pen.put(realm)
            pen.put("\",\"service\":\"")
            pen.put(service)
            pen.put("\",\"user\":\"")
            pen.put(user)
            pen.put("\",\"uid\":")
            if let uid = figures.uid { pen.put(UInt64(uid)) } else { pen.put("null") }
            pen.putTimes(figures)
            pen.put(",\"methods\":")
            pen.put(methods)
            pen.put(",\"context\":")
            if context.isEmpty { pen.put("{}") } else { pen.put(context) }
            if let data {
                pen.put(",\"data\":")
                if data.isEmpty { pen.put("{}") } else { pen.put(data) }
            }
            pen.put(",\"version\":")
            pen.put(figures.version.magnitude)
            pen.put("}")
        }
        needsComma = true
    }

    /// At least the bytes of a session without its texts, plus those that `Pen` may write behind a number.
    private static var sessionFrame: Int { 384 }

    @inline(__always)
    private static func isPlain(_ text: Span<UInt8>) -> Bool { TextScan.plainEnd(text, 0, text.count) == text.count }

    /// A session with any texts and figures. Where `session` writes one without this function, both write the same
    /// bytes.
    @inline(never)
    package mutating func anySession(
        _ figures: SessionFigures, realm: Span<UInt8>, service: Span<UInt8>, user: Span<UInt8>,
        methods: Span<UInt8>, context: Span<UInt8>, data: Span<UInt8>?
    ) {
        beginObject()
        key("handle")
        value(figures.handle)
        key("realm")
        value(realm)
        key("service")
        value(service)
        key("user")
        value(user)
        key("uid")
        if let uid = figures.uid { value(Int64(uid)) } else { null() }
        anyTimes(figures)
        key("methods")
        raw(methods)
        key("context")
        if context.isEmpty { emptyObject() } else { raw(context) }
        if let data {
            key("data")
            if data.isEmpty { emptyObject() } else { raw(data) }
        }
        key("version")
        value(figures.version)
        endObject()
    }

    private mutating func anyTimes(_ figures: SessionFigures) {
        key("created")
        value(figures.created)
        key("authenticated")
        value(figures.authenticated)
        key("last_seen")
        value(figures.lastSeen)
        key("idle_expires")
        value(figures.idleExpires)
        key("expires")
        value(figures.expires)
    }
}

extension Pen {
    @inline(__always)
    fileprivate mutating func putTimes(_ figures: SessionFigures) {
        put(",\"created\":")
        putTenDigits(figures.created)
        put(",\"authenticated\":")
        putTenDigits(figures.authenticated)
        put(",\"last_seen\":")
        putTenDigits(figures.lastSeen)
        put(",\"idle_expires\":")
        putTenDigits(figures.idleExpires)
        put(",\"expires\":")
        putTenDigits(figures.expires)
    }
}

extension SessionFigures {
    /// Whether every time is written with ten digits, from 2001 to 2286, and the version has no sign.
    @inline(__always)
    fileprivate var haveTenDigits: Bool {
        let range: ClosedRange<Int64> = 1_000_000_000...9_999_999_999
        return range.contains(created) && range.contains(authenticated) && range.contains(lastSeen)
            && range.contains(idleExpires) && range.contains(expires) && version >= 0
    }
}
