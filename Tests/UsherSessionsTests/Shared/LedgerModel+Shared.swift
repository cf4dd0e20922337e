import Testing
import UsherBoard
import UsherNames
import UsherSecrets
import UsherSessions

/// Operations on copies of shared sessions.
extension LedgerModel {
    var copies: [Sight] { sessions.values.filter(\.isShared).sorted { $0.slot < $1.slot } }

    /// Adopts a new copy, one with another token, or one with other texts and the same token.
    func adopt() {
        lastOperation = "adopt"
        let held = copies
        let older = held.isEmpty || draw(3) == 0 ? nil : held[draw(held.count)]
        let digest = older.flatMap { draw(2) == 0 ? $0.digest : nil } ?? host.token()
        let (user, uid, service) = (name, uid, draw(3))
        let age = Int32(draw(4) == 0 ? draw(3000) : draw(20))
        let parts = host.shared(
            user, uid: uid, service: service, proof: draw(2) == 0 ? .issued : .login, methods: methods, context: text,
            data: draw(3) == 0 ? text : "", version: UInt32(1 + draw(3)), idle: UInt32(30 + draw(60)),
            expires: host.now + Int32(1 + draw(150)), created: host.now - age, lastSeen: host.now - Int32(draw(20)),
            tag: older?.handle.tag, bucket: older?.handle.prefix ?? 0x8000_0000 + UInt32(draw(4)))
        let retired = retired
        var displaced: [TokenDigest] = []
        do {
            let made = try host.adopt(parts, digest) { displaced.append($0) }
            remove(displaced, whichSpares: older, parts)
            expect(!retired.contains(made.session.slot), "made in a retired slot")
            if let older { remove(older) }
            dead.removeAll { $0 == digest }
            sessions[made.session.handle] = Sight(
                handle: made.session.handle, slot: made.session.slot, digest: digest, user: user, uid: uid,
                service: TestHost.names[service].0, realm: TestHost.names[service].1, methods: parts.methods.span.text,
                context: parts.context.span.text, data: parts.data.span.text, version: parts.version,
                created: host.now - age, authenticated: host.now - age,
                lastSeen: max(parts.lastSeen.rawValue, host.now - age), idle: parts.idle,
                expires: parts.expires.rawValue)
        } catch {
            expect(displaced == [], "displaced copies and failed")
            checkRefusal(of: parts, error.code, older)
        }
    }

    /// Takes the displaced copies out, and checks that there was need for it.
    private func remove(_ displaced: [TokenDigest], whichSpares older: Sight?, _ parts: SharedSession) {
        let usage = host.usage
        let isTight = usage.slots >= 20 || usage.contextUnits > 30 || usage.dataUnits > 4
        expect(displaced.isEmpty || isTight, "displaced \(displaced.count) at \(usage)")
        for digest in displaced {
            let victim = copies.first { $0.digest == digest }
            expect(victim != nil && victim != older, "displaced what is no other copy")
            if let victim { remove(victim) }
        }
    }

    private func checkRefusal(of parts: SharedSession, _ code: LedgerError.Code, _ older: Sight?) {
        let others = copies.count { $0 != older }
        switch code {
        case .full: expect(others == 0 || !retired.isEmpty || parts.proof == .issued, "full beside \(others) copies")
        case .contextsFull: expect(host.usage.contextUnits > 30, "contexts full")
        case .usersFull: expect(host.usage.userUnits > 10, "users full")
        case .dataFull: expect(host.usage.dataUnits > 4, "data full")
        case .labelsFull: expect(host.usage.labels > 14, "labels full")
        default: expect(false, "\(code)")
        }
    }

    func drop() {
        lastOperation = "drop"
        if draw(12) == 0 {
            expect(host.dropAllShared() == copies.count, "not all copies")
            for copy in copies { remove(copy) }
        } else if let session = some {
            expect(host.dropShared(session.digest) == session.isShared, "dropped no copy")
            if session.isShared { remove(session) }
        }
    }

    func suspend() {
        lastOperation = "suspend"
        isSuspended = draw(3) == 0
        if isSuspended { host.ledger.suspendShared() } else { host.ledger.resumeShared() }
    }

    func compareCopy(_ session: Sight, _ shown: BoardEntry) {
        let tag = session.handle.tag
        expect(host.sharedDigest(tag) == (session.isShared ? session.digest : nil), "found by its tag")
        guard expiry(session) == nil else { return }
        let found = host.session(session.handle)
        expect(found?.handle.prefix == session.handle.prefix, "not found by its handle")
        guard session.isShared, shown.stamp != .max else { return }
        expect((shown.expiry == .zero) == isSuspended, "suspended \(isSuspended), shown until \(shown.expiry)")
    }
}
