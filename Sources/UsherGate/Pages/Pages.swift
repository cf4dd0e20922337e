package import UsherClient
package import UsherWebCore

/// The gate's pages in one language. They run no script, and can be used without their style sheets.
package struct Pages: Sendable {
    private let configuration: GateConfiguration
    /// The language.
    package let language: Language

    /// Pages in `language`.
    package init(_ configuration: GateConfiguration, _ language: Language) {
        self.configuration = configuration
        self.language = language
    }

    /// The text of a phrase.
    package func text(_ phrase: Phrase) -> String { phrase.text(language) }

    /// The text of a phrase with `value` in it, to be escaped as a whole.
    package func text(_ phrase: Phrase, _ value: String) -> String {
        let text = phrase.text(language)
        guard let place = text.firstIndex(of: "%") else { return text }
        return text[..<place] + value + text[text.index(after: place)...]
    }

    /// The `id` of the element that shows the error of a page.
    static let errorName = "error"

    /// The text of `prompt`, or the text that the table of texts has for it in this language.
    func text(of prompt: Challenge.Prompt) -> String {
        configuration.prompts.entry(prompt.text)?.texts[language] ?? prompt.text
    }

    /// What the answer to a question of PAM is for, where the table of texts says it.
    func purpose(of prompt: Challenge.Prompt) -> String? { configuration.prompts.entry(prompt.text)?.autocomplete }

    /// A page around its content. With an error its title begins with the word for "error", since screen readers read
    /// the title first. The error has the focus unless a field of the content has it.
    package func page(
        _ title: String, status: Int = 200, error: String? = nil, isErrorFocused: Bool = true, _ content: HTML
    ) -> GateAnswer {
        let headers = PageHeaders(
            formTargets: configuration.origins, transportSecurity: configuration.transportSecurity)
        return .page(
            html(title, error: error, isErrorFocused: isErrorFocused, content), status: status, headers: headers)
    }

    private func html(_ title: String, error: String?, isErrorFocused: Bool, _ content: HTML) -> HTML {
        let head = error == nil ? title : text(.error, title)
        let focus: HTML = isErrorFocused ? " tabindex=\"-1\" autofocus" : ""
        let alert: HTML =
            error.map { text -> HTML in "<p role=\"alert\" id=\"\(Self.errorName)\"\(focus)>\(text)</p>" } ?? ""
        return """
            <!doctype html><html lang="\(language.rawValue)"><meta charset="utf-8">
            <meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
            <title>\(head) - \(configuration.title)</title>\(styles)
            <main>\(logo)<h1>\(title)</h1>\(alert)\(content)</main></html>
            """
    }

    /// The administrator's sheet comes last, so it may change what the usual one says.
    private var styles: [HTML] {
        [.usual, configuration.style].compactMap(\.self).map { "<link rel=\"stylesheet\" href=\"/.usher/\($0.name)\">" }
    }

    private var logo: HTML {
        guard let logo = configuration.logo else { return "" }
        return "<p><img src=\"/.usher/\(logo.name)\" alt=\"\(configuration.title)\"></p>"
    }

    // MARK: Refusals

    /// The answer for a page that is posted, or loaded into a frame. A redirect would lose the form, and a frame cannot
    /// show the login. This page has a link and no form, so frames of the sites may show it.
    func inNewTab(at place: String, isLogin: Bool) -> GateAnswer {
        let title = text(isLogin ? .logIn : .confirm)
        let headers = PageHeaders(
            frameAncestors: configuration.origins, transportSecurity: configuration.transportSecurity)
        let content: HTML = """
            <p><a href="\(place)" target="_blank" rel="noopener">\(title)</a></p>
            <p>\(text(isLogin ? .newTab : .newTabConfirm))</p>
            """
        return .page(html(title, error: nil, isErrorFocused: false, content), status: 401, headers: headers)
    }

    /// The user may not pass; `user` is nil for a request that needs no session.
    func forbidden(user: String?, site: String) -> GateAnswer {
        let person: HTML =
            if let user {
                """
                <p>\(text(.forbiddenText, user))</p><p><a href="/.usher/logout">\(text(.asSomebodyElse))</a></p>
                """
            } else {
                ""
            }
        return page("\(site): \(text(.forbidden))", status: 403, person)
    }

    /// The proxy's request lacks a field, or names an origin that is no site.
    package func misdirected(_ refusal: ForwardedRequest.Refusal?) -> GateAnswer {
        refusal == .insecure
            ? page(text(.insecure), status: 403, "<p>\(text(.insecureText))</p>")
            : page(text(.forbidden), status: 403, "<p>\(text(.misconfigured))</p>")
    }

    /// A form that no page of the session has made.
    package var notOwn: GateAnswer { page(text(.resend), status: 403, "<p>\(text(.resendText))</p>") }

    /// A form that could not be read.
    package func unreadable(_ refusal: FormBody.Refusal) -> GateAnswer {
        page(text(.unreadable), status: refusal.status, "<p>\(text(.unreadableText))</p>")
    }

    /// No page of the gate.
    package var notFound: GateAnswer { page(text(.notFound), status: 404, "") }

    /// The browser came back without its hop cookie; the link to `place` begins anew.
    package func hopMissing(_ place: String) -> GateAnswer {
        page(
            text(.logIn), status: 400, error: text(.hopMissing), "<p><a href=\"\(place)\">\(text(.tryAgain))</a></p>")
    }

    /// A hand-over that did not come to its end; the link to `place` begins anew. Nobody loses a cookie.
    package func interrupted(_ place: String, status: Int = 503) -> GateAnswer {
        page(
            text(.logIn), status: status, error: text(.interrupted),
            "<p><a href=\"\(place)\">\(text(.tryAgain))</a></p>")
    }

    // MARK: Logout and sessions

    /// The button that logs out.
    package func logOut(user: String, field: HTML) -> GateAnswer {
        page(
            text(.logOut),
            """
            <p>\(text(.youAre, user))</p>
            <form method="post" action="/.usher/logout">\(field)<button>\(text(.logOut))</button></form>
            """)
    }

    /// The page after a logout at `origin`. It loads an image from every other origin, whose answer deletes the
    /// session's cookie there. Chromium keeps pages in memory, also those with `no-store`, and "Back" shows them until
    /// a cookie of their origin has changed. `until` is how long other hosts may still accept the session.
    package func loggedOut(at origin: Origin, until: Duration? = nil) -> GateAnswer {
        let sites = configuration.origins.filter { $0 != origin }
        let headers = PageHeaders(imageSources: sites, transportSecurity: configuration.transportSecurity)
        let images = sites.map { site -> HTML in "<img src=\"\(site)/.usher/forget\" alt=\"\">" }
        let others: HTML =
            until.map { time -> HTML in "<p>\(text(.othersFollow, "\(time.components.seconds + 1)"))</p>" } ?? ""
        let content: HTML = "\(others)<p><a href=\"/.usher/login\">\(text(.logIn))</a></p>\(images)"
        return .page(
            html(text(.loggedOut), error: nil, isErrorFocused: false, content), status: 200, headers: headers)
    }

    /// The user's sessions; `own` is the one that asks.
    package func sessions(_ found: OwnSessions, own: Session, field: HTML) -> GateAnswer {
        let more: HTML = found.mayBeMore ? "<p>\(text(.mayBeMore))</p>" : ""
        let rows = found.sessions.map { session -> HTML in
            let isOwn = session.handle == own.handle
            let place = [session.context["site"], session.context["remote_ip"]].compactMap { $0 }.joined(
                separator: ", ")
            let browser = session.context["user_agent"].map { String($0.prefix(80)) } ?? text(.unknownBrowser)
            return """
                <li>\(browser)<br>\(place) \(text(.since, session.created.description))\
                \(isOwn ? ", " + text(.thisOne) : "")
                <form method="post" action="/.usher/sessions">\(field)\
                <button name="end" value="\(session.handle)">\(text(.end))</button></form></li>
                """
        }
        return page(
            text(.sessions),
            """
            <p>\(text(.youAre, own.user))</p><ul>\(rows)</ul>\(more)
            <form method="post" action="/.usher/sessions">\(field)\
            <button name="end" value="others">\(text(.endOthers))</button></form>
            <p><a href="/.usher/logout">\(text(.logOut))</a></p>
            """)
    }
}
