import UsherBoard
import UsherNames
import UsherSecrets
import UsherSessions

/// Takes over a damaged image, uses whatever sessions are there, ends them all, and takes over what is left.
enum FuzzedLedger {
    static func run(_ sound: LedgerImage, _ damage: inout Damage) {
        let cut = damage.byte()
        let image = LedgerImage(
            sound, ledger: cut % 16 == 1 ? Int(damage.byte()) * 256 % sound.ledger.count : sound.ledger.count,
            board: cut % 16 == 2 ? Int(damage.byte()) * 32 % sound.board.count : sound.board.count)
        defer { withExtendedLifetime(image) {} }
        let now = cut % 16 == 3 ? LedgerSeconds(Int32(damage.byte() & 127) << 24) : LedgerSeconds(1000)
        damage.apply(to: image.areas)
        guard var ledger = adopted(image, now) else { return }
        let held = ledger.count
        check(ledger)
        use(&ledger, image, now)
        check(ledger)
        let copy = LedgerImage(image, ledger: image.ledger.count, board: image.board.count)
        defer { withExtendedLifetime(copy) {} }
        guard let again = adopted(copy, now) else {
            preconditionFailure("what was adopted once is not adopted again")
        }
        precondition(again.count == ledger.count, "\(again.count) of \(ledger.count) sessions, \(held) at first")
        check(again)
        end(&ledger, image, now)
        check(ledger)
        let usage = ledger.usage
        precondition(
            usage.sessions + usage.users + usage.userUnits + usage.contextUnits + usage.dataUnits == 0, "\(usage)")
    }

    private static func adopted(_ image: LedgerImage, _ now: LedgerSeconds) -> Ledger? {
        try? Ledger(adopting: image.ledger, board: image.board, now: now, entropy: .seeded(2))
    }

    private static func check(_ ledger: borrowing Ledger) {
        let broken = ledger.brokenInvariants()
        precondition(broken == [], broken.joined(separator: "; "))
    }

    // MARK: Using

    /// Digest and handle of the slots that say that they live.
    private static func slots(_ ledger: borrowing Ledger, _ image: LedgerImage) -> [(SessionHandle, TokenDigest)] {
        let geometry = ledger.geometry
        let start = 4096 + (geometry.labels * 256 + 4095) / 4096 * 4096
        var found: [(SessionHandle, TokenDigest)] = []
        for slot in 0..<geometry.capacity {
            let word = { image.ledger.load(fromByteOffset: start + slot * 64 + $0, as: UInt64.self) }
            guard word(16) != 0 else { continue }
            found.append((SessionHandle(prefix: UInt32(slot), tag: word(16)), TokenDigest(low: word(0), high: word(8))))
        }
        return found
    }

    private static func use(_ ledger: inout Ledger, _ image: LedgerImage, _ now: LedgerSeconds) {
        for (number, (handle, digest)) in slots(ledger, image).enumerated() {
            guard let session = ledger.session(handle, in: .all, now: now) else { continue }
            precondition(ledger.session(digest, in: .all, now: now)?.handle == handle, "found by one name alone")
            read(ledger, session)
            let user = ledger.user(of: session)
            precondition(user.map { ledger.count(of: $0) > 0 } ?? false, "a user without sessions")
            if let user { _ = ledger.list(of: user, in: .all, limit: 3, now: now) { _ in true } }
            precondition(ledger.validate(digest, in: .all, now: now)?.handle == handle, "not valid")
            change(&ledger, session, digest, number, now)
        }
        make(&ledger, now)
    }

    /// All that is lent of a session is as long as it may be.
    private static func read(_ ledger: borrowing Ledger, _ session: Session) {
        ledger.lend(session) { _, version, realm, service, user, methods, context, data in
            precondition(version > 0 && (1...Limit.userName).contains(user.count), "user of \(user.count) bytes")
            for label in [realm.count, service.count, methods.count] {
                precondition((1...Limit.label).contains(label), "label of \(label) bytes")
            }
            precondition(context.count <= Limit.context && data.count <= Limit.data)
            precondition(
                sum(user) + sum(context) + sum(data) + sum(methods) + sum(realm) + sum(service) > 0, "not read")
        }
    }

    private static func sum(_ text: Span<UInt8>) -> Int { text.indices.reduce(0) { $0 &+ Int(text[$1]) } }

    private static func change(
        _ ledger: inout Ledger, _ session: Session, _ digest: TokenDigest, _ number: Int, _ now: LedgerSeconds
    ) {
        let fresh = TokenDigest(low: UInt64(number), high: 1 << 60)
        switch number % 5 {
        case 0: _ = try? ledger.rotate(digest, to: fresh, in: .all, now: now)
        case 1: _ = try? ledger.update(session, data: [UInt8](repeating: 1, count: number * 30).span)
        case 2:
            _ = try? ledger.reauthenticate(
                session, digest: digest, to: fresh, uid: number % 2 == 0 ? nil : UInt32(number),
                methods: Array("[otp]".utf8).span,
                lifetime: Lifetime(idle: 50, absolute: 100), now: now)
        case 3:
            _ = ledger.end(session.handle, in: .all, reason: .request, now: now) { ledger, session, _ in
                read(ledger, session)
            }
        default: break
        }
    }

    private static func make(_ ledger: inout Ledger, _ now: LedgerSeconds) {
        guard let realm = try? ledger.realm(Array("site".utf8).span),
            let service = try? ledger.service(Array("ssh".utf8).span, realm: realm)
        else { return }
        for number in 0..<4 {
            _ = try? ledger.create(
                TokenDigest(low: UInt64(number), high: 1 << 61), user: Array("user\(number)".utf8).span, uid: 7,
                service: service, methods: Array("[x]".utf8).span,
                context: [UInt8](repeating: 99, count: number * 40).span, lifetime: Lifetime(idle: 60, absolute: 90),
                created: now, authenticated: now, quota: UserQuota(limit: 2, policy: .endOldestIdle), now: now
            ) { ledger, session, _ in read(ledger, session) }
        }
    }

    // MARK: Ending

    private static func end(_ ledger: inout Ledger, _ image: LedgerImage, _ now: LedgerSeconds) {
        for (handle, _) in slots(ledger, image).prefix(12) {
            guard let session = ledger.session(handle, in: .all, now: now), let user = ledger.user(of: session) else {
                continue
            }
            _ = ledger.endAll(of: user, in: .all, reason: .quota, now: now) { ledger, session, _ in
                read(ledger, session)
            }
        }
        let budget = SweepBudget(examined: 7, ended: 3)
        while !ledger.sweep(now: .distantFuture, budget: budget, ended: { ledger, session, _ in read(ledger, session) })
        {}
    }
}
