"""What usher-gate's pages must never do, asked over its socket: fields, forms, bodies, addresses that attackers write."""
import unittest
import urllib.parse

import test_gate
from tool import NAVIGATION

FORM = "application/x-www-form-urlencoded"
COOKIE = r"^__Host-usher(-pre|-hop)?=[A-Za-z0-9_-]*; Path=/; Secure; HttpOnly; SameSite=Lax(; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT)?$"
# Fields that no answer has.
NEVER = ("Clear-Site-Data", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Set-Cookie2", "Server", "X-Powered-By")


class PageCase(test_gate.GateTest):
    form = test_gate.PortalTests.form
    own = test_gate.PortalTests.own
    log_in = test_gate.PortalTests.log_in

    def post(self, name, body, fields=(), kind=FORM, host="login.corp.test"):
        """Posts bytes as they are."""
        address = "https://%s:%d/.usher/x" % (host, self.gate.port)
        own = [("X-Original-URL", address), ("X-Real-IP", "192.0.2.7"), ("Content-Type", kind)]
        return self.gate.ask("/pages/nginx/" + name, own + list(fields), "POST", body)

    def arrive(self, session, host="wiki.corp.test"):
        """The cookie of a tool's origin for a session of the portal."""
        page = self.gate.nginx("refused", fields=NAVIGATION.items())
        hop = page.cookies[0].split(";")[0]
        query = page.header("Location").split("?")[1]
        page = self.portal("login?" + query, [*NAVIGATION.items(), ("Cookie", session)])
        code = page.header("Location").split("/.usher/")[1]
        page = self.portal(code, [*NAVIGATION.items(), ("Cookie", hop)], host=host)
        return page.cookies[0].split(";")[0]


class FieldTests(PageCase):
    def test_lock_every_page_up(self):
        session = self.log_in()
        _, cookie = self.form()
        good = {"user": "x", "password": "y"}
        pages = {
            "login": (200, self.portal("login", NAVIGATION.items())),
            "foreign": (200, self.portal("login?to=https%3A%2F%2Fe.example%2F", NAVIGATION.items())),
            "refused": (422, self.portal("login", self.own(cookie), "POST", good)),
            "stale": (403, self.portal("login", [("Cookie", cookie)], "POST", {**good, "csrf": "x"})),
            "no cookie": (400, self.portal("login", self.own("a=b"), "POST", good)),
            "confirm": (200, self.portal("confirm", [("Cookie", session)])),
            "sessions": (200, self.portal("sessions", [("Cookie", session)])),
            "not own": (403, self.portal("sessions", self.own(session), "POST", {"end": "others", "csrf": "x"})),
            "logout": (200, self.portal("logout", [("Cookie", session)])),
            "logged out": (200, self.portal("logout", NAVIGATION.items())),
            "not found": (404, self.portal("nothing", NAVIGATION.items())),
            "unreadable": (415, self.post("login", b"x", self.own(cookie), "text/plain")),
            "misdirected": (403, self.portal("login", NAVIGATION.items(), host="e.example")),
            "hop": (400, self.hop_missing()),
            "in a new tab": (401, self.gate.nginx("refused", method="POST", fields=NAVIGATION.items())),
        }
        for name, (status, page) in pages.items():
            with self.subTest(name):
                self.assertEqual(page.status, status)
                policy = page.header("Content-Security-Policy")
                port = self.gate.port
                sites = " ".join("https://%s.corp.test:%d" % (site, port) for site in ("wiki", "ci", "login"))
                ancestors = sites if name == "in a new tab" else "'none'"
                for part in ("default-src 'none'", "frame-ancestors %s;" % ancestors, "base-uri 'none'"):
                    self.assertIn(part, policy)
                for unsafe in ("unsafe", "script-src", "data:", "*"):
                    self.assertNotIn(unsafe, policy)
                self.assertEqual(
                    [page.header(field) for field in ("Cache-Control", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "Content-Type")],
                    ["no-store", "DENY", "nosniff", "same-origin", "text/html; charset=utf-8"])
                self.assertTrue(page.header("Strict-Transport-Security"))
                for field in NEVER:
                    self.assertIsNone(page.header(field), field)
                for cookie in page.cookies:
                    self.assertRegex(cookie, COOKIE)
                    self.assertLess(len(cookie), 200)
                for word in ("<script", "javascript:", " on", "http://"):
                    self.assertNotIn(word, page.body.split("<main>")[0] if word == " on" else page.body)
                self.assertLess(len(page.body.encode()), 8192)
                self.assertIn("<html lang=", page.body)

    def hop_missing(self):
        page = self.gate.nginx("refused", fields=NAVIGATION.items())
        query = page.header("Location").split("?")[1]
        page = self.portal("login?" + query, [("Cookie", self.log_in())])
        return self.portal(page.header("Location").split("/.usher/")[1], NAVIGATION.items(), host="wiki.corp.test")

    def test_of_redirects_keep_codes_out_of_caches_and_referrers(self):
        session = self.log_in()
        page = self.gate.nginx("refused", fields=NAVIGATION.items())
        hop = page.cookies[0].split(";")[0]
        page = self.portal("login?" + page.header("Location").split("?")[1], [("Cookie", session)])
        self.assertEqual((page.status, page.header("Cache-Control"), page.body), (303, "no-store", ""))
        page = self.portal(page.header("Location").split("/.usher/")[1], [("Cookie", hop)], host="wiki.corp.test")
        self.assertEqual((page.status, page.header("Cache-Control"), page.header("Referrer-Policy")), (303, "no-store", "no-referrer"))
        self.assertNotIn("code=", page.header("Location"))


class RedirectTests(PageCase):
    """Addresses that browsers, or parsers of other programs, take for those of another host."""

    def evil(self):
        port = self.gate.port
        own, wiki = "https://wiki.corp.test:%d" % port, "wiki.corp.test:%d" % port
        yield from ("//e.example", "///e.example", "////e.example", "/\\e.example", "\\\\e.example", "\\/e.example", "/\t/e.example", "\t//e.example", " //e.example",
                    "/%09/e.example", "/.//e.example", "/..//e.example", "/ /e.example", "https:e.example", "https:/e.example", "https:///e.example",
                    "https:\\\\e.example", "http://" + wiki, "HTTP://" + wiki + "/", "javascript:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "vbscript:x",
                    "ftp://" + wiki + "/", "//" + wiki + "/", "https://e.example/" + own, "https://e.example#" + own, "https://e.example?" + own, "x", "/", "?", "#")
        yield from (own + end for end in ("@e.example/", ":x@e.example/", ".e.example/", "e.example/", "%2fe.example", "%5c@e.example", "\\@e.example", "\te/", " /",
                                          "/\r\nSet-Cookie: x=y", "/\n", "/\x00", "/\"", "/<", "/%", "/%4", "/%zz", "/a\\b", "/\x7f", "/ä", "/x y", "/.usher/logout",
                                          "/.usher/enter?code=x", "/" + "x" * 2048, "0/", ":1/", "/`", "/{", "/|", "/^"))
        yield from ("https://wiki.corp.test/", "https://wiki.corp.test:0%d/" % port, "https://wiki。corp.test:%d/" % port, "https://ⓦiki.corp.test:%d/" % port,
                    "https://wiki.corp.test.:%d@e/" % port, "https://xwiki.corp.test:%d/" % port, "https://corp.test:%d/" % port, "https://[::1]:%d/" % port,
                    "https://127.0.0.1:%d/" % port, "https://wiki%%2ecorp.test:%d/" % port, "https://wiki.corp.test:%d\u0338/" % port, "/\u0338/e.example")

    def test_a_login_leads_to_configured_origins_alone(self):
        session = self.log_in()
        start = "https://login.corp.test:%d/.usher/sessions" % self.gate.port
        for to in self.evil():
            query = "?" + urllib.parse.urlencode({"to": to})
            page, _ = self.form(query)
            self.assertEqual((page.status, page.form.fields["to"]), (200, ""), repr(to))
            self.assertIn("not known here", page.form.text, repr(to))
            page = self.portal("login" + query, [("Cookie", session)])
            self.assertEqual((page.status, page.header("Location")), (303, start), to)
        for name in ("logout", "sessions"):
            page = self.portal(name + "?to=https://e.example/", [("Cookie", session)])
            self.assertEqual(page.header("Location"), None)
            self.assertNotIn("e.example", page.body)

    def test_a_refused_request_leads_to_the_portal_whatever_was_asked_for(self):
        portal = "https://login.corp.test:%d/.usher/login?to=" % self.gate.port
        for path in ("//e.example/", "/\\e.example", "/\t/x", "/@e.example", "@e.example/", ".e.example/", "/%0d%0aLocation:%20https://e.example", "/ä\"<>", "/" + "x" * 7000):
            page = self.gate.nginx("refused", path=path.encode().decode("latin-1"), fields=NAVIGATION.items())
            if page.status == 403:
                continue
            self.assertEqual(page.status, 302, path)
            place = page.header("Location")
            self.assertTrue(place.startswith(portal), place)
            self.assertLess(len(place), 4096)
            to = urllib.parse.parse_qs(urllib.parse.urlsplit(place).query)["to"][0]
            self.assertTrue(to.startswith("https://wiki.corp.test:%d/" % self.gate.port), to)

    def test_a_login_survives_what_a_query_may_hold(self):
        session = self.log_in()
        for path in ("/?a=1&b=%2F%26&c=;x", "/a//b/%2e%2e/c", "/%c3%a4?x=%00", "/?to=https://e.example/", "/?hop=x&again=1&code=y", "/;p=1?q='", "/$&+,:;=@~!*()"):
            to = "https://wiki.corp.test:%d%s" % (self.gate.port, path)
            page, cookie = self.form("?" + urllib.parse.urlencode({"to": to}))
            self.assertEqual(page.form.fields["to"], to)
            page = self.portal("login?" + urllib.parse.urlencode({"to": to}), [("Cookie", session)])
            self.assertEqual(page.header("Location"), to)


class ForgeryTests(PageCase):
    def test_one_sessions_form_is_no_other_ones_nor_another_pages(self):
        first, second = self.log_in(), self.log_in()
        texts = {(session, name): self.portal(name, [("Cookie", session)]).form.fields["csrf"] for session in (first, second) for name in ("logout", "sessions")}
        for what, name, body in [
                ("another session's", "sessions", {"end": "others", "csrf": texts[second, "sessions"]}),
                ("another page's", "sessions", {"end": "others", "csrf": texts[first, "logout"]}),
                ("another page's", "logout", {"csrf": texts[first, "sessions"]}),
                ("none", "sessions", {"end": "others"}), ("cut", "logout", {"csrf": texts[first, "logout"][:-1]})]:
            self.assertEqual(self.portal(name, self.own(first), "POST", body).status, 403, (what, name))
        good = {"csrf": texts[first, "logout"]}
        for what, fields in [
                ("another site", {**NAVIGATION, "Sec-Fetch-Site": "cross-site", "Origin": "https://e.example"}),
                ("a tool", {**NAVIGATION, "Sec-Fetch-Site": "same-site", "Origin": "https://wiki.corp.test:%d" % self.gate.port}),
                ("an old browser, another site", {"Origin": "https://e.example"}), ("an old browser, null", {"Origin": "null"}),
                ("another port", {"Origin": "https://login.corp.test"}), ("http", {"Origin": "http://login.corp.test:%d" % self.gate.port})]:
            self.assertEqual(self.portal("logout", [*fields.items(), ("Cookie", first)], "POST", good).status, 403, what)
        self.assertEqual(self.portal("sessions?csrf=" + texts[first, "sessions"] + "&end=others", self.own(first), "POST", {}).status, 403)
        for session in (first, second):
            self.assertEqual(self.portal("sessions", [("Cookie", session)]).status, 200)
        # A tool's own host has no list; a form sent there ends nothing.
        wiki = self.arrive(first)
        self.assertEqual(self.portal("sessions", [("Cookie", wiki)], "POST", {"end": "others", "csrf": texts[first, "sessions"]}, host="wiki.corp.test").status, 404)
        self.assertEqual(self.portal("sessions", [("Cookie", second)]).status, 200)

    def test_no_method_but_get_and_post_does_anything(self):
        session = self.log_in()
        text = self.portal("logout", [("Cookie", session)]).form.fields["csrf"]
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "post", "POSTX"):
            self.portal("logout", self.own(session), method, {"csrf": text} if method != "HEAD" else None)
        for fields in ([("X-HTTP-Method-Override", "POST")], [("X-HTTP-Method", "POST")], [("X-Method-Override", "POST")], [("X-Original-Method", "POST")]):
            self.portal("logout?_method=POST&csrf=" + text, [*self.own(session), *fields])
        page, cookie = self.form()
        query = urllib.parse.urlencode({"user": self.daemon.user, "password": self.daemon.password, "csrf": page.form.fields["csrf"]})
        for path in ("login?", "login?_method=POST&", "confirm?"):
            page = self.portal(path + query, self.own(cookie))
            self.assertNotIn("__Host-usher=", "".join(page.cookies))
        self.assertEqual(self.portal("sessions", [("Cookie", session)]).status, 200)

    def test_a_cookie_is_forgotten_of_an_ended_session_alone(self):
        session = self.log_in()
        wiki = self.arrive(session)
        forget = lambda *fields: self.portal("forget", fields, host="wiki.corp.test")
        for fields in ([("Cookie", wiki)], [], [("Cookie", "__Host-usher=x")], [("Cookie", wiki), ("Sec-Fetch-Site", "cross-site")]):
            page = forget(*fields)
            self.assertEqual((page.status, page.cookies, page.header("Cache-Control")), (204, [], "no-store"), fields)
            self.assertIsNone(page.header("Clear-Site-Data"), fields)
        page = self.portal("logout", [("Cookie", session)])
        page = self.portal("logout", self.own(session), "POST", page.form.fields)
        self.assertIn('<img src="https://wiki.corp.test:%d/.usher/forget" alt="">' % self.gate.port, page.body)
        page = forget(("Cookie", wiki))
        self.assertRegex("".join(page.cookies), r"^__Host-usher=; .*Max-Age=0")
        self.assertEqual(page.header("Clear-Site-Data"), '"cache"')
        self.assertEqual(self.portal("forget", [("Cookie", wiki)], "POST", {}, host="wiki.corp.test").status, 404)

    def test_a_look_ahead_uses_nothing_up(self):
        session = self.log_in()
        page = self.gate.nginx("refused", fields=NAVIGATION.items())
        hop = page.cookies[0].split(";")[0]
        ahead = [("Sec-Purpose", "prefetch;prerender")]
        query = page.header("Location").split("?")[1]
        for name in ("login?" + query, "login", "logout", "sessions", "confirm"):
            page = self.portal(name, [("Cookie", session), *ahead])
            self.assertEqual((page.status, page.cookies, page.body), (204, [], ""), name)
        page = self.portal("login?" + query, [("Cookie", session)])
        enter = page.header("Location").split("/.usher/")[1]
        self.assertEqual(self.portal(enter, [("Cookie", hop), *ahead], host="wiki.corp.test").status, 204)
        self.assertIn("__Host-usher=", self.portal(enter, [("Cookie", hop)], host="wiki.corp.test").cookies[0])
        self.assertEqual(self.portal(enter, [("Cookie", hop)], host="wiki.corp.test").cookies, [], "once")

    def test_a_login_fixes_nothing_that_was_there_before(self):
        # Cookies that somebody else knows, planted before the login.
        known = "A" * 43
        page, _ = self.form()
        cookie = "__Host-usher-pre=%s; __Host-usher=%s; __Host-usher-hop=%s" % (known, "A" * 82, known)
        page = self.portal("login", self.own(cookie), "POST", {**page.form.fields, "user": self.daemon.user, "password": self.daemon.password})
        self.assertEqual(page.status, 303)
        session = page.cookies[0].split(";")[0]
        self.assertNotIn("A" * 20, session)
        self.assertIn("__Host-usher-pre=; ", page.cookies[1])
        other = self.log_in()
        self.assertNotEqual(session, other)
        # Somebody is logged in: a login form sets no other cookie and takes no password.
        page = self.portal("login", self.own(session), "POST", {"user": self.daemon.user, "password": self.daemon.password, "csrf": "x"})
        self.assertEqual((page.status, page.cookies), (303, []))

    def test_a_confirmation_makes_the_old_cookies_void(self):
        session = self.log_in()
        wiki = self.arrive(session)
        self.assertEqual(self.gate.nginx("auth", fields=[("Cookie", wiki)]).status, 200)
        page = self.portal("confirm", [("Cookie", session)])
        pre = page.cookies[0].split(";")[0]
        page = self.portal("confirm", self.own(session + "; " + pre), "POST", {**page.form.fields, "password": "wrong"})
        self.assertEqual((page.status, page.cookies), (422, []))
        page = self.portal("confirm", self.own(session + "; " + pre), "POST", {**page.form.fields, "password": self.daemon.password})
        self.assertEqual(page.status, 303, page.body)
        new = page.cookies[0].split(";")[0]
        self.assertEqual([self.portal("sessions", [("Cookie", cookie)]).status for cookie in (session, new)], [302, 200])
        self.assertEqual(self.gate.nginx("auth", fields=[("Cookie", wiki)]).status, 401)
        self.assertEqual(self.gate.nginx("auth", fields=[("Cookie", self.arrive(new))]).status, 200)


