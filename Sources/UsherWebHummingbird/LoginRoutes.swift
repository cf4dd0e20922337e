#if Web
    import HTTPTypes
    import Hummingbird
    import NIOCore
    import UsherClient
    import UsherWeb

    /// The pages for login, re-authentication and logout. They need no script.
    struct LoginRoutes<Context: RequestContext>: Sendable {
        let tool: WebTool

        func add(to router: some RouterMethods<Context>) {
            router.get(RouterPath(tool.loginPath)) { request, _ in await show(request, isConfirmation: false) }
            router.get(RouterPath(tool.confirmPath)) { request, _ in await show(request, isConfirmation: true) }
            router.post(RouterPath(tool.loginPath)) { request, _ in await post(request, isConfirmation: false) }
            router.post(RouterPath(tool.confirmPath)) { request, _ in await post(request, isConfirmation: true) }
            router.get(RouterPath(tool.logoutPath)) { request, _ in await showLogout(request) }
            router.post(RouterPath(tool.logoutPath)) { request, _ in await logOut(request) }
        }

        // MARK: Logging in and confirming

        private func show(_ request: Request, isConfirmation: Bool) async -> Response {
            let page = LoginPage(tool, request, isConfirmation: isConfirmation, to: queried(request))
            do throws(UsherError) {
                let session = try await tool.session(of: request, touch: false)
                if session != nil, !isConfirmation { return .seeOther(page.target) }
                if session == nil, isConfirmation { return .seeOther(tool.origin.text + tool.loginPath + page.query) }
                return page.question(user: session?.session.user ?? "")
            } catch {
                return .unavailable()
            }
        }

        private func post(_ request: Request, isConfirmation: Bool) async -> Response {
            let form: PostedForm
            do { form = try await posted(request) } catch { return tool.unreadable(error) }
            let page = LoginPage(tool, request, isConfirmation: isConfirmation, to: form.text("to"))
            guard let browser = LoginCSRF(known: request.headers) else { return page.cookieMissing() }
            guard isOwn(request, form, browser) else { return page.question(user: form.text("user"), .stale) }
            do throws(UsherError) {
                let session = try await tool.session(of: request, touch: false)
                if session != nil, !isConfirmation { return .seeOther(page.target) }
                if session == nil, isConfirmation { return .seeOther(tool.origin.text + tool.loginPath + page.query) }
                return page.answer(to: await step(request, form, browser, session, isConfirmation), form.text("user"))
            } catch {
                return .unavailable()
            }
        }

        private func isOwn(_ request: Request, _ form: PostedForm, _ browser: LoginCSRF) -> Bool {
            let origins = tool.fetchOrigin
            guard origins.verdict(on: request.head).isAccepted else { return false }
            return origins.provesOwnPage(request.head) || browser.accepts(form.text(CSRF.fieldName))
        }

        private func step(
            _ request: Request, _ form: PostedForm, _ browser: LoginCSRF, _ session: WebSession?, _ isConfirmation: Bool
        ) async -> LoginSteps.Outcome {
            let address = tool.remoteAddress(request)
            let visitor = LoginSteps.Visitor(
                browser: browser, source: WebContext.source(of: address), isConfirmation: isConfirmation)
            let context = WebContext.context(
                site: tool.origin, remoteAddress: address, userAgent: request.headers[.userAgent])
            return await tool.logins.once(LoginSteps.StepName(visitor, form)) {
                if form.body.has("flow") { return await tool.logins.answer(visitor, form, to: form.text("flow")) }
                return await tool.logins.start(
                    visitor, form, token: isConfirmation ? session?.token : nil, service: tool.service, context: context
                )
            }
        }

        // MARK: Logging out

        private func showLogout(_ request: Request) async -> Response {
            do throws(UsherError) {
                guard let session = try await tool.session(of: request, touch: false) else { return loggedOut() }
                return tool.page(
                    "Log out",
                    """
                    <form method="post" action="\(tool.logoutPath)">\(tool.field(for: session, scope: "logout"))
                    <p>You are \(session.session.user).</p><button>Log out</button></form>
                    """)
            } catch {
                return .unavailable()
            }
        }

        /// A form of another site is refused before the cookie is read. Such a request comes without the cookie
        /// (`SameSite`), and the answer to a request without a session deletes the cookie, which would log the person
        /// out.
        private func logOut(_ request: Request) async -> Response {
            guard tool.fetchOrigin.verdict(on: request.head).isAccepted else { return tool.refusedForm(request) }
            let form: PostedForm
            do { form = try await posted(request) } catch { return tool.unreadable(error) }
            do throws(UsherError) {
                guard let session = try await tool.session(of: request, touch: false) else { return loggedOut() }
                guard CSRF.accepts(form.text(CSRF.fieldName), for: session.token, scope: "logout") else {
                    return tool.refusedForm(request)
                }
                try await tool.client.revoke(session.token)
                return loggedOut()
            } catch {
                // The session has ended here, and ends on the other hosts by itself.
                if let pending = error.pending { return loggedOut(until: pending.until) }
                return .unavailable()
            }
        }

        /// `until` is how long other hosts may still accept the session.
        private func loggedOut(until: Duration? = nil) -> Response {
            let others: HTML =
                until.map { "<p>Other servers follow within \($0.components.seconds + 1) seconds.</p>" } ?? ""
            var response = tool.page(
                "Logged out", "<p>You are logged out. <a href=\"\(tool.loginPath)\">Log in</a></p>\(others)")
            response.headers.append(tool.cookie.deletionField)
            return response
        }

        // MARK: What a request holds

        /// The body's bytes go from the server's buffers into one block that is zeroed.
        private func posted(_ request: Request) async throws(FormBody.Refusal) -> PostedForm {
            guard FormBody.isForm(contentType: request.headers[.contentType]) else { throw .contentType }
            guard let body = try? await request.body.collect(upTo: FormBody.usualLimit) else { throw .tooLarge }
            return PostedForm(try FormBody(body.readableBytesUInt8Span))
        }

        /// The address to return to: the field `to` of the query, which is written as a form is.
        private func queried(_ request: Request) -> String {
            let query = Array((request.uri.query ?? "").utf8)
            return (try? FormBody(query.span))?.text("to") ?? ""
        }
    }
#endif
