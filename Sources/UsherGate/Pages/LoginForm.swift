package import UsherClient
package import UsherWebCore

/// The pages of one login or confirmation: name and password, the questions of PAM, and what came of them.
package struct LoginForm: Sendable {
    private let pages: Pages
    private let browser: LoginCSRF
    private let confirmedUser: String?
    private let to: String?
    private let hop: HopDigest?

    /// The pages of a login of `browser`; of a re-authentication if `confirmedUser` is given. The login leads to the
    /// address `to`, by a hand-over to the browser whose hop cookie has the digest `hop`.
    package init(_ pages: Pages, _ browser: LoginCSRF, confirming confirmedUser: String?, to: String?, hop: HopDigest?)
    {
        self.pages = pages
        self.browser = browser
        self.confirmedUser = confirmedUser
        self.to = to
        self.hop = hop
    }

    private var action: String { confirmedUser == nil ? "/.usher/login" : "/.usher/confirm" }
    private var title: String { pages.text(confirmedUser == nil ? .logIn : .confirm) }

    private var hidden: HTML {
        """
        <input type="hidden" name="\(CSRF.fieldName)" value="\(browser.text())">\
        <input type="hidden" name="to" value="\(to ?? "")"><input type="hidden" name="hop" value="\(hop?.text ?? "")">
        """
    }

    /// The form with name and password; the password is always empty. The first empty field has the focus, and screen
    /// readers read the error together with that field.
    package func question(
        user: String = "", error: String? = nil, messages: [Challenge.Prompt] = [], status: Int = 200,
        isForeign: Bool = false
    ) -> GateAnswer {
        let focus: HTML = error == nil ? " autofocus" : " autofocus aria-describedby=\"\(Pages.errorName)\""
        let wantsName = confirmedUser == nil && user.isEmpty
        let name: HTML =
            if let confirmedUser {
                "<p>\(pages.text(.youAre, confirmedUser))</p>"
            } else {
                """
                <p><label>\(pages.text(.userName))<br>\
                <input name="user" value="\(user)" autocomplete="username" autocapitalize="none" required\
                \(wantsName ? focus : "")></label></p>
                """
            }
        let note: HTML = isForeign ? "<p>\(pages.text(.foreign))</p>" : ""
        return answer(
            pages.page(
                title, status: status, error: error, isErrorFocused: false,
                """
                \(messages.map(message))\(note)<form method="post" action="\(action)">\(hidden)\(name)
                <p><label>\(pages.text(.password))<br>\
                <input type="password" name="password" autocomplete="current-password"\
                \(wantsName ? "" : focus)></label></p>
                <button>\(title)</button></form>
                """))
    }

    /// PAM's questions to `user`. The form posts `flow`, the name of the waiting login, and the user name, which a
    /// refusal shows again and password managers need.
    package func questions(_ challenge: Challenge, flow: String, user: String = "") -> GateAnswer {
        let isChange = challenge.purpose == .passwordChange
        let first = challenge.prompts.firstIndex(where: \.wantsAnswer)
        let prompts = challenge.prompts.enumerated().map { index, prompt in
            prompt.wantsAnswer
                ? question(prompt, index, challenge.autocomplete(prompt), isFirst: index == first) : message(prompt)
        }
        return answer(
            pages.page(
                isChange ? pages.text(.choosePassword) : title,
                """
                <form method="post" action="\(action)">\(hidden)<input type="hidden" name="flow" value="\(flow)">\
                <input type="hidden" name="user" value="\(user)" autocomplete="username">
                \(prompts)<button>\(pages.text(.goOn))</button></form>
                """))
    }

    private func question(_ prompt: Challenge.Prompt, _ index: Int, _ autocomplete: String, isFirst: Bool) -> HTML {
        let type = prompt.style == .secret ? "password" : "text"
        let focus: HTML = isFirst ? " autofocus" : ""
        let purpose = pages.purpose(of: prompt) ?? autocomplete
        return """
            <p><label>\(pages.text(of: prompt))<br>\
            <input type="\(type)" name="answer\(index)" autocomplete="\(purpose)"\(focus)></label></p>
            """
    }

    private func message(_ prompt: Challenge.Prompt) -> HTML {
        let text = pages.text(of: prompt)
        return prompt.style == .error ? "<p role=\"alert\">\(text)</p>" : "<p>\(text)</p>"
    }

    /// The form after a refused login, with the reason. The status is 422, 429 or 503; 401 would need a challenge of
    /// HTTP's own, and proxies act on it.
    package func refused(_ error: UsherError, user: String) -> GateAnswer {
        let wait = error.retryAfter.map { max($0.components.seconds, 1) }
        let (status, text): (Int, String) =
            switch error.code {
            case .denied, .invalidArgument: (422, pages.text(.wrong))
            case .rateLimited: (429, pages.text(.tooMany, "\(wait ?? 60)"))
            case .cancelled, .loginTimedOut, .noSuchTransaction, .connectionLost, .noSuchSession:
                (422, pages.text(.interrupted))
            case .passwordChangeRequired: (422, pages.text(.changeFirst))
            case .accountExpired: (422, pages.text(.expired))
            case .notPermitted: (422, pages.text(.notAllowed))
            case .changeFailed: (422, pages.text(.notChanged))
            case .quotaExceeded: (422, pages.text(.tooManySessions))
            default: (503, pages.text(.nobodyCan))
            }
        var answer = question(user: user, error: text, messages: error.messages, status: status)
        if let wait { answer.fields.append(("retry-after", "\(wait)")) }
        return answer
    }

    /// PAM's last messages with a link to `place`; without messages a redirect to `place`.
    package func complete(_ messages: [Challenge.Prompt], at place: String) -> GateAnswer {
        guard !messages.isEmpty else { return .redirect(to: place) }
        return pages.page(
            pages.text(.loggedIn), "\(messages.map(message))<p><a href=\"\(place)\">\(pages.text(.goOn))</a></p>")
    }

    private func answer(_ page: GateAnswer) -> GateAnswer {
        var page = page
        if let cookie = browser.setting { page.set(cookie: cookie) }
        return page
    }
}
