internal import UsherCluster
internal import UsherSessions
internal import UsherWire

/// `session.list`: one's own sessions, shown by a token, within its realm; anybody's, for an admin, within the realms
/// of the admin's entry.
extension Engine {
    /// Sessions on one page at most; the frame may be full before.
    static let pageSize = 100

    func list(
        _ request: Request, _ body: Range<Int>, _ bytes: Span<UInt8>, _ peer: Peer, _ answers: inout FrameBuffer
    ) throws(Refusal) {
        let parameters = try ListParams(request, in: bytes)
        let subject = try subject(parameters.subject, request.method, bytes, peer)
        let place = try parameters.cursor.map { (text) throws(Refusal) in try self.place(text, bytes) }
        if let name = subject.name, let list = SharedList(of: name, in: subject.realms, self) {
            return try listOfHosts(list, subject, place, request, bytes, peer, &answers)
        }
        guard place.map({ if case .own = $0 { true } else { false } }) ?? true else { throw Refusal(.invalidParams) }
        if case .everybody = subject.who { work += MethodWork.everybody }
        let isPartial = !sharedRealms(among: subject.realms).isEmpty
        answer(request, bytes, &answers) { answers in
            let next = writePage(of: subject.who, in: subject.realms, after: place?.own, &answers)
            Self.endPage(next.map { .own($0) }, isPartial: isPartial, &answers)
        }
    }

    private func place(_ text: JSONText, _ bytes: Span<UInt8>) throws(Refusal) -> PagePlace {
        guard let place = PagePlace(text.string(in: bytes)) else { throw Refusal(.invalidParams) }
        return place
    }

    /// Begins a page with this host's sessions of `who`; where the next page begins.
    func writePage(
        of who: Owner.Who, in realms: RealmSet, after start: ListCursor?, _ answers: inout FrameBuffer
    ) -> ListCursor? {
        answers.beginPage()
        let write = { [unowned self] (answers: inout FrameBuffer, session: Session) in
            answers.addToPage { self.write(session, withData: false, to: &$0) }
        }
        switch who {
        case .everybody:
            return ledger.listAll(in: realms, after: start, limit: Self.pageSize, now: now.seconds) {
                write(&answers, $0)
            }
        case .user(_, let user?):
            return ledger.list(of: user, in: realms, after: start, limit: Self.pageSize, now: now.seconds) {
                write(&answers, $0)
            }
        case .user(_, nil): return nil
        }
    }

    static func endPage(_ next: PagePlace?, isPartial: Bool, _ answers: inout FrameBuffer) {
        if let next {
            answers.endPage(next: next.text.span, isPartial: isPartial)
        } else {
            answers.endPage(next: nil, isPartial: isPartial)
        }
    }
}

extension PagePlace {
    /// The slot behind which the page begins, of this host's own sessions.
    var own: ListCursor? { if case .own(let cursor) = self { cursor } else { nil } }
}
