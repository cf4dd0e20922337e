"""The example tool of UsherWebHummingbird, as a browser, a script and an attacker see it."""
import re
import unittest
import urllib.parse

from tool import NAVIGATION, OWN, SCRIPT, Browser, Daemon, Tool, eventually

SESSION = re.compile(r"__Host-session=[A-Za-z0-9_-]{43}; Path=/; Secure; HttpOnly; SameSite=Lax")
GONE = "__Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"


class WebTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon()
        cls.addClassCleanup(cls.daemon.close)
        cls.tool = Tool(cls.daemon)
        cls.addClassCleanup(cls.tool.close)

    def browser(self):
        return Browser(self.tool)

    def logged_in(self):
        browser = self.browser()
        self.assertEqual(browser.log_in(self.daemon).status, 303)
        return browser


class LoginTests(WebTest):
    def test_leads_back_to_the_very_address(self):
        browser, path = self.browser(), "/sessions?a=1&b=%2F%26&c=;x"
        page = browser.get(path)
        self.assertEqual(page.status, 302)
        self.assertEqual(page.header("Location"), self.tool.origin + "/login?to=" + urllib.parse.quote(self.tool.origin + path, safe=""))
        page = browser.log_in(self.daemon, page.header("Location")[len(self.tool.origin):])
        self.assertEqual((page.status, page.header("Location")), (303, self.tool.origin + path))
        self.assertTrue(any(SESSION.fullmatch(cookie) for cookie in page.cookies), page.cookies)
        self.assertEqual(list(browser.jar), ["__Host-session"])
        page = browser.get(path)
        self.assertEqual(page.status, 200)
        self.assertIn("Test/1 &lt;b&gt;&#34;&#39;", page.body)
        self.assertIn("this one", page.form.text)

    def test_page_is_locked_up(self):
        page = self.browser().get("/login")
        self.assertEqual((page.body.count(" autofocus"), "required autofocus" in page.body), (1, True))
        self.assertIn("default-src 'none'", page.header("Content-Security-Policy"))
        self.assertEqual((page.header("Cache-Control"), page.header("Referrer-Policy")), ("no-store", "same-origin"))
        self.assertLess(len(page.body), 8192)

    def test_refuses_a_wrong_password_and_keeps_the_name(self):
        browser = self.browser()
        page = browser.submit(browser.get("/login"), user=self.daemon.user, password="wrong<\"")
        self.assertEqual(page.status, 422)
        self.assertEqual(page.form.fields["user"], self.daemon.user)
        self.assertEqual(page.form.fields["password"], "")
        self.assertEqual((page.body.count(" autofocus"), 'autocomplete="current-password" autofocus' in page.body), (1, True))
        self.assertNotIn("__Host-session", browser.jar)
        self.assertEqual(browser.submit(page, password=self.daemon.password).status, 303)

    def test_never_leads_elsewhere(self):
        for address in ["https://e.example/", "//e.example", "/\\e.example", "javascript:x", "/login", self.tool.origin + "@e/"]:
            browser = self.browser()
            page = browser.get("/login?to=" + urllib.parse.quote(address, safe=""))
            self.assertIn("start page", page.form.text)
            page = browser.submit(page, user=self.daemon.user, password=self.daemon.password, to=address)
            self.assertEqual(page.header("Location"), self.tool.origin + "/")

    def test_form_of_another_site_is_refused(self):
        page = self.browser().get("/login")
        body = {**page.form.fields, "user": self.daemon.user, "password": self.daemon.password}
        self.assertEqual(self.browser().post("/login", body).status, 400, "no cookie")
        browser = self.browser()
        browser.get("/login")
        foreign = {**NAVIGATION, "Sec-Fetch-Site": "cross-site", "Origin": "https://e.example"}
        self.assertEqual(browser.post("/login", body, foreign).status, 403, "another site")
        old = {"Accept": "text/html"}
        self.assertEqual(browser.post("/login", body, old).status, 403, "another browser's text")
        self.assertEqual(browser.post("/login", {**body, "csrf": ""}).status, 303, "own page, restored with others")

    def test_of_another_browser_is_not_shared(self):
        """A double click gets the first one's outcome; who forges the same form from elsewhere does not."""
        browser = self.browser()
        page = browser.get("/login")
        body = {**page.form.fields, "user": self.daemon.user, "password": self.daemon.password}
        self.assertEqual(browser.post("/login", body).status, 303)
        attacker = self.browser()
        attacker.get("/login")
        self.assertEqual(attacker.post("/login", {**body, "password": "wrong"}).status, 422)
        self.assertNotIn("__Host-session", attacker.jar)

    def test_with_a_session_goes_on(self):
        browser = self.logged_in()
        page = browser.get("/login?to=%2Fsessions")
        self.assertEqual((page.status, page.header("Location")), (303, self.tool.origin + "/sessions"))

    def test_bodies_that_are_no_forms_are_refused(self):
        browser = self.browser()
        browser.get("/login")
        for body, status in [("a=1&a=2", 400), ("a=%", 400), ("password=%00", 400), ("a=" + "x" * 8191, 413)]:
            self.assertEqual(browser.post("/login", body).status, status, body[:20])
        fields = {**NAVIGATION, **OWN, "Content-Type": "multipart/form-data; boundary=x"}
        self.assertEqual(browser.ask("POST", "/login", None, fields).status, 415)


