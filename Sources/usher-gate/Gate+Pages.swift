import UsherClient
import UsherGate
import UsherWebCore
import UsherWebHummingbird

// The gate's own pages, which every site's proxy passes on as they are.
extension Gate {
    /// One visit of one of the pages.
    struct Visit {
        let request: GateRequest
        let origin: Origin
        let remoteAddress: String?
        let pages: Pages
    }

    /// The greatest age of a login by which a person ends other sessions (ASVS 7.5.2).
    private static let freshness = Duration.seconds(900)

    func page(_ request: GateRequest, _ kind: ProxyKind, name: String) async -> GateAnswer {
        let pages = Pages(configuration, request.language)
        guard !request.isPrefetch else { return GateAnswer(204) }
        let forwarded: ForwardedRequest
        do throws(ForwardedRequest.Refusal) {
            forwarded = try ForwardedRequest(
                pageBehind: kind, method: request.method, insecureLocalhost: configuration.insecureLocalhost,
                values: request.values)
        } catch {
            return misdirected(pages, error)
        }
        guard configuration.origins.contains(forwarded.origin) else {
            return misdirected(pages, nil, origin: forwarded.origin)
        }
        if ["GET", "HEAD"].contains(request.method),
            let file = configuration.files.first(where: { $0.name == name })
        {
            return file.answer
        }
        let visit = Visit(
            request: request, origin: forwarded.origin, remoteAddress: forwarded.remoteAddress, pages: pages)
        do throws(UsherError) { return try await page(visit, name) } catch { return .unavailable }
    }

    private func page(_ visit: Visit, _ name: String) async throws(UsherError) -> GateAnswer {
        switch (name, visit.request.method) {
        case ("login", "GET"), ("login", "HEAD"): try await showLogin(visit, isConfirmation: false)
        case ("confirm", "GET"), ("confirm", "HEAD"): try await showLogin(visit, isConfirmation: true)
        case ("login", "POST"): try await postLogin(visit, isConfirmation: false)
        case ("confirm", "POST"): try await postLogin(visit, isConfirmation: true)
        case ("enter", "GET"): try await enter(visit)
        case ("forget", "GET"): try await forget(visit)
        case ("logout", "GET"), ("logout", "HEAD"): try await showLogout(visit)
        case ("logout", "POST"): try await logOut(visit)
        case ("sessions", "GET"), ("sessions", "HEAD"): try await showSessions(visit)
        case ("sessions", "POST"): try await endSessions(visit)
        case ("whoami", "GET"), ("whoami", "HEAD"): try await whoAmI(visit)
        default: visit.pages.notFound
        }
    }

    /// The fields of the form that is posted.
    func postedForm(_ visit: Visit) async throws(FormBody.Refusal) -> PostedForm {
        try await visit.request.posted(limit: configuration.limits.body)
    }

    /// The session that the cookie of a visit proves, and its token.
    func session(_ visit: Visit) async throws(UsherError) -> (token: Token, session: Session)? {
        guard let token = token(visit.request, at: visit.origin) else { return nil }
        return try await client.validate(token, touch: false).map { (token, $0) }
    }

    /// Who is logged in at the origin. To ask is no use of the session: a page may do so every minute.
    private func whoAmI(_ visit: Visit) async throws(UsherError) -> GateAnswer {
        guard WhoAmI.isOwn(visit.origin, field: visit.request.joined) else { return WhoAmI.foreign }
        if let own = try await session(visit) { return WhoAmI.answer(own.session) }
        let back = "?to=" + (visit.origin.text + "/").queryEncoded
        return WhoAmI.nobody(loginAt: configuration.portal.text + "/.usher/login" + back)
    }

    // MARK: Logout

    private func showLogout(_ visit: Visit) async throws(UsherError) -> GateAnswer {
        guard let own = try await session(visit) else { return loggedOut(visit) }
        return visit.pages.logOut(user: own.session.user, field: Self.field(own.token, "logout"))
    }

