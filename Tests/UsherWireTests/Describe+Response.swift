import UsherSecrets
import UsherTestKit
import UsherWire

extension Describe {
    /// The first frame of `bytes` as a client reads it: `result`, `refusal`, `event`, `ignored` or `broken`.
    static func response(_ bytes: [UInt8], to method: String?) -> JSONValue {
        do throws(Refusal) {
            guard case .whole(let body) = Frame.inspect(bytes.span) else { throw .parse }
            switch try Response(bytes.span, body: body) {
            case .result(let id, let result):
                let value = try value(result, bytes, method ?? "")
                return .object(["result": .object(["id": .integer(id), "value": value])])
            case .refusal(let id, let refusal): return describe(id, refusal)
            case .event(let params): return .object(["event": describe(try Event(params, in: bytes.span))])
            case .otherNotification: return .object(["ignored": true])
            }
        } catch {
            return .object(["broken": true])
        }
    }

    private static func describe(_ id: Int64?, _ refusal: Response.ErrorObject) -> JSONValue {
        var members: [String: JSONValue] = ["id": id.map { .integer($0) } ?? .null, "code": .integer(refusal.number)]
        if let wait = refusal.retryAfter {
            members["retry_after_ms"] = .integer(
                wait.components.seconds * 1000 + wait.components.attoseconds / 1_000_000_000_000_000)
        }
        if !refusal.messages.isEmpty { members["messages"] = prompts(refusal.messages) }
        if let missing = refusal.missing { members["missing"] = describe(missing) }
        if let quota = refusal.quota { members["quota"] = .text(quota.rawValue) }
        if let pending = refusal.pending {
            members["pending"] = .object(
                pending.until.map { ["until_ms": .integer(Int64($0 / .milliseconds(1)))] } ?? [:])
        }
        return .object(["refusal": .object(members)])
    }

    private static func describe(_ missing: MissingRight) -> JSONValue {
        var members: [String: JSONValue] = [
            "method": .text(missing.method), "lacks": .array(missing.lacks.map { .text($0) }),
            "uid": .integer(Int64(missing.uid)), "roles": .array(missing.roles.map { .text($0) }),
        ]
        if let entry = missing.entry { members["entry"] = .text(entry) }
        return .object(members)
    }

    private static func describe(_ event: Event) -> JSONValue {
        let members: [String: JSONValue?] = [
            "kind": event.kind.map { .text("\($0.name)") }, "handle": event.handle.map { .text($0.text) },
            "realm": event.realm.map { .text($0) }, "service": event.service.map { .text($0) },
            "user": event.user.map { .text($0) }, "reason": event.reason.map { .text($0) },
            "detail": event.detail.map { .text($0) }, "source": event.source.map { .text($0) },
            "client": event.client.map { .text($0) }, "host": event.host.map { .text($0) }, "at": .integer(event.at),
        ]
        return .object(members.compactMapValues { $0 })
    }

    private static func value(
        _ result: Range<Int>, _ bytes: [UInt8], _ method: String
    ) throws(Refusal) -> JSONValue {
        let span = bytes.span
        switch method {
        case "server.hello": return hello(try Hello(result, in: span))
        case "server.stats": return statistics(try Stats(result, in: span))
        case "session.validate": return validation(try Validation(result, in: span))
        case "code.claim": return .object(["claimed": .bool(try ClaimResult.claimed(result, in: span))])
        case "session.rotate", "session.create":
            let new = try TokenResult(result, in: span)
            return .object(["token": token(new.token), "session": session(new.session)])
        case "session.update": return .object(["version": .integer(try CountResult.version(result, in: span))])
        case "session.list":
            let page = try SessionPage(result, in: span)
            var members: [String: JSONValue] = ["sessions": .array(page.sessions.map(session))]
            if let next = page.next { members["next"] = .text(next) }
            if page.isPartial { members["partial"] = true }
            return .object(members)
        case "session.revoke":
            return .object(["revoked": .integer(try CountResult.revoked(result, in: span))])
        case "session.revoke_all":
            let revoked = try RevokedAll(result, in: span)
            var members: [String: JSONValue] = ["revoked": .integer(revoked.revoked)]
            if let next = revoked.next { members["next"] = .text(next) }
            return .object(members)
        case "auth.start", "auth.respond": return step(try LoginStep(result, in: span))
        case "board.attach": return board(try BoardDescription(result, in: span))
        case "limiter.list": return limits(try LimiterList(result, in: span))
        case "cluster.status": return cluster(try ClusterStatus(result, in: span))
        default:
            guard EmptyResult.isObject(result, in: span) else { throw .invalidParams }
            return .object([:])
        }
    }

    private static func hello(_ hello: Hello) -> JSONValue {
        let peer: [Figure] = [
            Figure("uid", Int64(hello.peerUID)), Figure("gid", Int64(hello.peerGID)),
            Figure("pid", Int64(hello.peerPID)),
        ]
        var members: [String: JSONValue] = [
            "server": .text(hello.server), "protocol": .integer(hello.protocolVersion), "peer": figures(peer),
            "roles": .array(hello.roles.map { .text($0) }), "services": .array(hello.services.map { .text($0) }),
            "limits": figures(hello.limits),
        ]
        if !hello.lifetimes.isEmpty {
            let lifetimes = hello.lifetimes.map {
                ($0.service, figures([Figure("idle_ms", $0.idle), Figure("absolute_ms", $0.absolute)]))
            }
            members["lifetimes"] = .object(Dictionary(uniqueKeysWithValues: lifetimes))
        }
        if let era = hello.era { members["era"] = .integer(era) }
        if let cluster = hello.cluster {
            members["cluster"] = .object([
                "name": .text(cluster.name), "host": .text(cluster.host), "lease_ms": .integer(cluster.lease),
            ])
        }
        return .object(members)
    }

