import Testing
import UsherNames
import UsherSecrets
import UsherTestKit
import UsherWire

/// What one side writes, the other reads.
@Suite("Messages")
struct MessageTests {
    private static let handle = SessionHandle(prefix: 7, tag: 0xFEDC_BA98_7654_3210)
    private static let transaction = TransactionName(high: 1, low: .max)
    private static let odd = "ä\"\\\n😀"

    private func written(_ write: (inout FrameBuffer) -> FrameBuffer.Ending) -> [UInt8] {
        var out = FrameBuffer(capacity: 70_000)
        #expect(write(&out) == .written)
        return out.copy()
    }

    private func request(_ name: String, _ params: [String: JSONValue]) -> JSONValue {
        .object(["request": .object(["id": 9, "method": .text(name), "params": .object(params)])])
    }

    @Test("of a client are read as they were written")
    func requests() {
        let token = SessionToken()
        let text = Describe.token(token)
        let handle = JSONValue.text(Self.handle.text)
        func check(
            _ name: String, _ params: [String: JSONValue], _ write: (inout FrameBuffer) -> FrameBuffer.Ending
        ) {
            #expect(Describe.request(written(write)) == request(name, params))
        }
        for method in [Method.ping, .attachBoard] {
            check("\(method.name)", [:]) { $0.writeRequest(method, id: 9) }
        }
        check("server.hello", ["client": .text(Self.odd), "version": "1"]) {
            $0.writeHello(id: 9, client: Self.odd, version: "1")
        }
        check("session.validate", ["token": text, "touch": true]) { $0.writeValidate(id: 9, token: token) }
        check("session.validate", ["token": text, "touch": false]) {
            $0.writeValidate(id: 9, token: token, touches: false)
        }
        check("session.touch", ["tokens": .array([text, text])]) { out in
            out.beginTouch(id: 9)
            out.value(token)
            out.value(token)
            return out.endTouch()
        }
        check("session.rotate", ["token": text]) { $0.writeRotate(id: 9, token: token) }
        check("session.update", ["token": text, "if_version": 3, "data": .object(["k": .text(Self.odd), "l": .null])]) {
            $0.writeUpdate(id: 9, token: token, data: [("k", Self.odd), ("l", nil)], ifVersion: 3)
        }
        check("session.list", ["token": text, "cursor": "c"]) { $0.writeList(id: 9, token: token, cursor: "c") }
        check("session.list", ["user": "ada"]) { $0.writeList(id: 9, user: "ada") }
        check("session.list", ["all": true]) { $0.writeListOfAll(id: 9, realm: nil) }
        check("session.list", ["all": true, "realm": "r", "cursor": "c"]) {
            $0.writeListOfAll(id: 9, realm: "r", cursor: "c")
        }
        check("session.revoke_all", ["all": true, "realm": "r", "cursor": "c", "except": handle]) {
            $0.writeRevokeAllOfAll(id: 9, realm: "r", except: Self.handle, cursor: "c")
        }
        check("server.stats", ["by_service": false]) { $0.writeStats(id: 9, byService: false) }
        check("server.stats", ["by_service": true]) { $0.writeStats(id: 9, byService: true) }
        check("session.revoke", ["token": text]) { $0.writeRevoke(id: 9, token: token) }
        check("session.revoke", ["token": text, "handle": handle]) {
            $0.writeRevoke(id: 9, token: token, handle: Self.handle)
        }
        check("session.revoke", ["handle": handle]) { $0.writeRevoke(id: 9, handle: Self.handle) }
        check("session.revoke_all", ["token": text, "except": handle]) {
            $0.writeRevokeAll(id: 9, token: token, except: Self.handle)
        }
        check("session.revoke_all", ["user": .text(Self.odd.replacing("\n", with: ""))]) {
            $0.writeRevokeAll(id: 9, user: Self.odd.replacing("\n", with: ""))
        }
        check(
            "session.create",
            ["user": "ada", "service": "s", "methods": .array(["pwd"]), "context": .object(["tty": "x"])]
        ) {
            $0.writeCreate(id: 9, user: "ada", service: "s", methods: ["pwd"], context: [("tty", "x")])
        }
        check("events.subscribe", ["kinds": .array(["revoked", "gap"]), "user": "ada"]) {
            $0.writeSubscribe(id: 9, kinds: [EventKinds(.revoked), EventKinds(.gap)], user: "ada")
        }
        check("limiter.clear", ["user": "ada"]) { $0.writeLimiter(.clearLimits, id: 9, user: "ada") }
    }

