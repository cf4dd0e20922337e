import Testing
import UsherClient
import UsherWebCore

@testable import UsherGate

@Suite("Pages of the gate")
struct PagesTests {
    private let configuration = GateBench.configuration

    @Test("speak the first language of the browser that they know")
    func languages() {
        for (field, language) in [
            (nil, Language.english), ("", .english), ("de-CH, fr;q=0.9", .german), ("nl,FR;q=0.8,en", .french),
            ("es;q=0.1", .spanish), ("ein", .english), ("\u{301}de,es", .spanish), ("x-de", .english),
        ] as [(String?, Language)] {
            #expect(Language(accepting: field) == language, "\(field ?? "none")")
        }
    }

    @Test("have every phrase in every language, with one place for a value or none")
    func phrases() {
        for phrase in Phrase.allCases {
            let places = Set(Language.allCases.map { phrase.text($0).filter { $0 == "%" }.count })
            #expect(places.count == 1 && places.max() ?? 2 <= 1, "\(phrase)")
        }
    }

    @Test("are small, locked up and name every origin that a form may lead to")
    func headers() {
        let form = LoginForm(Pages(configuration, .german), LoginCSRF([]), confirming: nil, to: nil, hop: nil)
        let page = form.question(user: "a\"><script>")
        #expect(page.body?.text.contains("value=\"a&#34;&gt;&lt;script&gt;\"") == true)
        #expect(page.body?.text.utf8.count ?? 9999 <= 8192)
        let policy = page.one("content-security-policy") ?? ""
        #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
        #expect(
            policy.contains(
                "form-action 'self' https://wiki.corp.example https://ci.corp.example:8443 https://login.corp.example;")
        )
        #expect(page.one("cache-control") == "no-store" && page.one("strict-transport-security") != nil)
        #expect(page.all("set-cookie").count == 1)
    }

    @Test("have every other origin forget a session that was logged out of")
    func forgotten() {
        let page = Pages(configuration, .english).loggedOut(at: GateBench.origin("https://wiki.corp.example"))
        let origins = ["https://ci.corp.example:8443", "https://login.corp.example"]
        for origin in origins {
            #expect(page.body?.text.contains("<img src=\"\(origin)/.usher/forget\" alt=\"\">") == true)
        }
        #expect(page.body?.text.contains("https://wiki.corp.example") == false)
        #expect(page.one("content-security-policy")?.contains("img-src 'self' \(origins[0]) \(origins[1]);") == true)
    }

    @Test("say where there may be more sessions than they show")
    func partial() {
        let (pages, session) = (Pages(configuration, .english), GateBench.session())
        for mayBeMore in [false, true] {
            var found = OwnSessions()
            found.add(SessionPage(sessions: [session, session], isPartial: mayBeMore))
            let text = pages.sessions(found, own: session, field: "").body?.text ?? ""
            #expect(text.contains("There may be more sessions") == mayBeMore)
            #expect(text.split(separator: "<li>").count == 2)
        }
    }

    @Test("ask for 32 pages of sessions at most, and for none behind the last")
    func endless() {
        var found = OwnSessions()
        for _ in 0..<OwnSessions.pages {
            #expect(found.wantsMore)
            found.add(SessionPage(sessions: [], next: "on"))
        }
        #expect(!found.wantsMore && found.mayBeMore && found.next == "on")
        found = OwnSessions()
        #expect(found.wantsMore && found.next == nil)
        found.add(SessionPage(sessions: [GateBench.session()]))
        #expect(!found.wantsMore && !found.mayBeMore && found.sessions.count == 1)
    }

    @Test("say after a logout how long other hosts may still take, where that is known")
    func pending() {
        let (pages, origin) = (Pages(configuration, .english), GateBench.origin("https://wiki.corp.example"))
        #expect(pages.loggedOut(at: origin).body?.text.contains("Other servers") == false)
        let page = pages.loggedOut(at: origin, until: .milliseconds(11_200))
        #expect(page.status == 200 && page.body?.text.contains("Other servers follow within 12 seconds.") == true)
    }

    @Test("are in no frame, but for the one that leads to a new tab, which sites may frame")
    func frames() {
        let pages = Pages(configuration, .english)
        let site = "https://wiki.corp.example"
        let policy = pages.inNewTab(at: site, isLogin: true).one("content-security-policy") ?? ""
        #expect(policy.contains("frame-ancestors \(site) https://ci.corp.example:8443 https://login.corp.example;"))
        #expect(!policy.contains("form-action 'self' https"))
        for page in [pages.notFound, pages.loggedOut(at: GateBench.origin(site)), pages.forbidden(user: nil, site: "")]
        {
            #expect(page.one("content-security-policy")?.contains("frame-ancestors 'none'") == true)
        }
    }

    @Test("refuse with 422, in words, and say how long to wait")
    func refusals() {
        let form = LoginForm(Pages(configuration, .english), LoginCSRF([]), confirming: nil, to: nil, hop: nil)
        let wrong = form.refused(UsherError(.denied), user: "ann")
        #expect(wrong.status == 422 && wrong.body?.text.contains("role=\"alert\"") == true)
        #expect(wrong.body?.text.contains("<title>Error: Log in") == true)
        let wait = form.refused(UsherError(.rateLimited, retryAfter: .milliseconds(2500)), user: "ann")
        #expect(wait.status == 429 && wait.one("retry-after") == "2")
        #expect(form.refused(UsherError(.unavailable), user: "").status == 503)
    }

    @Test("say PAM's texts in other words, and what an answer is for, where the configuration has them")
    func prompts() {
        let text = """
            [page.prompts."Old code:"]
            de = "Alter <Code>"
            autocomplete = "current-password"
            [page.prompts."Too short"]
            de = "Zu kurz"
            """
        let challenge = Challenge(
            [Challenge.Prompt(.error, "Too short"), Challenge.Prompt(.secret, "Old code: ")], purpose: .passwordChange)
        let configuration = GateBench.read(GateBench.text + text).configuration ?? configuration
        func page(_ language: Language) -> String {
            let form = LoginForm(Pages(configuration, language), LoginCSRF([]), confirming: nil, to: nil, hop: nil)
            return form.questions(challenge, flow: "f").body?.text ?? ""
        }
        #expect(page(.german).contains("Alter &lt;Code&gt;") && page(.german).contains("<p role=\"alert\">Zu kurz</p>"))
        #expect(page(.german).contains("name=\"answer1\" autocomplete=\"current-password\""))
        #expect(page(.french).contains("<label>Old code: <br>") && page(.french).contains("\"current-password\""))
    }

    @Test("ask what PAM asks, secret things unseen, and only show the rest")
    func questions() {
        let form = LoginForm(Pages(configuration, .english), LoginCSRF([]), confirming: nil, to: nil, hop: nil)
        let challenge = Challenge(
            [
                Challenge.Prompt(.error, "<old>"), Challenge.Prompt(.secret, "New password:"),
                Challenge.Prompt(.visible, "Code:"),
            ], purpose: .passwordChange)
        let text = form.questions(challenge, flow: "f1", user: "ann").body?.text ?? ""
        #expect(text.contains("<h1>Choose a new password</h1>"))
        #expect(text.contains("<p role=\"alert\">&lt;old&gt;</p>") && !text.contains("answer0"))
        #expect(text.contains("type=\"password\" name=\"answer1\"") && text.contains("type=\"text\" name=\"answer2\""))
        #expect(text.contains("name=\"flow\" value=\"f1\"") && text.contains("name=\"user\" value=\"ann\""))
        #expect(text.occurrences(of: "autofocus") == 1 && text.contains("autocomplete=\"new-password\" autofocus"))
    }

    @Test("put the focus on the first field that wants something, and say the error there")
    func focus() {
        let pages = Pages(configuration, .english)
        let login = LoginForm(pages, LoginCSRF([]), confirming: nil, to: nil, hop: nil)
        let confirmation = LoginForm(pages, LoginCSRF([]), confirming: "ann", to: nil, hop: nil)
        let (name, password) = ("required autofocus", "autocomplete=\"current-password\" autofocus")
        for (page, field) in [
            (login.question(), name), (login.question(user: "ann"), password), (confirmation.question(), password),
            (login.refused(UsherError(.denied), user: ""), name + " aria-describedby=\"error\""),
            (login.refused(UsherError(.denied), user: "ann"), password + " aria-describedby=\"error\""),
            (pages.hopMissing("/"), "role=\"alert\" id=\"error\" tabindex=\"-1\" autofocus"),
        ] {
            let text = page.body?.text ?? ""
            #expect(text.occurrences(of: "autofocus") == 1 && text.contains(field), "\(text)")
        }
    }
}

extension String {
    /// How often a text is in it.
    fileprivate func occurrences(of text: String) -> Int { ranges(of: text).count }
}