    /// A form of another site is refused before the cookie is read. Such a request comes without the cookie
    /// (`SameSite`), and the answer to a request without a session deletes the cookie, which would log the person out.
    private func logOut(_ visit: Visit) async throws(UsherError) -> GateAnswer {
        guard isOfOwnOrigin(visit) else { return visit.pages.notOwn }
        guard let own = try await session(visit) else { return loggedOut(visit) }
        let form: PostedForm
        do { form = try await postedForm(visit) } catch { return visit.pages.unreadable(error) }
        guard CSRF.accepts(form.text(CSRF.fieldName), for: own.token, scope: "logout") else {
            return visit.pages.notOwn
        }
        return loggedOut(visit, until: try await ended { () throws(UsherError) in try await client.revoke(own.token) })
    }

    /// Ends sessions. Once that has begun they have ended here, and end on all hosts by themselves: then it says how
    /// long that may take, where it is known.
    private func ended(_ end: () async throws(UsherError) -> Void) async throws(UsherError) -> Duration? {
        do throws(UsherError) { try await end() } catch {
            guard let pending = error.pending else { throw error }
            return pending.until
        }
        return nil
    }

    private func loggedOut(_ visit: Visit, until: Duration? = nil) -> GateAnswer {
        var answer = visit.pages.loggedOut(at: visit.origin, until: until)
        answer.set(cookie: GateCookie.deletion)
        return answer
    }

    /// Deletes the cookie of a session that has ended, and the browser's cache of the origin's pages. Any page may ask
    /// for that: a cookie with a valid session stays.
    ///
    /// A browser may need seconds to clear a large cache. The page loads this answer as an image, so the person does
    /// not wait.
    private func forget(_ visit: Visit) async throws(UsherError) -> GateAnswer {
        var answer = GateAnswer(204)
        guard token(visit.request, at: visit.origin) != nil, try await session(visit) == nil else { return answer }
        answer.set(cookie: GateCookie.deletion)
        answer.fields.append(("clear-site-data", "\"cache\""))
        return answer
    }

    private static func field(_ token: Token, _ scope: String) -> HTML {
        "<input type=\"hidden\" name=\"\(CSRF.fieldName)\" value=\"\(CSRF.text(for: token, scope: scope))\">"
    }

    /// Whether no field of the request names a page of another origin as its cause.
    private func isOfOwnOrigin(_ visit: Visit) -> Bool {
        FetchOrigin(own: [visit.origin]).verdict(method: visit.request.method, field: visit.request.joined).isAccepted
    }

    // MARK: One's sessions

    private var sessionsAddress: String { configuration.portal.text + "/.usher/sessions" }

    private func showSessions(_ visit: Visit) async throws(UsherError) -> GateAnswer {
        guard visit.origin == configuration.portal else { return .redirect(302, to: sessionsAddress) }
        guard let own = try await session(visit) else { return .redirect(302, to: "/.usher/login") }
        var found = OwnSessions()
        while found.wantsMore { found.add(try await client.sessionPage(of: .token(own.token), from: found.next)) }
        return visit.pages.sessions(found, own: own.session, field: Self.field(own.token, "sessions"))
    }

    private func endSessions(_ visit: Visit) async throws(UsherError) -> GateAnswer {
        guard visit.origin == configuration.portal else { return visit.pages.notFound }
        guard let own = try await session(visit) else { return .redirect(to: "/.usher/login") }
        let form: PostedForm
        do { form = try await postedForm(visit) } catch { return visit.pages.unreadable(error) }
        guard isOfOwnOrigin(visit), CSRF.accepts(form.text(CSRF.fieldName), for: own.token, scope: "sessions") else {
            return visit.pages.notOwn
        }
        let name = form.text("end")
        if let handle = SessionHandle(name), handle == own.session.handle {
            return loggedOut(
                visit, until: try await ended { () throws(UsherError) in try await client.revoke(own.token) })
        }
        guard (try? own.session.require(maxAge: Self.freshness)) != nil else { return .redirect(to: "/.usher/confirm") }
        let handle = SessionHandle(name)
        guard name == "others" || handle != nil else { return visit.pages.notFound }
        _ = try await ended { () throws(UsherError) in
            if let handle {
                try await client.revoke(handle, as: own.token)
            } else {
                try await client.revokeAll(of: .token(own.token), except: own.session.handle)
            }
        }
        return .redirect(to: "/.usher/sessions")
    }
}
