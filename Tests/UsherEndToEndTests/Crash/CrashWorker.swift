import UsherTestKit

/// One thread's work: sessions of its own that it makes, changes and ends, and checks of everybody's.
struct CrashWorker<Client: CrashClient> {
    private static var greatestOwn: Int { 30 }

    let number: Int
    let client: Client
    let scene: CrashScene
    private var own: [KnownSession] = []
    private var watched: [(session: KnownSession, isRemembered: Bool)] = []
    private var made = 0

    init(number: Int, client: Client, scene: CrashScene) {
        (self.number, self.client, self.scene) = (number, client, scene)
    }

    /// Works until the scene is over, or something fails.
    mutating func work() {
        do {
            while !scene.isOver.load(ordering: .relaxed) { try step() }
        } catch {
            scene.fail("worker \(number): \(error)")
        }
    }

    private mutating func step() throws {
        switch Int.random(in: 0..<100) {
        case 0..<12: try create()
        case 12..<22: try update()
        case 22..<30: try rotate()
        case 30..<35: try touch()
        case 35..<42: try revoke()
        default: try check()
        }
    }

    /// Checks one of a few sessions until it is over, so that memory knows it when it ends.
    private mutating func check() throws {
        if watched.count < 8, let session = scene.anySession() { watched.append((session, false)) }
        guard let place = watched.indices.randomElement() else { return }
        let session = watched[place].session
        let wasOver = session.knowledge.fate == .over
        try scene.check(session, client)
        if !wasOver { return watched[place].isRemembered = client.remembers(session.token) }
        if watched.remove(at: place).isRemembered { scene.count(\.turned) }
    }

    /// A call that changes something; nil where its answer was lost.
    private func changing<Value>(_ call: () throws -> Outcome<Value>) rethrows -> Outcome<Value> {
        scene.inFlight.add(1, ordering: .relaxed)
        defer { scene.inFlight.subtract(1, ordering: .relaxed) }
        let outcome = try call()
        if case .lost = outcome { scene.count(\.lost) }
        return outcome
    }

    private mutating func create() throws {
        guard own.count < Self.greatestOwn else { return try revoke() }
        made += 1
        // A user has few sessions, so that no quota ends one.
        let user = "crash-\(number)-\(made / 6)"
        let address = "10.\(number).\(made >> 8 & 255).\(made & 255)"
        guard case .answered(let session) = try changing({ try client.create(user: user, address: address) }) else {
            return
        }
        if session.made.user != user || session.made.address != address || session.made.number != 0 {
            scene.fail("another session was made than asked for: \(session.made)")
        }
        own.append(session)
        scene.add(session)
        scene.count(\.created)
    }

    private mutating func update() throws {
        guard let session = own.randomElement() else { return }
        let before = session.knowledge
        let number = session.beginUpdate()
        switch try changing({ try client.update(session.token, number: number) }) {
        case .answered:
            session.updated(to: number)
            scene.count(\.updated)
        case .noSuchSession: missed(session, before, "update")
        case .lost: try settle(session, update: number)
        }
    }

    /// Finds out what became of an update whose answer was lost.
    private mutating func settle(_ session: KnownSession, update number: Int) throws {
        while !(try scene.check(session, client)) {}
        let knowledge = session.knowledge
        guard knowledge.fate == .alive else { return }
        scene.count(knowledge.number == number ? \.done : \.undone)
    }

    /// The daemon does not know a session: only one whose end is unclear may be over.
    private mutating func missed(_ session: KnownSession, _ before: KnownSession.Knowledge, _ call: String) {
        if before.fate == .alive { scene.fail("\(call) finds nothing: \(session.made), \(before)") }
        own.removeAll { $0 === session }
    }

    private mutating func rotate() throws {
        guard let session = own.randomElement() else { return }
        let before = session.knowledge
        session.beginEnding()
        let outcome = try changing { try client.rotate(session) }
        switch outcome {
        case .answered(let next):
            session.endEnding(isAnswered: true)
            follow(session, by: next, before)
        case .noSuchSession:
            session.endEnding(isAnswered: true)
            missed(session, before, "rotate")
        case .lost: try settle(session)
        }
    }

    private mutating func follow(_ session: KnownSession, by next: KnownSession, _ before: KnownSession.Knowledge) {
        own.removeAll { $0 === session }
        own.append(next)
        scene.add(next)
        scene.count(\.rotated)
        let (old, new) = (session.made, next.made)
        guard old.handle == new.handle, old.user == new.user, old.address == new.address,
            new.number >= before.number, new.number <= before.asked
        else { return scene.fail("rotated into another session: \(old), \(new), \(before)") }
    }

    private mutating func revoke() throws {
        guard let session = own.randomElement() else { return }
        let before = session.knowledge
        session.beginEnding()
        switch try changing({ try client.revoke(session.token) }) {
        case .answered(let count):
            session.endEnding(isAnswered: true)
            own.removeAll { $0 === session }
            scene.count(\.revoked)
            // The library repeats a revoke whose answer was lost, and then finds nothing.
            if client is RawClient, before.fate == .alive, count != 1 {
                scene.fail("nothing to revoke: \(session.made)")
            }
        case .noSuchSession: scene.fail("revoke is never refused")
        case .lost: try settle(session)
        }
    }

    /// Finds out what became of a revoke or rotation whose answer was lost.
    private mutating func settle(_ session: KnownSession) throws {
        session.endEnding(isAnswered: false)
        while !(try scene.check(session, client)) {}
        let isOver = session.knowledge.fate == .over
        if isOver { own.removeAll { $0 === session } }
        scene.count(isOver ? \.done : \.undone)
    }

    private mutating func touch() throws {
        let tokens = (0..<10).compactMap { _ in scene.anySession()?.token }
        if case .answered = try changing({ try client.touch(tokens) }) { scene.count(\.touched) }
    }
}
