import UsherClient
import UsherTestKit

/// The library, with what it repeats by itself.
struct LibraryClient: CrashClient {
    let client: UsherClient

    init(directory: String, cache: Int) {
        var configuration = ClientConfiguration.development(directory: directory)
        configuration.cacheCapacity = cache
        configuration.deadline = .seconds(60)
        configuration.patience = .seconds(60)
        configuration.requestPatience = .seconds(60)
        client = UsherClient(configuration)
    }

    private func outcome<Value>(_ call: () throws -> Value) throws -> Outcome<Value> {
        do { return .answered(try call()) } catch let error as UsherError {
            switch error.code {
            case .connectionLost: return .lost
            case .noSuchSession: return .noSuchSession
            default: throw TestFailure(error.debugDescription)
            }
        }
    }

    private func token(_ text: String) throws -> Token {
        guard let token = Token(text) else { throw TestFailure("no token") }
        return token
    }

    func create(user: String, address: String) throws -> Outcome<KnownSession> {
        try outcome {
            let issued = try client.blocking.create(user: user, methods: ["pwd"], context: ["remote_ip": address])
            return KnownSession(token: issued.token.text, KnownSession.Seen(issued.session), asked: 0)
        }
    }

    func validate(_ token: String) throws -> Outcome<KnownSession.Seen?> {
        try outcome { try client.blocking.validate(self.token(token)).map(KnownSession.Seen.init) }
    }

    func rotate(_ known: KnownSession) throws -> Outcome<KnownSession> {
        try outcome {
            let issued = try client.blocking.rotate(token(known.token))
            return KnownSession(
                token: issued.token.text, KnownSession.Seen(issued.session), asked: known.knowledge.asked)
        }
    }

    func update(_ token: String, number: Int) throws -> Outcome<Void> {
        try outcome { _ = try client.blocking.update(self.token(token), changes: ["n": "\(number)"]) }
    }

    func touch(_ tokens: [String]) throws -> Outcome<Void> {
        try outcome { try client.blocking.touch(tokens.map(token)) }
    }

    func revoke(_ token: String) throws -> Outcome<Int> {
        try outcome { try client.blocking.revoke(self.token(token)) }
    }

    func remembers(_ token: String) -> Bool { Token(token).flatMap { client.remembered($0, touch: false) } != nil }
}

extension KnownSession.Seen {
    init(_ session: Session) {
        self.init(
            handle: session.handle.text, user: session.user, address: session.context["remote_ip"],
            number: Int(session.data["n"] ?? "0") ?? -1)
    }
}
