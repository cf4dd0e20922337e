import CLinux
import UsherSecrets
import UsherWire

/// Tokens of many sessions, in little room.
struct Tokens {
    private var bytes: [UInt8] = []
    var count: Int { bytes.count / SessionToken.textSize }

    mutating func append(_ token: borrowing SessionToken) {
        var text = InlineArray<43, UInt8>(repeating: 0)
        var span = text.mutableSpan
        token.write(into: &span)
        for index in text.indices { bytes.append(text[index]) }
    }

    /// The text of one.
    subscript(number: Int) -> [UInt8] {
        Array(bytes[number * SessionToken.textSize..<(number + 1) * SessionToken.textSize])
    }

    /// All of them, each made when it is asked for.
    var texts: LazyMapCollection<Range<Int>, [UInt8]> { (0..<count).lazy.map { self[$0] } }

    /// Frames that validate the first `limit` of them.
    func validations(_ limit: Int = .max) -> Workload.Requests {
        var requests = Workload.Requests()
        var frame = FrameBuffer(capacity: 4096)
        for number in 0..<min(limit, count) {
            guard let token = SessionToken(text: self[number].span) else { continue }
            frame.removeAll()
            _ = frame.writeValidate(id: 1_000_000 + Int64(number), token: token)
            requests.append(frame.copy())
        }
        return requests
    }
}

extension Client {
    /// Makes `count` sessions with a context of 60 bytes, as many at once as a connection may ask; `user` names whose.
    func makeSessions(_ count: Int, user: (Int) -> String) throws -> Tokens {
        var tokens = Tokens()
        for start in stride(from: 0, to: count, by: 100) {
            try ask(min(100, count - start)) { number, frames in
                frames.writeCreate(
                    id: Int64(number), user: user(start + number), methods: ["pwd"],
                    context: [("remote_ip", "192.0.2.17"), ("tty", "pts/3"), ("host", "build-17")])
            } _: { _, bytes, result in
                guard let made = try? TokenResult(result, in: bytes.span) else { throw Failure("no session was made") }
                tokens.append(made.token)
            }
        }
        return tokens
    }

    /// Uses every session, a thousand in a request.
    func touch(_ tokens: Tokens) throws {
        for start in stride(from: 0, to: tokens.count, by: 1000) {
            _ = try ask { frames in
                frames.beginTouch(id: 1)
                for number in start..<min(start + 1000, tokens.count) {
                    if let token = SessionToken(text: tokens[number].span) { frames.value(token) }
                }
                return frames.endTouch()
            }
        }
    }

    /// Live sessions, as `server.stats` says.
    func sessions() throws -> Int {
        let answer = try ask { $0.writeStats(id: 1, byService: false) }
        let text = String(decoding: answer.bytes[answer.result], as: UTF8.self)
        let key = "\"sessions\":"
        guard let digits = text.firstRange(of: key).map({ text[$0.upperBound...].prefix { $0.isNumber } }) else {
            throw Failure("server.stats tells no sessions")
        }
        return Int(digits) ?? 0
    }
}
