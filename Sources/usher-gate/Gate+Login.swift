import Synchronization
import UsherClient
import UsherGate
import UsherWebCore
import UsherWebHummingbird

// Logging in and confirming at the portal, and the arrival of a session at a tool's origin.
extension Gate {
    /// Where a login leads, as its page was asked for it.
    struct Destination {
        /// An address of a site or of the portal; nil for the portal's list of sessions.
        let address: String?
        /// Whether the request gave an address that no login may lead to.
        let isForeign: Bool
        let hop: HopDigest?
        /// Whether this is the second try to arrive.
        let isAgain: Bool
    }

    func destination(_ form: PostedForm?) -> Destination {
        // A query that cannot be read was meant to lead somewhere, too.
        guard let form else { return Destination(address: nil, isForeign: true, hop: nil, isAgain: false) }
        let to = form.text("to")
        let address = try? configuration.returnTo.location(for: to)
        return Destination(
            address: address, isForeign: address == nil && !to.isEmpty, hop: HopDigest(form.text("hop")),
            isAgain: form.text("again") == "1")
    }

    func showLogin(_ visit: Visit, isConfirmation: Bool) async throws(UsherError) -> GateAnswer {
        let destination = destination(visit.request.query)
        guard visit.origin == configuration.portal else { return atPortal(visit, destination) }
        let own = try await session(visit)
        if let own, !isConfirmation { return await arrive(own.token, destination) }
        if own == nil, isConfirmation { return .redirect(302, to: "/.usher/login" + query(destination)) }
        return form(visit, destination, own?.session).question(isForeign: destination.isForeign)
    }

    /// A redirect to the login at the portal, which leads back to the address of `destination`, or else to this origin.
    private func atPortal(_ visit: Visit, _ destination: Destination) -> GateAnswer {
        let known = GateCookie.hop(visit.request.cookies)
        let hop = known ?? .fresh()
        let back = Destination(
            address: destination.address ?? visit.origin.text + "/", isForeign: false, hop: HopDigest(hop),
            isAgain: destination.isAgain)
        var answer = GateAnswer.redirect(302, to: configuration.portal.text + "/.usher/login" + query(back))
        if known == nil { answer.set(cookie: GateCookie.settingHop(hop)) }
        return answer
    }

    private func query(_ destination: Destination) -> String {
        guard let address = destination.address else { return "" }
        return "?to=" + address.queryEncoded + (destination.hop.map { "&hop=" + $0.text } ?? "")
            + (destination.isAgain ? "&again=1" : "")
    }

    private func form(_ visit: Visit, _ destination: Destination, _ confirmed: Session?) -> LoginForm {
        LoginForm(
            visit.pages, LoginCSRF(visit.request.cookies), confirming: confirmed?.user, to: destination.address,
            hop: destination.hop)
    }

    func postLogin(_ visit: Visit, isConfirmation: Bool) async throws(UsherError) -> GateAnswer {
        guard visit.origin == configuration.portal else { return visit.pages.notFound }
        let posted: PostedForm
        do { posted = try await postedForm(visit) } catch { return visit.pages.unreadable(error) }
        let destination = destination(posted)
        let own = try await session(visit)
        if let own, !isConfirmation { return await arrive(own.token, destination) }
        if own == nil, isConfirmation { return .redirect(to: "/.usher/login" + query(destination)) }
        let form = form(visit, destination, own?.session)
        guard let browser = LoginCSRF(known: visit.request.cookies) else {
            return form.question(error: visit.pages.text(.cookieMissing), status: 400)
        }
        guard isOwn(visit, posted, browser) else {
            return form.question(user: posted.text("user"), error: visit.pages.text(.stale), status: 403)
        }
        let outcome = await step(visit, posted, browser, isConfirmation ? own?.token : nil)
        return await answer(to: outcome, visit, form, destination, user: posted.text("user"))
    }

    private func isOwn(_ visit: Visit, _ posted: PostedForm, _ browser: LoginCSRF) -> Bool {
        let origins = FetchOrigin(own: [configuration.portal])
        guard origins.verdict(method: visit.request.method, field: visit.request.joined).isAccepted else {
            return false
        }
        return origins.provesOwnPage(visit.request.joined) || browser.accepts(posted.text(CSRF.fieldName))
    }

