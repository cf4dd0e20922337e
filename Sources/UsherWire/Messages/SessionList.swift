package import UsherSecrets

/// `session.list`.
@frozen package struct ListParams: ~Copyable {
    /// Whose sessions.
    package let subject: Subject
    /// Where the page starts: `next` of the page before, 1 to 64 bytes.
    package let cursor: JSONText?

    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(request, bytes)
        var reader = SubjectReader()
        var cursor: JSONText?
        while let key = try members.next(bytes) {
            if try reader.take(key, &members, bytes) { continue }
            if try members.matches(key, "cursor", 4, bytes) { cursor = try members.reader.name(bytes) }
        }
        subject = try reader.subject()
        self.cursor = cursor
    }
}

extension FrameBuffer {
    /// `session.list` of the token's user.
    package mutating func writeList(id: Int64, token: borrowing SessionToken, cursor: String? = nil) -> Ending {
        beginRequest(.list, id: id)
        member(token)
        member("cursor", cursor)
        return endRequest()
    }

    /// `session.list` of a user, for admins.
    package mutating func writeList(id: Int64, user: String, cursor: String? = nil) -> Ending {
        beginRequest(.list, id: id)
        member("user", user)
        member("cursor", cursor)
        return endRequest()
    }
}

extension FrameBuffer {
    /// `session.list` of everybody, for admins.
    package mutating func writeListOfAll(id: Int64, realm: String?, cursor: String? = nil) -> Ending {
        beginRequest(.list, id: id)
        memberAll(realm)
        member("cursor", cursor)
        return endRequest()
    }
}

/// The result of `session.list`, read by a client.
package struct SessionPage: Equatable, Sendable {
    package private(set) var sessions: [SessionRecord] = []
    /// Where the next page starts; nil: this was the last.
    package private(set) var next: String?
    /// There may be sessions on other hosts that no page has.
    package private(set) var isPartial = false

    package init(_ result: Range<Int>, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(result, bytes)
        while let key = try members.next(bytes) {
            if try members.matches(key, "sessions", 0, bytes) {
                try members.reader.enterArray(bytes)
                while try members.reader.nextElement(bytes) {
                    try sessions.append(SessionRecord(&members.reader, bytes))
                }
            } else if try members.matches(key, "next", 1, bytes) {
                next = try members.reader.name(bytes).string(in: bytes)
            } else if try members.matches(key, "partial", 2, bytes) {
                isPartial = try members.reader.bool(bytes)
            }
        }
        guard members.has(0) else { throw .invalidParams }
    }
}

/// The result of `session.list`.
extension FrameBuffer {
    /// `{"sessions":[`: write sessions with `addToPage`, then `endPage`.
    package mutating func beginPage() {
        beginObject()
        key("sessions")
        beginArray()
    }

    /// Adds a session, which `body` writes (one `session(…, data: nil)`). Returns false, and adds nothing, when the
    /// page is full: end it then with a cursor from which the next page begins with this session. Room for `endPage` is
    /// always kept.
    package mutating func addToPage(_ body: (inout FrameBuffer) -> Void) -> Bool {
        let before = mark
        comma()
        body(&self)
        if fits(WireLimit.listTail) { return true }
        rollBack(to: before)
        return false
    }

    /// Ends the page. `next`, up to `WireLimit.name` bytes, is the cursor of the next page; nil after the last page.
    /// `isPartial`: there may be sessions that neither this nor another page has.
    package mutating func endPage(next: Span<UInt8>?, isPartial: Bool = false) {
        endArray()
        if isPartial {
            key("partial")
            value(true)
        }
        if let next {
            key("next")
            value(next)
        }
        endObject()
    }
}
