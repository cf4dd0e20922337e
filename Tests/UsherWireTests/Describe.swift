import UsherNames
import UsherSecrets
import UsherTestKit
import UsherWire

/// What the codec understood, in the form in which the vectors say it.
enum Describe {
    /// The first frame of `bytes` as a daemon reads it: `request`, `notification`, `error`, or `incomplete`.
    static func request(_ bytes: [UInt8]) -> JSONValue {
        let span = bytes.span
        switch Frame.inspect(span) {
        case .incomplete: return .object(["incomplete": true])
        case .invalidLength: return error(.parse, .null)
        case .whole(let body): return request(Request(span, body: body), bytes)
        }
    }

    private static func request(_ request: Request, _ bytes: [UInt8]) -> JSONValue {
        let id = id(request, bytes)
        if let fault = request.fault { return error(fault, id) }
        let method = JSONValue.text("\(request.method.name)")
        if request.isNotification { return .object(["notification": .object(["method": method])]) }
        if request.method == .unknown { return error(.unknownMethod, id) }
        do throws(Refusal) {
            let params = try params(request, bytes)
            return .object(["request": .object(["id": id, "method": method, "params": .object(params)])])
        } catch {
            return Self.error(error.code, id)
        }
    }

    private static func error(_ code: ErrorCode, _ id: JSONValue) -> JSONValue {
        let error: [String: JSONValue] = ["code": .integer(code.rawValue), "reason": .text("\(code.reason)"), "id": id]
        return .object(["error": .object(error), "closes": .bool(code.closesConnection)])
    }

    private static func id(_ request: Request, _ bytes: [UInt8]) -> JSONValue {
        switch request.id {
        case .null: .null
        case .integer(let integer): .integer(integer)
        case .text(let text): .text(text.string(in: bytes.span))
        }
    }

    // swift-format-ignore: a table of methods
    private static func params(_ request: Request, _ bytes: [UInt8]) throws(Refusal) -> [String: JSONValue] {
        let span = bytes.span
        switch request.method {
        case .ping: return [:]
        case .stats: return ["by_service": .bool(try StatsParams(request, in: span).wantsServices)]
        case .attachBoard, .leaveCluster:
            _ = try NoParams(request, in: span)
            return [:]
        case .hello:
            let params = try HelloParams(request, in: span)
            return compact(["client": text(params.client, bytes), "version": text(params.version, bytes)])
        case .authStart: return try authStart(AuthStartParams(request, in: span), bytes)
        case .authRespond:
            let params = try AuthRespondParams(request, in: span)
            var answers: [JSONValue] = []
            for index in 0..<params.answers.count { params.answers.withBytes(at: index) { answers.append(text($0)) } }
            return ["transaction": transaction(params.transaction), "answers": .array(answers)]
        case .authCancel: return ["transaction": transaction(try AuthCancelParams(request, in: span).transaction)]
        case .claim:
            let params = try ClaimParams(request, in: span)
            return ["code": token(params.code), "era": .integer(params.era), "until": .integer(params.until)]
        case .create:
            let params = try CreateParams(request, in: span)
            return compact([
                "user": text(params.user, bytes), "service": text(params.service, bytes),
                "methods": .array(params.methods.map { .text($0) }), "context": context(params.context),
            ])
        case .validate:
            let params = try ValidateParams(request, in: span)
            return ["token": token(params.token), "touch": .bool(params.touches)]
        case .touch:
            let params = try TouchParams(request, in: span)
            var tokens: [JSONValue] = []
            params.forEachToken(in: span) { tokens.append(token($0)) }
            return ["tokens": .array(tokens)]
        case .rotate: return ["token": token(try RotateParams(request, in: span).token)]
        case .update:
            let params = try UpdateParams(request, in: span)
            return compact([
                "token": token(params.token), "if_version": params.ifVersion.map { .integer($0) },
                "data": request.params.flatMap { JSONValue(json: Array(bytes[$0])) }?["data"],
            ])
        case .list:
            let params = try ListParams(request, in: span)
            return compact(subject(params.subject, bytes) + [("cursor", text(params.cursor, bytes))])
        case .revoke: return try revoke(RevokeParams(request, in: span))
        case .revokeAll:
            let params = try RevokeAllParams(request, in: span)
            return compact(
                subject(params.subject, bytes) + [
                    ("except", params.except.map { .text($0.text) }), ("cursor", text(params.cursor, bytes)),
                ])
        case .subscribe:
            let params = try SubscribeParams(request, in: span)
            let asked = params.kinds ?? .all
            let kinds = EventKind.allCases.filter { asked.contains(EventKinds($0)) }
            return compact(["user": text(params.user, bytes), "kinds": .array(kinds.map { .text("\($0.name)") })])
        case .listLimits, .clearLimits:
            return compact(["user": text(try LimiterParams(request, in: span).user, bytes)])
        case .clusterStatus:
            _ = try NoParams(request, in: span)
            return [:]
        case .forgetMember:
            let params = try ForgetMemberParams(request, in: span)
            guard let member = params.member else { return ["all": .bool(true)] }
            return ["high": hexadecimal(member.high), "low": hexadecimal(member.low)]
        case .unknown: return [:]
        }
    }