    @Test("of a login are read as they were written, secrets with every kind of byte")
    func logins() {
        let token = SessionToken()
        let secret = "p\"\\/\u{1}\u{7f}" + Self.odd
        let bytes = Array(secret.utf8)
        let start = written {
            $0.writeAuthStart(
                id: 9, user: "ada", password: SecretBytes(copying: bytes.span), service: "s",
                context: [("remote_ip", "::1")], timeout: .milliseconds(1500))
        }
        #expect(
            Describe.request(start)
                == request(
                    "auth.start",
                    [
                        "user": "ada", "password": .text(secret), "service": "s", "timeout_ms": 1500,
                        "context": .object(["remote_ip": "::1"]),
                    ]))
        let again = written { $0.writeAuthStart(id: 9, again: token, password: nil, timeout: .nanoseconds(1)) }
        #expect(Describe.request(again) == request("auth.start", ["token": Describe.token(token), "timeout_ms": 1]))
        var answers = SecretList(capacity: bytes.count)
        #expect(answers.append(bytes.span) && answers.append([UInt8]().span) && !answers.append([1].span))
        let respond = written { $0.writeAuthRespond(id: 9, transaction: Self.transaction, answers: answers) }
        let name = Describe.transaction(Self.transaction)
        #expect(
            Describe.request(respond)
                == request("auth.respond", ["transaction": name, "answers": .array([.text(secret), ""])]))
        let cancel = written { $0.writeAuthCancel(id: 9, transaction: Self.transaction) }
        #expect(Describe.request(cancel) == request("auth.cancel", ["transaction": name]))
        let claim = written { $0.writeClaim(id: 9, code: token, era: 5, until: 7) }
        #expect(
            Describe.request(claim)
                == request("code.claim", ["code": Describe.token(token), "era": 5, "until": 7]))
    }

    private static let figures = SessionFigures(
        handle: handle, uid: 1000, created: 1, authenticated: 2, lastSeen: 3, idleExpires: 4, expires: 5, version: 6)

    private static func writeSession(_ out: inout FrameBuffer, user: String = odd, data: String? = #"{"k":"v"}"#) {
        let empty: [UInt8] = []
        let (user, data) = (Array(user.utf8), data.map { Array($0.utf8) })
        let methods = Array(#"["pwd","otp"]"#.utf8)
        out.session(
            figures, realm: Array("r".utf8).span, service: Array("s".utf8).span, user: user.span,
            methods: methods.span, context: empty.span, data: data?.span)
    }

    private static let session: [String: JSONValue] = [
        "handle": .text(handle.text), "realm": "r", "service": "s", "user": .text(odd), "uid": 1000, "created": 1,
        "authenticated": 2, "last_seen": 3, "idle_expires": 4, "expires": 5, "version": 6,
        "methods": .array(["pwd", "otp"]), "context": .object([:]), "data": .object(["k": "v"]),
    ]

    private func check(_ method: String, _ value: JSONValue, _ write: (inout FrameBuffer) -> Void) {
        let frame = written { out in
            out.beginAnswer(to: RequestID(9))
            write(&out)
            return out.endAnswer()
        }
        #expect(Describe.response(frame, to: method) == .object(["result": .object(["id": 9, "value": value])]))
    }

    @Test("of a daemon are read as they were written")
    func results() {
        let token = SessionToken()
        let session = JSONValue.object(Self.session)
        check("server.ping", .object([:])) { $0.emptyObject() }
        check("session.validate", .object(["valid": false])) { $0.notValidResult() }
        check("session.validate", .object(["valid": true, "session": session])) { out in
            out.beginValidResult()
            Self.writeSession(&out)
            out.endValidResult()
        }
        let cache = JSONValue.object(["slot": 7, "stamp": .integer(Int64(UInt32.max))])
        check("session.validate", .object(["valid": true, "session": session, "cache": cache])) { out in
            out.beginValidResult()
            Self.writeSession(&out)
            out.endValidResult(cache: BoardPlace(slot: 7, stamp: .max))
        }
        check("session.rotate", .object(["token": Describe.token(token), "session": session])) { out in
            out.beginTokenResult(token)
            Self.writeSession(&out)
            out.endObject()
        }
        check("session.update", .object(["version": 2])) { $0.versionResult(2) }
        check("session.revoke", .object(["revoked": 0])) { $0.revokedResult(0) }
        check("session.revoke_all", .object(["revoked": 7])) { $0.revokedAllResult(7, next: nil) }
        check("session.revoke_all", .object(["revoked": 7, "next": "12"])) {
            $0.revokedAllResult(7, next: Array("12".utf8).span)
        }
        let hello = Hello(
            server: "usherd 1", peerUID: 1, peerGID: .max, peerPID: 3, roles: ["login"], services: ["a", "b"],
            limits: [Figure("frame", 65_536)],
            lifetimes: [ServiceLifetime(service: Self.odd, idle: 0, absolute: 43_200_000)],
            cluster: HelloCluster(name: "corp", host: "a", lease: 10_000))
        let peer = JSONValue.object(["uid": 1, "gid": .integer(Int64(UInt32.max)), "pid": 3])
        check(
            "server.hello",
            .object([
                "server": "usherd 1", "protocol": 1, "peer": peer, "roles": .array(["login"]),
                "services": .array(["a", "b"]), "limits": .object(["frame": 65_536]),
                "lifetimes": .object([Self.odd: .object(["idle_ms": 0, "absolute_ms": 43_200_000])]),
                "cluster": .object(["name": "corp", "host": "a", "lease_ms": 10_000]),
            ])
        ) { $0.result(hello) }
        check("server.stats", .object(["a": 1, "b": -2])) { $0.statistics([Figure("a", 1), Figure("b", -2)], nil) }
        let row = ServiceFigures(service: "a\"b", realm: "r", figures: [Figure("sessions", 2)])
        check(
            "server.stats",
            .object(["a": 1, "services": .array([.object(["service": "a\"b", "realm": "r", "sessions": 2])])])
        ) { $0.statistics([Figure("a", 1)], [row]) }
        let board = BoardDescription(high: 1, low: .max, slots: 2, offset: 4096, boottimeMilliseconds: 5)
        let name = JSONValue.text("0000000000000001ffffffffffffffff")
        check("board.attach", .object(["board": name, "slots": 2, "offset": 4096, "boottime_ms": 5])) {
            $0.result(board)
        }
    }

    @Test("that are steps of a login are read as they were written")
    func steps() {
        let token = SessionToken()
        let complete: [String: JSONValue] = [
            "state": "complete", "token": Describe.token(token), "session": .object(Self.session),
            "failures_since": 2, "last_login": .null,
        ]
        check("auth.start", .object(complete)) { out in
            out.beginCompleteStep(token: token)
            Self.writeSession(&out)
            out.endCompleteStep(failuresSince: 2, lastLogin: nil)
        }
        let messages = JSONValue.array([.object(["style": "info", "text": .text(Self.odd)])])
        check("auth.start", .object(complete.merging(["messages": messages]) { $1 })) { out in
            out.beginCompleteStep(token: token)
            Self.writeSession(&out)
            out.messages { $0.prompt(.info, text: Array(Self.odd.utf8).span) }
            out.endCompleteStep(failuresSince: 2, lastLogin: nil)
        }
        let prompts: [JSONValue] = PromptStyle.allCases.map {
            .object(["style": .text("\($0.name)"), "text": .text(Self.odd)])
        }
        let challenge: [String: JSONValue] = [
            "state": "challenge", "transaction": Describe.transaction(Self.transaction),
            "purpose": "password_change", "prompts": .array(prompts),
        ]
        check("auth.respond", .object(challenge)) { out in
            out.beginChallengeStep(Self.transaction, purpose: .passwordChange)
            for style in PromptStyle.allCases { out.prompt(style, text: Array(Self.odd.utf8).span) }
            out.endChallengeStep()
        }
    }

    @Test("that are refusals are read as they were written", arguments: ErrorCode.allCases)
    func refusals(_ code: ErrorCode) {
        let frame = written { $0.writeError(code, to: RequestID(9), retryAfter: .microseconds(1500)) }
        var refusal: [String: JSONValue] = ["id": 9, "code": .integer(code.rawValue)]
        if code.carriesRetryAfter || code == .unavailable { refusal["retry_after_ms"] = 2 }
        #expect(Describe.response(frame, to: nil) == .object(["refusal": .object(refusal)]))
        let data = JSONValue(json: Array(frame[4...]))?["error"]?["data"]
        #expect(data?["reason"] == .text("\(code.reason)"))
    }

    @Test(
        "that say what a peer lacks are read as they were written, and are one line for a person",
        arguments: [
            (
                ["admin"], "user wiki", ["login", "validate"],
                #"uid 995 (wiki) lacks the role admin (session.list); the entry "user wiki" grants login, validate"#
            ),
            (
                ["validate", "admin"], "out", [],
                #"uid 995 (wiki) lacks the role validate or admin (session.list); the entry "out" grants no role"#
            ),
            (["issue"], nil, [], "uid 995 (wiki) lacks the role issue (session.list); no [[client]] entry matches it"),
            (
                ["board"], "\\ \"é\"", ["validate"],
                #"uid 995 (wiki) lacks the board (session.list); the entry "\ "é"" denies it"#
            ),
        ] as [([String], String?, [String], String)])
    func missing(_ lacks: [String], _ entry: String?, _ roles: [String], _ text: String) throws {
        let missing = MissingRight(method: "session.list", lacks: lacks, uid: 995, entry: entry, roles: roles)
        let frame = written { out in out.writeError(.forbidden, to: RequestID(9)) { $0.missingRight(missing) } }
        guard case .refusal(9, let refusal) = try Response(frame.span, body: 4..<frame.count) else {
            throw TestFailure("no refusal")
        }
        #expect(refusal.missing == missing && missing.text(userName: "wiki") == text)
        #expect(missing.text() == text.replacing(" (wiki)", with: ""))
    }

    @Test(
        "that say in unfit words what a peer lacks are refusals that do not say it",
        arguments: ["\\u001b[2J", "\\u202e", "\\u0085", "a\\nb"])
    func unfit(_ entry: String) throws {
        let body =
            #"{"jsonrpc":"2.0","id":9,"error":{"code":1011,"message":"","data":{"reason":"forbidden","method":"m","#
            + #""lacks":["admin"],"uid":1,"entry":"\#(entry)","roles":[]}}}"#
        let bytes = Array(body.utf8)
        guard case .refusal(9, let refusal) = try Response(bytes.span, body: 0..<bytes.count) else {
            throw TestFailure("no refusal")
        }
        #expect(refusal.code == .forbidden && refusal.missing == nil)
    }

    @Test("of PAM have their place, and are left out where the frame has none for them", arguments: [0, 50_000])
    func messages(_ filling: Int) throws {
        let text = [UInt8](repeating: 0x22, count: 512)
        let frame = written { out in
            out.writeError(.denied, to: RequestID(9)) { out in
                out.key("filling")
                out.value([UInt8](repeating: 0x61, count: filling).span)
                out.messages { out in for _ in 0..<32 { out.prompt(.error, text: text.span) } }
            }
        }
        let refusal = Describe.response(frame, to: nil)["refusal"]
        #expect(refusal?["code"] == 1001)
        let message = JSONValue.object(["style": "error", "text": .text(String(repeating: "\"", count: 512))])
        #expect(refusal?["messages"] == (filling > 0 ? nil : .array(Array(repeating: message, count: 32))))
    }

    @Test("that are events are read as they were written", arguments: EventKind.allCases)
    func events(_ kind: EventKind) {
        let empty: [UInt8] = []
        let user = Array("ada".utf8)
        let frame = written {
            $0.writeEvent(
                kind, handle: Self.handle, realm: empty.span, service: empty.span, user: user.span,
                reason: "account", detail: "locked", host: "wiki-2", at: 5)
        }
        let event: [String: JSONValue] = [
            "kind": .text("\(kind.name)"), "handle": .text(Self.handle.text), "user": "ada", "reason": "account",
            "detail": "locked", "host": "wiki-2", "at": 5,
        ]
        #expect(Describe.response(frame, to: nil) == .object(["event": .object(event)]))
    }

    @Test("give back the id that they got", arguments: ["7", "-1", "\"a\"", #""\u0041\n\"""#, "\"\""])
    func ids(_ id: String) {
        let bytes = Array(#"{"jsonrpc":"2.0","id":\#(id),"method":"server.ping"}"#.utf8)
        let request = Request(bytes.span, body: 0..<bytes.count)
        let stored = request.storedID(in: bytes.span)
        for isStored in [true, false] {
            let frame = written { out in
                if isStored { out.beginAnswer(to: stored) } else { out.beginAnswer(to: request, in: bytes.span) }
                out.emptyObject()
                return out.endAnswer()
            }
            #expect(JSONValue(json: Array(frame[4...]))?["id"] == JSONValue(json: bytes)?["id"])
        }
        #expect(stored == request.storedID(in: bytes.span))
        #expect(stored != .null && stored != RequestID(8))
        #expect(Set([stored, stored, .null]).count == 2)
    }

    @Test(
        "page a list: no session is lost, each page is a frame",
        arguments: Array(stride(from: 20, through: 250, by: 11)))
    func pages(_ length: Int) {
        let user = String(repeating: "\u{1}", count: length)
        var total = 0
        var pages = 0
        while total < 400 {
            let frame = written { out in
                out.beginAnswer(to: RequestID(1))
                out.beginPage()
                while total < 400, out.addToPage({ Self.writeSession(&$0, user: user, data: nil) }) { total += 1 }
                let cursor = [UInt8](repeating: 1, count: WireLimit.name)
                out.endPage(next: total < 400 ? cursor.span : nil)
                return out.endAnswer()
            }
            guard case .whole(let body) = Frame.inspect(frame.span),
                case .result(_, let result)? = try? Response(frame.span, body: body),
                let value = JSONValue(json: Array(frame[result]))
            else {
                Issue.record("page \(pages) cannot be read")
                return
            }
            pages += 1
            #expect(value["sessions"]?.array?.isEmpty == false)
            #expect((value["next"] == nil) == (total == 400))
        }
        #expect(total == 400 && pages > 1)
    }

    @Test("a list of limits ends where the frame is full, and says so", arguments: [100, 1000])
    func limits(_ count: Int) throws {
        let name = String(repeating: "x", count: 64)
        let all = (0..<count).map {
            LimiterEntry(
                user: name, realm: "default", failures: Int64(count - $0), failuresOfKnownSources: 0, retryAfter: .zero,
                retryAfterOfKnownSources: .zero, isCapped: false)
        }
        let frame = written { out in
            out.beginAnswer(to: RequestID(1))
            out.limiterResult(all)
            return out.endAnswer()
        }
        guard case .whole(let body) = Frame.inspect(frame.span),
            case .result(_, let result) = try Response(frame.span, body: body)
        else { throw Refusal.parse }
        let read = try LimiterList(result, in: frame.span)
        #expect(read.isCut == (count == 1000))
        #expect(read.entries == Array(all.prefix(read.entries.count)) && read.entries.count >= 100)
    }
}