    private static func cluster(_ status: ClusterStatus) -> JSONValue {
        func members(_ members: [ClusterStatus.Member]) -> JSONValue {
            .array(
                members.map { member in
                    let parts: [String: JSONValue?] = [
                        "member": .text(member.member), "host": member.host.map { .text($0) },
                        "age_ms": member.age.map { .integer($0) },
                    ]
                    return .object(parts.compactMapValues { $0 })
                })
        }
        let parts: [String: JSONValue?] = [
            "name": .text(status.name), "host": .text(status.host), "member": .text(status.member),
            "state": .text(status.state), "link": .bool(status.hasLink), "store": .bool(status.hasStore),
            "fault": status.fault.map { .text($0) }, "lease_ms": .integer(status.lease),
            "lease_left_ms": .integer(status.leaseLeft), "copies": .integer(status.copies),
            "epoch": status.epoch.map { .text($0) }, "ordinal": .integer(status.ordinal),
            "whole": .bool(status.isWhole), "acknowledged": .integer(status.acknowledged),
            "acknowledged_by_all": .integer(status.acknowledgedByAll), "sessions": .integer(status.sessions),
            "doubtful": .integer(status.doubtful), "ends_pending": .integer(status.endsPending),
            "members": members(status.members), "awaited": members(status.awaited),
        ]
        return .object(parts.compactMapValues { $0 })
    }

    private static func statistics(_ stats: Stats) -> JSONValue {
        guard case .object(var members) = figures(stats.figures), !stats.services.isEmpty else {
            return figures(stats.figures)
        }
        members["services"] = .array(
            stats.services.map { row in
                guard case .object(var members) = figures(row.figures) else { return .null }
                (members["service"], members["realm"]) = (.text(row.service), .text(row.realm))
                return .object(members)
            })
        return .object(members)
    }

    private static func figures(_ figures: [Figure]) -> JSONValue {
        .object(Dictionary(uniqueKeysWithValues: figures.map { ($0.name, .integer($0.value)) }))
    }

    private static func validation(_ validation: Validation) -> JSONValue {
        guard let session = validation.session else { return .object(["valid": false]) }
        var members: [String: JSONValue] = ["valid": true, "session": Self.session(session)]
        if let cache = validation.cache {
            members["cache"] = .object(["slot": .integer(Int64(cache.slot)), "stamp": .integer(Int64(cache.stamp))])
        }
        return .object(members)
    }

    static func prompts(_ prompts: [Challenge.Prompt]) -> JSONValue {
        .array(
            prompts.map { prompt in
                var members: [String: JSONValue] = ["style": .text("\(prompt.style.name)"), "text": .text(prompt.text)]
                if prompt.isCut { members["cut"] = .bool(true) }
                return .object(members)
            })
    }

    private static func step(_ step: consuming LoginStep) -> JSONValue {
        switch step {
        case .complete(let login):
            var members: [String: JSONValue] = [
                "state": "complete", "token": token(login.token), "session": session(login.session),
                "failures_since": .integer(login.failuresSince),
                "last_login": login.lastLogin.map { .integer($0) } ?? .null,
            ]
            if !login.messages.isEmpty { members["messages"] = prompts(login.messages) }
            return .object(members)
        case .challenge(let challenge):
            return .object([
                "state": "challenge", "transaction": transaction(challenge.transaction),
                "purpose": .text("\(challenge.purpose.name)"), "prompts": prompts(challenge.prompts),
            ])
        }
    }

    private static func board(_ board: BoardDescription) -> JSONValue {
        func hex(_ word: UInt64) -> String {
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        return .object([
            "board": .text(hex(board.high) + hex(board.low)), "slots": .integer(board.slots),
            "offset": .integer(board.offset), "boottime_ms": .integer(board.boottimeMilliseconds),
        ])
    }

    private static func limits(_ list: LimiterList) -> JSONValue {
        let entries: [JSONValue] = list.entries.map {
            var members: [String: JSONValue] = [
                "user": $0.user.map { .text($0) } ?? .null, "realm": $0.realm.map { .text($0) } ?? .null,
                "failures": .integer($0.failures), "failures_known_sources": .integer($0.failuresOfKnownSources),
                "retry_after_ms": .integer(Int64($0.retryAfter / .milliseconds(1))), "capped": .bool($0.isCapped),
            ]
            // Left out where there is no wait.
            if $0.retryAfterOfKnownSources > .zero {
                let wait = Int64($0.retryAfterOfKnownSources / .milliseconds(1))
                members["retry_after_known_sources_ms"] = .integer(wait)
            }
            return .object(members)
        }
        return .object(["entries": .array(entries), "more": .bool(list.isCut)])
    }

    private static func session(_ record: SessionRecord) -> JSONValue {
        let figures = record.figures
        var members: [String: JSONValue] = [
            "handle": .text(figures.handle.text), "realm": .text(record.realm), "service": .text(record.service),
            "user": .text(record.user), "uid": figures.uid.map { .integer(Int64($0)) } ?? .null,
            "created": .integer(figures.created), "authenticated": .integer(figures.authenticated),
            "last_seen": .integer(figures.lastSeen), "idle_expires": .integer(figures.idleExpires),
            "expires": .integer(figures.expires), "methods": .array(record.methods.map { .text($0) }),
            "context": map(record.context), "version": .integer(figures.version),
        ]
        if let data = record.data { members["data"] = map(Dictionary(data.map { ($0.key.text, $0.value) }) { $1 }) }
        return .object(members)
    }

    private static func map(_ map: [String: String]) -> JSONValue { .object(map.mapValues { .text($0) }) }
}
