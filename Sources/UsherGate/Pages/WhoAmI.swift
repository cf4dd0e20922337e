package import UsherClient
internal import UsherToolSupport
package import UsherWebCore

/// The answers of `/.usher/whoami`, which scripts of a tool's own pages ask.
///
/// No answer has a field of CORS, so no page of another origin can read it.
package enum WhoAmI {
    /// Who is logged in, and until when.
    package static func answer(_ session: Session) -> GateAnswer {
        let members: [(String, JSONValue)] = [
            ("user", .text(session.user)), ("authenticated", .text(session.authenticated.description)),
            ("methods", .list(session.methods.map { .text($0) })),
            ("idle_expires", .text(session.idleExpires.description)), ("expires", .text(session.expires.description)),
        ]
        guard let line = JSONValue.object(members).line() else { return .unavailable }
        return own(.json(200, line))
    }

    /// Nobody is logged in; a login at `place`, an address whose query is encoded, would help.
    package static func nobody(loginAt place: String) -> GateAnswer {
        var answer = own(.json(401, #"{"error":"login_required","login":"\#(place)"}"#))
        answer.fields.append(GateAnswer.challenge)
        return answer
    }

    /// A page of another origin asks.
    package static var foreign: GateAnswer { own(.json(403, #"{"error":"forbidden"}"#)) }

    /// Whether no field of the request names a page of another origin. A read needs no further check: without fields of
    /// CORS in the answer browsers give it to no script of another origin.
    package static func isOwn(_ origin: Origin, field: (RequestField) -> String?) -> Bool {
        FetchOrigin(own: [origin]).verdict(method: "POST", field: field).isAccepted
    }

    private static func own(_ answer: GateAnswer) -> GateAnswer {
        var answer = answer
        answer.fields += [
            ("vary", "Cookie, Sec-Fetch-Site, Origin"), ("x-content-type-options", "nosniff"),
            ("cross-origin-resource-policy", "same-origin"),
        ]
        return answer
    }
}
