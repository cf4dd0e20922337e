// libFuzzer target for a whole request of a proxy: bytes of HTTP/1.1, read, decided and answered as usher-gate does,
// but for the HTTP library, the daemon and the host's groups.
//
//     Tests/Fuzz/run
//
// Beside crashes it looks for a request that passes without the cookie of a session that is known, for identities that
// are not the session's, and for answers that lead elsewhere than to the portal.

import UsherClient
import UsherGate
import UsherWebCore

/// What libFuzzer calls with each input. The bytes 1, 2 and 3 stand for cookies of the session that the gate has sealed
/// for the wiki, for another site and for the portal.
@c(LLVMFuzzerTestOneInput)
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    // More than an HTTP library takes.
    let bytes = Array(input.lazy.flatMap(GateWorld.expanded).prefix(64 << 10))
    guard let request = FuzzedRequest(bytes) else { return 0 }
    guard let path = GatePath(target: request.target) else { return 0 }
    switch path.purpose {
    case .auth, .refused: ask(path, request)
    case .pages: visit(path, request)
    }
    return 0
}

private func ask(_ path: GatePath, _ request: FuzzedRequest) {
    let configuration = GateWorld.configuration
    let question: GateQuestion
    do throws(GateQuestion.Misdirection) {
        question = try GateQuestion(path.kind, rule: path.name, configuration, values: request.values)
    } catch {
        return check(Pages(configuration, request.language).misdirected(error.refusal))
    }
    let access = GateWorld.access(question, request)
    let verdict = AccessAnswers.verdict(access, by: question.rule)
    precondition([200, 401, 403, 503].contains(verdict.status))
    check(verdict)
    if verdict.status == 200 { checkPassing(verdict, question, path, request) }
    let hop = GateCookie.hop(request.values("cookie")).map { HopDigest($0) }
    let answers = AccessAnswers(configuration, question.site, question.rule, Pages(configuration, request.language))
    let refusal = answers.refusal(access, question.forwarded, question.kind, hop: hop)
    precondition(refusal.status != 200)
    check(refusal)
    if let place = refusal.one("location") { checkWay(place, question) }
}

/// Whoever passes is nobody by a rule that says so, or the session's user, whose cookie is there once and for this
/// site.
private func checkPassing(
    _ verdict: GateAnswer, _ question: GateQuestion, _ path: GatePath, _ request: FuzzedRequest
) {
    let rule = question.rule
    precondition(question.site.rules.contains(path.name) && rule.name == path.name)
    let fields = path.kind == .nginx ? ["x-original-url", "x-original-method"] : GateWorld.forwardedFields
    for field in fields { precondition(request.values(field).count == 1) }
    let identity = rule.headers.map { verdict.one($0.answerName) }
    if rule.isAnonymous || question.kind == .preflight && rule.passesPreflight {
        return precondition(identity.allSatisfy { $0 == "" })
    }
    guard let sealed = GateWorld.sealed[question.site.origin] else { preconditionFailure("each site has a key") }
    let pairs = request.cookies.filter { $0.starts(with: "__Host-usher=".utf8) }
    precondition(pairs == [Array(sealed.utf8)])
    precondition(rule.methods.allSatisfy(GateWorld.session.methods.contains))
    precondition(!identity.contains(nil) && !identity.contains(""))
    let user = verdict.one("remote-user")
    precondition(user == (rule.headers.contains(.user) ? GateWorld.session.user : nil))
}

/// The one place that a refused page leads to is the portal, and from there back to where it came from.
private func checkWay(_ place: String, _ question: GateQuestion) {
    let portal = GateWorld.configuration.portal.text + "/.usher/"
    precondition(place.utf8.starts(with: portal.utf8))
    guard let mark = place.utf8.firstIndex(of: UInt8(ascii: "?")) else { preconditionFailure("it has a query") }
    let query = Array(place.utf8[place.utf8.index(after: mark)...])
    guard let form = try? FormBody(query.span), let to = form.text("to") else { preconditionFailure("it leads back") }
    precondition(to.utf8.starts(with: (question.site.origin.text + "/").utf8))
    precondition((try? GateWorld.configuration.returnTo.location(for: to)) == to)
}

/// A request for one of the gate's own pages is one of a configured origin, whatever else it holds.
private func visit(_ path: GatePath, _ request: FuzzedRequest) {
    let forwarded = try? ForwardedRequest(
        pageBehind: path.kind, method: request.method, insecureLocalhost: false, values: request.values)
    guard let forwarded, GateWorld.configuration.origins.contains(forwarded.origin) else { return }
    precondition(forwarded.origin.text.utf8.starts(with: "https://".utf8))
    let pages = Pages(GateWorld.configuration, request.language)
    let form = LoginForm(
        pages, LoginCSRF(request.values("cookie")), confirming: nil,
        to: try? GateWorld.configuration.returnTo.location(for: request.target), hop: nil)
    check(form.question(user: request.target))
}

/// No field ends a line or is longer than what the printed lines ask of nginx; no page holds a script.
private func check(_ answer: GateAnswer) {
    var size = 0
    for (name, value) in answer.fields {
        precondition(name.utf8.allSatisfy { 0x21...0x7E ~= $0 && !(0x41...0x5A ~= $0) })
        precondition(value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
        size += name.utf8.count + value.utf8.count + 4
    }
    precondition(size < 8192)
    precondition(answer.one("cache-control") == "no-store")
    if let body = answer.body { precondition(!body.text.contains("<script")) }
}

extension GateAnswer {
    fileprivate func one(_ name: String) -> String? { fields.first { $0.name == name }?.value }
}
