"""The gate and the example tool on a host that shares sessions: what other hosts do not do at once, or cannot say."""
import re
import unittest
import urllib.parse

import test_gate
from between import Between
from gate import Gate
from tool import NAVIGATION, Browser, Daemon, Tool

DELETION = "=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"
UNAVAILABLE = {"retry_after_ms": 1000}
PENDING = {"retry_after_ms": 1000, "pending": True, "is_done": True}


class HostsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.real = Daemon()
        cls.addClassCleanup(cls.real.close)
        cls.daemon = Between(cls.real)
        cls.addClassCleanup(cls.daemon.close)

    def tearDown(self):
        self.daemon.relent()


class GateHosts(HostsTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gate = Gate(cls.daemon)
        cls.addClassCleanup(cls.gate.close)

    portal = test_gate.GateTest.portal
    form, own, log_in = (getattr(test_gate.PortalTests, name) for name in ("form", "own", "log_in"))

    def fields(self, session, name="logout"):
        return self.portal(name, [("Cookie", session)]).form.fields

    def test_a_logout_that_other_hosts_follow_later_is_one(self):
        for until, said in ((None, None), (11_200, "within 12 seconds")):
            session = self.log_in()
            fields = self.fields(session)
            self.daemon.refuse("session.revoke", **PENDING, **({} if until is None else {"until_ms": until}))
            page = self.portal("logout", self.own(session), "POST", fields)
            self.daemon.relent()
            self.assertEqual((page.status, "You are logged out" in page.form.text), (200, True), page.body)
            self.assertIn("__Host-usher" + DELETION, page.cookies[0])
            self.assertEqual("Other servers" in page.body, said is not None)
            self.assertIn(said or "", page.form.text)
            self.assertEqual(self.portal("sessions", [("Cookie", session)]).status, 302)

    def test_a_logout_that_has_not_begun_keeps_the_cookie(self):
        session = self.log_in()
        fields = self.fields(session)
        self.daemon.refuse("session.revoke", **UNAVAILABLE)
        page = self.portal("logout", self.own(session), "POST", fields)
        self.assertEqual((page.status, page.cookies), (503, []))
        self.daemon.relent()
        self.assertEqual(self.portal("logout", self.own(session), "POST", fields).status, 200)

    def test_sessions_that_end_elsewhere_later_have_ended(self):
        sessions = [self.log_in() for _ in range(4)]
        others = [part.split('"')[0] for part in
                  self.portal("sessions", [("Cookie", sessions[0])]).body.split('name="end" value="')[1:]]
        fields = self.fields(sessions[0], "sessions")
        handles = {re.search(r'this one.*?value="(h_[^"]+)"', self.portal("sessions", [("Cookie", session)]).body, re.S)[1]: session
                   for session in sessions}
        own, one, *_ = (next(handle for handle in handles if handles[handle] == session) for session in sessions)
        self.assertLessEqual(set(handles), set(others))
        for method in ("session.revoke", "session.revoke_all"):
            self.daemon.refuse(method, **PENDING)
        end = lambda name: self.portal("sessions", self.own(sessions[0]), "POST", {**fields, "end": name})
        state = lambda: [self.portal("sessions", [("Cookie", session)]).status for session in sessions]
        self.assertEqual((end(one).status, state()), (303, [200, 302, 200, 200]))
        self.assertEqual((end("others").status, state()), (303, [200, 302, 302, 302]))
        page = end(own)
        self.assertEqual((page.status, state()), (200, [302] * 4))
        self.assertIn("__Host-usher" + DELETION, page.cookies[0])

    def test_what_cannot_be_told_costs_nobody_a_cookie(self):
        session = self.log_in()
        fields = self.fields(session)
        self.daemon.refuse("session.validate", **UNAVAILABLE)
        for name, method in [("login", "GET"), ("confirm", "GET"), ("confirm", "POST"), ("logout", "GET"), ("logout", "POST"), ("forget", "GET"),
                             ("sessions", "GET"), ("sessions", "POST"), ("whoami", "GET")]:
            page = self.portal(name, self.own(session), method, fields if method == "POST" else None)
            self.assertEqual((page.status, page.cookies, page.header("Retry-After")), (503, [], "2"), name)
        for kind in ("auth", "refused"):
            page = self.gate.nginx(kind, fields=[*NAVIGATION.items(), ("Cookie", session.replace("login", "wiki"))])
            self.assertNotIn("__Host-usher=;", "".join(page.cookies))
        self.daemon.relent()
        self.assertEqual(self.portal("sessions", [("Cookie", session)]).status, 200)

    def enter(self, place, cookie):
        return self.portal(place.split("/.usher/")[1], [*NAVIGATION.items(), ("Cookie", cookie)], host="wiki.corp.test")

    def test_a_code_that_nobody_can_claim_starts_again(self):
        session = self.log_in()
        for code, reason in ((1008, "unavailable"), (1010, "cancelled"), (1007, "busy")):
            page = self.gate.nginx("refused", path="/a?b=1", fields=NAVIGATION.items())
            hop = page.cookies[0].split(";")[0]
            place = self.portal(page.header("Location").split("/.usher/")[1], self.own(session)).header("Location")
            self.daemon.refuse("code.claim", code, reason)
            page = self.enter(place, hop)
            self.daemon.relent()
            self.assertEqual((page.status, page.cookies), (503, []))
            self.assertIn("Please start again", page.form.text)
            link = re.search(r'<a href="/.usher/(login[^"]*)"', page.body)[1]
            page = self.portal(link, [*NAVIGATION.items(), ("Cookie", hop)], host="wiki.corp.test")
            place = self.portal(page.header("Location").split("/.usher/")[1], self.own(session)).header("Location")
            page = self.enter(place, hop)
            self.assertEqual(page.header("Location"), "https://wiki.corp.test:%d/a?b=1" % self.gate.port)
            self.assertRegex(page.cookies[0], "^__Host-usher=[A-Za-z0-9_-]{82};")
            page = self.enter(place, hop)
            self.assertEqual((page.header("Location"), page.cookies), ("https://wiki.corp.test:%d/" % self.gate.port, []))

    def test_a_login_keeps_its_session_where_the_daemon_does_not_tell_the_era(self):
        page, cookie = self.form("?to=" + urllib.parse.quote("https://wiki.corp.test:%d/" % self.gate.port, safe="") + "&hop=" + "A" * 43)
        self.daemon.refuse("server.hello", **UNAVAILABLE)
        body = {**page.form.fields, "user": self.daemon.user, "password": self.daemon.password}
        page = self.portal("login", self.own(cookie), "POST", body)
        self.assertEqual(page.status, 303)
        self.assertIn("/.usher/enter?code=", page.header("Location"))
        self.assertRegex(page.cookies[0], "^__Host-usher=[A-Za-z0-9_-]{82};")

    def test_a_confirmation_that_is_not_answered_keeps_the_cookie(self):
        session = self.log_in()
        page = self.portal("confirm", [*NAVIGATION.items(), ("Cookie", session)])
        cookies = session + "; " + page.cookies[0].split(";")[0]
        self.daemon.refuse("auth.start", **UNAVAILABLE)
        page = self.portal("confirm", self.own(cookies), "POST", {**page.form.fields, "password": self.daemon.password})
        self.assertEqual(page.status, 503)
        self.assertNotIn("__Host-usher=", "".join(page.cookies))
        self.daemon.relent()
        self.assertEqual(self.portal("sessions", [("Cookie", session)]).status, 200)


class ToolHosts(HostsTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tool = Tool(cls.daemon)
        cls.addClassCleanup(cls.tool.close)

    def logged_in(self):
        browser = Browser(self.tool)
        self.assertEqual(browser.log_in(self.daemon).status, 303)
        return browser

    def test_a_logout_that_other_hosts_follow_later_is_one(self):
        browser = self.logged_in()
        page = browser.get("/logout")
        self.daemon.refuse("session.revoke", **PENDING, until_ms=11_200)
        page = browser.submit(page)
        self.assertEqual((page.status, list(browser.jar)), (200, []))
        self.assertIn("within 12 seconds", page.form.text)

    def test_a_logout_that_has_not_begun_keeps_the_cookie(self):
        browser = self.logged_in()
        page = browser.get("/logout")
        self.daemon.refuse("session.revoke", **UNAVAILABLE)
        self.assertEqual((browser.submit(page).status, list(browser.jar)), (503, ["__Host-session"]))

    def test_what_cannot_be_told_costs_nobody_a_cookie(self):
        browser = self.logged_in()
        fields = browser.get("/sessions").form.fields
        self.daemon.refuse("session.validate", **UNAVAILABLE)
        for page in [browser.get(path) for path in ("/", "/login", "/confirm", "/logout", "/sessions", "/secret")] + [
                browser.post(path, fields) for path in ("/sessions/end", "/logout")]:
            self.assertEqual((page.status, page.cookies), (503, []))
        self.daemon.relent()
        self.assertEqual(browser.get("/sessions").status, 200)

    def test_what_a_page_of_the_tool_cannot_do_now_is_503(self):
        browser, path = self.logged_in(), "/sessions"
        page = browser.get(path)
        self.daemon.refuse("session.revoke", **UNAVAILABLE)
        answer = browser.submit(page)
        self.assertEqual((answer.status, answer.cookies), (503, []))
        self.daemon.refuse("session.list", **UNAVAILABLE)
        self.assertEqual((browser.get(path).status, browser.get("/").status), (503, 200))
        self.daemon.refuse("session.list", 1011, "forbidden")
        self.assertEqual(browser.get(path).status, 500)
        self.daemon.relent()
        self.assertEqual(browser.get(path).status, 200)

    def test_a_session_that_ends_elsewhere_later_has_ended(self):
        first, second = self.logged_in(), self.logged_in()
        page = second.get("/sessions")
        handle = re.search(r'this one.*?value="(h_[^"]+)"', page.body, re.S)[1]
        page = first.get("/sessions")
        self.daemon.refuse("session.revoke", **PENDING)
        self.assertEqual(first.submit(page, handle=handle).status, 303)
        self.assertEqual([first.get("/sessions").status, second.get("/sessions").status], [200, 302])


if __name__ == "__main__":
    unittest.main()