    private static func hexadecimal(_ number: UInt64) -> JSONValue { .text(String(number, radix: 16)) }

    private static func authStart(_ params: consuming AuthStartParams, _ bytes: [UInt8]) -> [String: JSONValue] {
        var members = compact([
            "service": text(params.service, bytes), "context": context(params.context),
            "timeout_ms": params.timeout.map {
                .integer($0.components.seconds * 1000 + $0.components.attoseconds / 1_000_000_000_000_000)
            },
        ])
        switch params.who {
        case .user(let user): members["user"] = text(user, bytes)
        case .token(let token): members["token"] = Self.token(token)
        }
        switch params.password {
        case .some(let password): members["password"] = password.withBytes { text($0) }
        case .none: break
        }
        return members
    }

    private static func revoke(_ params: consuming RevokeParams) -> [String: JSONValue] {
        var members = compact(["handle": params.handle.map { .text($0.text) }])
        switch params.token {
        case .some(let token): members["token"] = Self.token(token)
        case .none: break
        }
        return members
    }

    private static func subject(_ subject: borrowing Subject, _ bytes: [UInt8]) -> [(String, JSONValue?)] {
        switch subject {
        case .token(let token): [("token", Self.token(token))]
        case .user(let user): [("user", text(user, bytes))]
        case .everybody(let realm): [("all", .bool(true)), ("realm", text(realm, bytes))]
        }
    }

    private static func compact(_ members: [String: JSONValue?]) -> [String: JSONValue] {
        members.compactMapValues { $0 }
    }

    private static func compact(_ members: [(String, JSONValue?)]) -> [String: JSONValue] {
        compact(Dictionary(uniqueKeysWithValues: members))
    }

    private static func text(_ text: JSONText?, _ bytes: [UInt8]) -> JSONValue? {
        text.map { .text($0.string(in: bytes.span)) }
    }

    static func text(_ bytes: Span<UInt8>) -> JSONValue {
        .text(String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self))
    }

    private static func context(_ context: SessionContext?) -> JSONValue? {
        context.flatMap { JSONValue(json: $0.json) }
    }

    static func token(_ token: borrowing SessionToken) -> JSONValue {
        var buffer = FrameBuffer(capacity: 64)
        buffer.value(token)
        return JSONValue(json: buffer.copy()) ?? .null
    }

    static func transaction(_ name: TransactionName) -> JSONValue {
        var buffer = FrameBuffer(capacity: 64)
        buffer.value(name)
        return JSONValue(json: buffer.copy()) ?? .null
    }
}