class SessionTests(WebTest):
    def test_is_demanded_as_the_request_can_use_it(self):
        browser = self.browser()
        page = browser.get("/sessions", headers=SCRIPT)
        self.assertEqual(page.status, 401)
        self.assertIn('"error":"login_required"', page.body)
        self.assertEqual(page.header("WWW-Authenticate"), 'Cookie realm="usher"')
        self.assertEqual(browser.get("/sessions", headers={"Accept": "text/event-stream"}).status, 401)
        page = browser.post("/sessions/end", {"handle": "x"})
        self.assertEqual(page.status, 401)
        self.assertIn("in a new tab", page.form.text)

    def test_is_ended_by_another_one_of_the_user(self):
        first, second = self.logged_in(), self.logged_in()
        page = first.get("/sessions")
        handles = re.findall(r'value="(h_[^"]+)">End</button>', page.body)
        mine = re.findall(r'this one.*?value="(h_[^"]+)"', page.body, re.S)[0]
        for handle in set(handles) - {mine}:
            self.assertEqual(first.submit(page, handle=handle).status, 303)
        self.assertEqual(second.get("/sessions").status, 302)
        self.assertEqual(first.get("/sessions").status, 200)

    def test_changes_nothing_for_others(self):
        browser = self.logged_in()
        page = browser.get("/sessions")
        body = page.form.fields
        other = self.logged_in().get("/sessions").form.fields["csrf"]
        own = {**NAVIGATION, **OWN, "Origin": self.tool.origin}
        for what, fields, headers in [
                ("no text", {**body, "csrf": ""}, own), ("another session's text", {**body, "csrf": other}, own),
                ("another site", body, {**own, "Sec-Fetch-Site": "cross-site", "Origin": "https://e.example"}),
                ("a sibling", body, {**own, "Sec-Fetch-Site": "same-site"}), ("an old browser, null", body, {"Accept": "*/*", "Origin": "null"})]:
            self.assertEqual(browser.post("/sessions/end", fields, headers).status, 403, what)
        self.assertEqual(browser.get("/sessions").status, 200)
        self.assertEqual(browser.ask("POST", "/sessions/end", "handle=x", {**own, "X-CSRF-Token": body["csrf"]}).status, 400)

    def test_with_two_cookies_is_not_believed(self):
        browser = self.logged_in()
        token = browser.jar["__Host-session"]
        page = browser.get("/", cookie="__Host-session=x; __Host-session=" + token)
        self.assertNotIn(self.daemon.user, page.form.text)
        self.assertEqual(page.cookies, [GONE])
        page = browser.get("/", cookie="__Host-session=" + token)
        self.assertIn(self.daemon.user, page.form.text)

    def test_is_over_at_once_when_logged_out(self):
        browser = self.logged_in()
        token = browser.jar["__Host-session"]
        page = browser.get("/logout")
        self.assertEqual(browser.post("/logout", {"csrf": ""}).status, 403)
        self.assertEqual(browser.get("/sessions").status, 200)
        page = browser.submit(page)
        self.assertEqual((page.status, page.cookies), (200, [GONE]))
        self.assertEqual(browser.get("/sessions", cookie="__Host-session=" + token).status, 302)

    def test_is_not_forgotten_for_another_sites_form(self):
        # SameSite=Lax: such a request shows no cookie, but the browser would obey a deletion.
        page = self.browser().post("/logout", {}, {**NAVIGATION, "Sec-Fetch-Site": "cross-site", "Origin": "https://e.example"})
        self.assertEqual((page.status, page.cookies), (403, []))

    def test_is_confirmed_where_its_login_is_too_old(self):
        browser = self.logged_in()
        page = eventually("the login ages", lambda: (lambda page: page.status == 302 and page)(browser.get("/secret")))
        self.assertTrue(page.header("Location").startswith(self.tool.origin + "/confirm?to="))
        self.assertIn("insufficient_user_authentication", browser.get("/secret", headers=SCRIPT).body)
        before = browser.jar["__Host-session"]
        form = browser.get(page.header("Location")[len(self.tool.origin):])
        self.assertNotIn("user", form.form.fields)
        page = browser.submit(form, password=self.daemon.password)
        self.assertEqual((page.status, page.header("Location")), (303, self.tool.origin + "/secret"))
        self.assertNotEqual(browser.jar["__Host-session"], before)
        self.assertEqual(browser.get("/sessions", cookie="__Host-session=" + before).status, 302)

    def test_of_other_methods_is_refused_without_a_circle(self):
        self.assertEqual(self.logged_in().get("/otp").status, 403)