class BodyTests(PageCase):
    def test_that_are_no_forms_of_a_page_are_refused(self):
        _, cookie = self.form()
        name = urllib.parse.urlencode({"user": self.daemon.user, "password": self.daemon.password})
        for what, body, kind, status in [
                ("too big", ("a=" + "x" * 9000).encode(), FORM, 413), ("files", b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 415),
                ("JSON", b'{"user":"x"}', "application/json", 415), ("text", name.encode(), "text/plain", 415),
                ("twice", (name + "&user=root").encode(), FORM, 400), ("a password twice", (name + "&password=x").encode(), FORM, 400),
                ("half an escape", b"user=%4", FORM, 400), ("no escape", b"user=%zz", FORM, 400), ("many", b"&".join(b"a%d=b" % n for n in range(41)), FORM, 413),
                ("NUL in the password", (name + "%00").encode(), FORM, 400), ("bytes of no text", b"user=%ff%fe&password=x", FORM, 400)]:
            page = self.post("login", body, self.own(cookie), kind)
            self.assertEqual(page.status, status, what)
            self.assertNotIn("__Host-usher=", "".join(page.cookies), what)
        page = self.post("login", (name + "&x=").encode(), self.own(cookie), FORM + "; charset=utf-8")
        self.assertEqual(page.status, 303, page.body)

    def test_are_shown_as_the_text_that_they_are(self):
        _, cookie = self.form()
        for text in ('"><script>alert(1)</script>', "x\"\u0301 autofocus onfocus=alert(1) y=\"", "'><img src=x>", "&lt;b&gt;&#34;", "</title></main>", "\u202eroot", "a\u0300<b"):
            page = self.portal("login", self.own(cookie), "POST", {"user": text, "password": "x"})
            self.assertEqual((page.status, page.form.fields["user"]), (422, text))
            self.assertEqual(page.body.count("<input"), 5, page.body)
            self.assertNotIn("<script", page.body)
            self.assertNotIn("<img", page.body)

    def test_a_browsers_name_and_address_are_text_in_the_list(self):
        _, cookie = self.form()
        agent = "<script>'\"&" + "x" * 500
        fields = [*self.own(cookie), ("User-Agent", agent), ("X-Forwarded-For", "203.0.113.5"), ("Forwarded", "for=203.0.113.6")]
        page = self.portal("login", fields, "POST", {"user": self.daemon.user, "password": self.daemon.password})
        session = page.cookies[0].split(";")[0]
        page = self.portal("sessions", [("Cookie", session), ("User-Agent", agent)])
        self.assertIn(agent[:80], page.form.text)
        self.assertNotIn(agent[:81], page.form.text)
        self.assertIn("192.0.2.7", page.form.text)
        self.assertNotIn("203.0.113", page.form.text)
        self.assertNotIn("<script", page.body)

    def test_no_secret_is_in_the_log(self):
        session = self.log_in()
        _, cookie = self.form()
        self.portal("login", self.own(cookie), "POST", {"user": "planted-name", "password": "planted-password"})
        self.portal("nothing?planted-query", self.own(session))
        self.gate.nginx("auth", "none", path="/planted-path", fields=[("Cookie", session)])
        log = self.gate.log.read_text()
        for secret in ("planted-name", "planted-password", "planted-query", "planted-path", session.split("=")[1], self.daemon.password):
            self.assertNotIn(secret, log)


if __name__ == "__main__":
    unittest.main()
