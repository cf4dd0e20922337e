#if Web
    import HTTPTypes
    import Hummingbird
    import UsherClient
    import UsherWeb

    /// The pages of one login: the first question, the questions of PAM, and what came of them.
    struct LoginPage {
        /// What the page says above its form.
        enum Notice {
            case none
            case stale
            case text(HTML)

            var html: HTML {
                switch self {
                case .none: ""
                case .stale: "<p role=\"alert\">The page was too old. Please try again.</p>"
                case .text(let text): text
                }
            }
        }

        private let tool: WebTool
        private let isConfirmation: Bool
        /// The browser's key, or a new one that the answer sets.
        private let browser: LoginCSRF
        /// The address that the login leads to; nil if the request gave none, or none of this tool.
        private let location: String?
        private let isForeign: Bool

        init(_ tool: WebTool, _ request: Request, isConfirmation: Bool, to: String) {
            self.tool = tool
            self.isConfirmation = isConfirmation
            browser = LoginCSRF(request.headers)
            location = try? tool.returnTo.location(for: to)
            isForeign = !to.isEmpty && location == nil
        }

        /// Where the login leads.
        var target: String { location ?? tool.start }

        /// The query that leads there.
        var query: String { location.map { "?to=" + $0.queryEncoded } ?? "" }

        private var title: String { isConfirmation ? "Please confirm who you are" : "Please log in" }

        /// The form with name and password; a re-authentication asks for the password alone. The first empty field has
        /// the focus.
        func question(user: String, _ notice: Notice = .none, status: HTTPResponse.Status? = nil) -> Response {
            let wantsName = !isConfirmation && user.isEmpty
            let name: HTML =
                isConfirmation
                ? "<p>You are \(user).</p>"
                : """
                <p><label>User name <input name="user" value="\(user)" autocomplete="username" required\
                \(wantsName ? " autofocus" : "")></label></p>
                """
            let start: HTML =
                isForeign
                ? "<p>The address to go back to is none of this tool; the login leads to its start page.</p>" : ""
            let content: HTML = """
                \(notice.html)\(start)<form method="post" action="\(action)">\(fields)\(name)
                <p><label>Password <input type="password" name="password" autocomplete="current-password"\
                \(wantsName ? "" : " autofocus")></label></p>
                <button>\(isConfirmation ? "Confirm" : "Log in")</button></form>
                """
            var usual = HTTPResponse.Status.ok
            if case .stale = notice { usual = .forbidden }
            return answer(tool.page(title, status: status ?? usual, content))
        }

        private var action: String { isConfirmation ? tool.confirmPath : tool.loginPath }

        private var fields: HTML {
            """
            <input type="hidden" name="\(CSRF.fieldName)" value="\(browser.text())">\
            <input type="hidden" name="to" value="\(location ?? "")">
            """
        }

        /// What came of a step.
        func answer(to outcome: LoginSteps.Outcome, _ user: String) -> Response {
            switch outcome {
            case .complete(let login): return complete(login)
            case .challenge(let challenge, let name): return ask(challenge, name)
            case .refused(let error): return refuse(error, user)
            case .unreadable(let refusal): return tool.unreadable(refusal)
            case .gone:
                return question(user: user, .text("<p role=\"alert\">That step is over. Please start again.</p>"))
            }
        }

        private func complete(_ login: Login) -> Response {
            var response = Response.seeOther(target)
            if !login.messages.isEmpty {
                let next: HTML = "<p><a href=\"\(target)\">Go on</a></p>"
                response = tool.page("You are logged in", "\(login.messages.map(Self.message))\(next)")
            }
            response.headers.append(tool.cookie.settingField(login.token))
            response.headers.append(LoginCSRF.deletionField)
            return response
        }

        private func ask(_ challenge: Challenge, _ name: String) -> Response {
            let isChange = challenge.purpose == .passwordChange
            let first = challenge.prompts.firstIndex(where: \.wantsAnswer)
            let prompts = challenge.prompts.enumerated().map { index, prompt in
                prompt.wantsAnswer
                    ? Self.question(prompt, index, challenge.autocomplete(prompt), isFirst: index == first)
                    : Self.message(prompt)
            }
            return answer(
                tool.page(
                    isChange ? "Please choose a new password" : title,
                    """
                    <form method="post" action="\(action)">\(fields)<input type="hidden" name="flow" value="\(name)">
                    \(prompts)<button>Go on</button></form>
                    """))
        }

        private static func question(
            _ prompt: Challenge.Prompt, _ index: Int, _ autocomplete: String, isFirst: Bool
        ) -> HTML {
            let type = prompt.style == .secret ? "password" : "text"
            let focus: HTML = isFirst ? " autofocus" : ""
            return """
                <p><label>\(prompt.text) \
                <input type="\(type)" name="answer\(index)" autocomplete="\(autocomplete)"\(focus)></label></p>
                """
        }

        private static func message(_ prompt: Challenge.Prompt) -> HTML {
            prompt.style == .error ? "<p role=\"alert\">\(prompt.text)</p>" : "<p>\(prompt.text)</p>"
        }

        private func refuse(_ error: UsherError, _ user: String) -> Response {
            let refusal = RefusalNotice(error)
            var response = question(
                user: user, .text("\(error.messages.map(Self.message))<p role=\"alert\">\(refusal.text)</p>"),
                status: refusal.status)
            if let wait = refusal.retryAfter { response.headers[.retryAfter] = "\(wait)" }
            return response
        }

        /// The browser posted the form without the cookie that came with it.
        func cookieMissing() -> Response {
            question(
                user: "",
                .text(
                    "<p role=\"alert\">The browser has not kept the cookie of this page. Cookies must be allowed for it.</p>"
                ),
                status: .badRequest)
        }

        private func answer(_ page: Response) -> Response {
            var page = page
            if let field = browser.settingField { page.headers.append(field) }
            return page
        }
    }
#endif