class SeveralPromptTests(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon()
        self.addCleanup(self.daemon.close)
        self.tool = Tool(self.daemon, "ask")
        self.addCleanup(self.tool.close)

    def start(self, user):
        browser = Browser(self.tool)
        page = browser.submit(browser.get("/login"), user=user, password="first")
        self.assertEqual((page.status, page.form.text.count("More:")), (200, 1), page.body)
        return browser, page

    def test_are_asked_page_by_page(self):
        browser, page = self.start("ann")
        page = browser.submit(page, answer0="second")
        self.assertIn("More:", page.form.text)
        self.assertEqual(browser.submit(page, answer0="third").status, 303)
        self.assertIn("ann", browser.get("/").form.text)

    def test_sent_twice_are_answered_once(self):
        browser, page = self.start("ben")
        page = browser.submit(page, answer0="second")
        shown = dict(browser.jar)
        first = browser.submit(page, answer0="third")
        browser.jar = shown
        second = browser.submit(page, answer0="third")
        self.assertEqual((first.status, second.status), (303, 303))
        self.assertEqual(first.cookies, second.cookies)

    def test_of_another_browser_are_not_answered(self):
        _, page = self.start("cat")
        other = Browser(self.tool)
        other.get("/login")
        page = other.submit(page, answer0="second")
        self.assertIn("That step is over", page.form.text)

    def test_left_waiting_by_many_keep_nobody_out(self):
        waiting = [self.start("idle%d" % number) for number in range(30)]
        browser, page = self.start("dora")
        page = browser.submit(page, answer0="second")
        self.assertEqual(browser.submit(page, answer0="third").status, 303)
        first, page = waiting[0]
        self.assertIn("That step is over", first.submit(page, answer0="second").form.text)


class OutageTests(unittest.TestCase):
    def test_keeps_the_cookie_and_lets_nobody_in(self):
        daemon = Daemon()
        tool = Tool(daemon)
        self.addCleanup(tool.close)
        browser = Browser(tool)
        try:
            self.assertEqual(browser.log_in(daemon).status, 303)
            self.assertEqual(browser.get("/sessions").status, 200)
        finally:
            daemon.close()
        page = browser.get("/sessions")
        self.assertEqual((page.status, page.cookies, page.header("Retry-After")), (503, [], "2"))
        self.assertIn("__Host-session", browser.jar)


if __name__ == "__main__":
    unittest.main()