    private func step(
        _ visit: Visit, _ posted: PostedForm, _ browser: LoginCSRF, _ token: Token?
    ) async -> LoginSteps.Outcome {
        let source = WebContext.source(of: visit.remoteAddress)
        let visitor = LoginSteps.Visitor(browser: browser, source: source, isConfirmation: token != nil)
        let context = WebContext.context(
            site: destinationOrigin(posted), remoteAddress: visit.remoteAddress, userAgent: visit.request.userAgent)
        let (logins, service) = (memory.logins, configuration.service)
        return await logins.once(LoginSteps.StepName(visitor, posted)) {
            if posted.body.has("flow") { return await logins.answer(visitor, posted, to: posted.text("flow")) }
            return await logins.start(visitor, posted, token: token, service: service, context: context)
        }
    }

    /// The site that a login is for, as a person recognises it in the list of sessions.
    private func destinationOrigin(_ posted: PostedForm) -> Origin {
        destination(posted).address.flatMap(origin) ?? configuration.portal
    }

    /// The configured origin of an address that ``ReturnTo`` has accepted.
    private func origin(of address: String) -> Origin? {
        configuration.origins.first { address.utf8.starts(with: ($0.text + "/").utf8) }
    }

    private func answer(
        to outcome: LoginSteps.Outcome, _ visit: Visit, _ form: LoginForm, _ destination: Destination, user: String
    ) async -> GateAnswer {
        switch outcome {
        case .complete(let login):
            var answer = await arrive(login.token, destination)
            if let place = answer.fields.first(where: { $0.name == "location" })?.value {
                answer = form.complete(login.messages, at: place)
            }
            answer.set(cookie: cookie(of: configuration.portal).setting(login.token))
            answer.set(cookie: LoginCSRF.deletion)
            return answer
        case .challenge(let challenge, let name): return form.questions(challenge, flow: name, user: user)
        case .refused(let error): return form.refused(error, user: user)
        case .unreadable(let refusal): return visit.pages.unreadable(refusal)
        case .gone: return form.question(user: user, error: visit.pages.text(.over))
        }
    }

    /// Sends a browser on to the destination of its login. Another origin than the portal gets the session by a code
    /// for a hop cookie. Without a hop that origin first sets the cookie and leads back here.
    private func arrive(_ token: Token, _ destination: Destination) async -> GateAnswer {
        guard let address = destination.address, let origin = origin(of: address) else {
            return .redirect(to: configuration.portal.text + "/.usher/sessions")
        }
        guard origin != configuration.portal, let hop = destination.hop else { return .redirect(to: address) }
        // Without an answer of usherd the code is of no era, and the person starts again at its origin.
        let era = try? await client.hello().era
        let code = handOverKey(of: origin).seal(token, to: address, hop: hop, era: era ?? 0, now: .now)
        let again = destination.isAgain ? "&again=1" : ""
        return .redirect(to: origin.text + "/.usher/enter?code=" + code + again)
    }

    /// The arrival at a tool's origin.
    func enter(_ visit: Visit) async throws(UsherError) -> GateAnswer {
        let query = visit.request.query
        let hop = GateCookie.hop(visit.request.cookies)
        guard let code = query?.text("code"), !code.isEmpty else { return visit.pages.notFound }
        let key = handOverKey(of: visit.origin)
        let arrival = memory.handOver.withLock {
            $0.arrive(code, by: key, hop: hop.map { HopDigest($0) }, now: .now, instant: .now)
        }
        let start = visit.origin.text + "/"
        switch arrival {
        case .arrived(let token, let to, let claim):
            do throws(UsherError) {
                guard try await client.claim(claim.code, era: claim.era, until: claim.until) else {
                    return .redirect(to: start)
                }
            } catch {
                return visit.pages.interrupted("/.usher/login?to=" + to.queryEncoded)
            }
            var answer = GateAnswer.redirect(to: to)
            answer.fields.append(("referrer-policy", "no-referrer"))
            answer.set(cookie: cookie(of: visit.origin).setting(token))
            return answer
        case .otherBrowser(let to):
            if try await session(visit) != nil { return .redirect(to: to) }
            guard hop != nil, query?.text("again") != "1" else {
                return visit.pages.hopMissing("/.usher/login?to=" + to.queryEncoded)
            }
            let back = Destination(address: to, isForeign: false, hop: nil, isAgain: true)
            return atPortal(visit, back)
        case .unknown:
            return .redirect(to: start)
        // Gates behind one balancer may have different keys meanwhile: a redirect would lead in a circle.
        case .foreign:
            return visit.pages.interrupted("/.usher/login", status: 400)
        }
    }
}
