"""nginx and Caddy of the distribution with the lines that usher-gate prints, unchanged, and an echoing tool behind them."""
import base64
import http.client
import json
import threading
import unittest

from gate import Caddy, Nginx, ProxyCase
from tool import NAVIGATION, SCRIPT, eventually

IDENTITY = ["Remote-User", "Remote-Groups", "Remote-Email", "Remote-Session", "Remote-Auth-Time", "Remote-Auth-Methods"]


class ProxyTests(ProxyCase):
    """What every proxy must do."""

    def test_one_login_for_two_tools_leads_to_the_very_address(self):
        browser = self.browser()
        path = "/a//b/%2e%2e/c?x=1&y=%2F;z&q=%22"
        page = browser.open(browser.url("wiki", path))
        self.assertIn("login.corp.test", page.url)
        page = browser.submit(page, user=self.daemon.user, password=self.daemon.password)
        self.assertEqual(page.url, browser.url("wiki", path))
        self.assertEqual(json.loads(page.body)["path"], path)
        self.assertEqual(self.seen(page)["remote-user"], [self.daemon.user])
        page = browser.open(browser.url("ci", "/x?a=b"))
        self.assertEqual((page.url, page.status), (browser.url("ci", "/x?a=b"), 200))
        self.assertLessEqual(len(page.trail), 5, page.trail)
        values = {jar["__Host-usher"] for jar in browser.jars.values()}
        self.assertEqual(len(values), 3, "each host has a value of its own")

    def test_identity_is_the_sessions_whatever_a_client_sends(self):
        browser = self.logged_in()
        user = self.daemon.user
        for name in IDENTITY + ["X-Remote-User"]:
            for spelt in {name, name.upper(), name.replace("-", "_"), name.replace("-", "."), name.lower().replace("-", "_", 1)}:
                for tricks in ([], [("Connection", "close, %s" % name)], [("Connection", "keep-alive, X-Forwarded-For")],
                               [(spelt, "root"), (spelt, "root2")]):
                    before = self.tool.reached
                    fields = [*NAVIGATION.items(), (spelt, "root"), *tricks]
                    page = browser.ask("GET", browser.url("ci" if name == "Remote-Email" else "wiki"), fields=fields)
                    if page.status in (400, 302):
                        self.assertEqual(self.tool.reached, before)
                        continue
                    seen = self.seen(page)
                    self.assertEqual(seen["remote-user"], [user], (spelt, tricks))
                    self.assertNotIn("root", json.dumps(seen), (spelt, tricks))

    def test_all_identity_of_a_rule_arrives(self):
        browser = self.logged_in()
        seen = self.seen(browser.open(browser.url("ci")))
        self.assertEqual(sorted(seen), sorted(name.lower() for name in IDENTITY))
        self.assertEqual(seen["remote-email"], [self.daemon.user + "@corp.test"])
        self.assertEqual(seen["remote-groups"], ["-"])
        self.assertEqual(seen["remote-auth-methods"], ["pwd"])
        self.assertTrue(seen["remote-session"][0].startswith("h_"))

    def test_the_tool_hears_its_own_host_and_port(self):
        page = self.logged_in().open("https://wiki.corp.test:%d/" % self.gate.port)
        hosts = [value for name, value in json.loads(page.body)["fields"] if name.lower() == "host"]
        self.assertEqual(hosts, ["wiki.corp.test:%d" % self.gate.port])

    def test_a_long_address_of_symbols_leads_through_the_login_and_back(self):
        """Each symbol takes three bytes in the address of the login."""
        browser = self.browser()
        url = browser.url("wiki", "/" + "&" * 1990)
        page = browser.open(url)
        self.assertEqual((page.status, "login.corp.test" in page.url), (200, True))
        page = browser.submit(page, user=self.daemon.user, password=self.daemon.password)
        self.assertEqual((page.status, page.url), (200, url))

    def test_nobody_is_nobody_behind_an_anonymous_rule(self):
        for browser in (self.browser(), self.logged_in()):
            page = browser.ask("GET", browser.url("wiki", "/public"), fields=[*NAVIGATION.items(), ("Remote-User", "root"), ("Remote_User", "root")])
            seen = self.seen(page)
            self.assertEqual([value for values in seen.values() for value in values if value], [])

    def test_fields_of_proxies_choose_no_other_site_or_rule(self):
        browser = self.browser()
        url = browser.url("wiki")
        public = browser.url("wiki", "/public")
        for fields in ([("X-Original-URL", public), ("X-Original-Method", "OPTIONS")], [("X-Forwarded-Uri", "/public")],
                       [("X-Forwarded-Host", "public"), ("X-Forwarded-Proto", "http")], [("X-Forwarded-Method", "OPTIONS")],
                       [("X-HTTP-Method-Override", "OPTIONS")], [("X-Rewrite-URL", "/public")]):
            before = self.tool.reached
            page = browser.ask("GET", url, fields=[*NAVIGATION.items(), *fields])
            self.assertIn(page.status, (302, 403, 500), fields)
            self.assertEqual(self.tool.reached, before)
        before = self.tool.reached
        for path in ("/?rule=public", "/?/auth/nginx/public", "/x?/../public", "/admin/?x=/public", "/public/../admin"):
            self.assertIn(browser.ask("GET", browser.url("wiki", path)).status, (302, 400), path)
        self.assertEqual(self.tool.reached, before)

    def test_another_host_by_absolute_form_or_twice_is_not_reached(self):
        before = self.tool.reached
        port = self.gate.port
        for request in (
                "GET https://wiki.corp.test:%d/ HTTP/1.1\r\nHost: login.corp.test:%d\r\nAccept: text/html\r\n" % (port, port),
                "GET https://e.example/ HTTP/1.1\r\nHost: wiki.corp.test:%d\r\nAccept: text/html\r\n" % port,
                "GET / HTTP/1.1\r\nHost: wiki.corp.test:%d\r\nHost: login.corp.test:%d\r\nAccept: text/html\r\n" % (port, port),
                "GET / HTTP/1.1\r\nHost: wiki.corp.test@e.example\r\nAccept: text/html\r\n"):
            self.proxy.raw(request + "Connection: close\r\n\r\n")
        self.assertEqual(self.tool.reached, before)

    def test_questions_to_the_gate_cannot_be_asked_from_outside(self):
        browser = self.browser()
        for path in ("/auth/nginx/wiki", "/usher-auth-wiki", "/refused/nginx/wiki", "/.usher/../auth/nginx/public", "/.usher/x/y"):
            self.assertIn(browser.ask("GET", browser.url("wiki", path)).status, (302, 404), path)

    def test_scripts_and_forms_get_401_that_they_can_use(self):
        browser = self.browser()
        page = browser.ask("GET", browser.url("wiki"), fields=SCRIPT)
        self.assertEqual((page.status, page.header("WWW-Authenticate")), (401, 'Cookie realm="usher"'))
        self.assertEqual(json.loads(page.body)["error"], "login_required")
        self.assertEqual(browser.ask("GET", browser.url("wiki"), fields={"Accept": "text/event-stream"}).status, 401)
        page = browser.post(browser.url("wiki", "/edit"), {"text": "x" * 3000})
        self.assertEqual(page.status, 401)
        self.assertIn("in a new tab", page.form.text)

    def test_who_may_not_is_told_so_without_a_circle(self):
        browser = self.logged_in()
        page = browser.open(browser.url("wiki", "/admin"))
        self.assertEqual((page.status, page.trail), (403, [browser.url("wiki", "/admin")]))
        self.assertIn(self.daemon.user, page.form.text)

    def test_bodies_of_all_kinds_pass(self):
        browser = self.logged_in()
        page = browser.ask("POST", browser.url("wiki", "/up"), b"x" * 3_000_000)
        self.assertEqual(json.loads(page.body)["size"], 3_000_000)
        cookie = "; ".join("%s=%s" % pair for pair in browser.jar("wiki").items())
        head = "Host: wiki.corp.test:%d\r\nCookie: %s\r\nConnection: close\r\n" % (self.gate.port, cookie)
        status, body = self.proxy.raw("POST /c HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" % head)
        self.assertEqual((status, json.loads(body)["size"]), (200, 5))
        self.assertEqual(browser.ask("HEAD", browser.url("wiki")).status, 200)
        page = browser.ask("GET", browser.url("wiki", "/?" + "q" * 7000), fields=[*NAVIGATION.items(), ("X-Big", "y" * 7000)])
        self.assertEqual(page.status, 200)

    def test_ended_sessions_are_refused_at_the_next_request_of_every_tool(self):
        first, second = self.logged_in(), self.logged_in()
        for browser in (first, second):
            self.assertEqual(browser.open(browser.url("ci")).status, 200)
        stop, late, asked = threading.Event(), [], [0]
        ended = threading.Event()

        def ask():
            while not stop.is_set():
                was_ended = ended.is_set()
                page = second.ask("GET", second.url("wiki"), fields=SCRIPT)
                asked[0] += 1
                if was_ended and page.status == 200:
                    late.append(page)
        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        page = first.open(first.url("login", "/.usher/sessions"))
        page = first.follow(first.post(page.url, {"csrf": page.form.fields["csrf"], "end": "others"}))
        ended.set()
        self.assertEqual(page.status, 200)
        count = asked[0]
        eventually("the others ask on", lambda: asked[0] > count + 20)
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(late, [])
        self.assertEqual(second.ask("GET", second.url("ci")).status, 302)
        self.assertEqual(first.open(first.url("ci")).status, 200)

    def test_logout_at_the_portal_ends_it_at_every_tool(self):
        browser = self.logged_in()
        page = browser.submit(browser.open(browser.url("login", "/.usher/logout")))
        self.assertEqual(page.status, 200)
        page = browser.open(browser.url("wiki"))
        self.assertIn("login.corp.test", page.url)

    def test_a_rule_asks_for_a_fresh_login(self):
        browser = self.logged_in()
        page = eventually("the login ages", lambda: (lambda page: page.status == 302 and page)(browser.ask("GET", browser.url("wiki", "/fresh"))))
        page = browser.follow(page)
        self.assertIn("/.usher/confirm", page.url)
        self.assertNotIn("user", page.form.fields)
        page = browser.submit(page, password=self.daemon.password)
        self.assertIn(browser.url("wiki", "/fresh"), page.trail)
        self.assertEqual(page.status, 200)
        # Another tool's cookie holds the token from before: one redirect, and no question.
        page = browser.open(browser.url("ci"))
        self.assertEqual((page.status, page.url), (200, browser.url("ci")))

    def test_a_stolen_code_logs_nobody_in(self):
        browser, victim = self.logged_in(), self.browser()
        page = browser.ask("GET", browser.url("ci"))
        page = browser.ask("GET", page.header("Location"))
        place = page.header("Location")
        self.assertIn("/.usher/enter?code=", place)
        page = victim.ask("GET", place)
        self.assertEqual(page.status, 400)
        self.assertNotIn("__Host-usher", victim.jar("ci"))
        page = browser.follow(browser.ask("GET", place))
        self.assertEqual(page.status, 200, "used up, so it begins anew")

    def test_an_outage_lets_nobody_in_and_keeps_cookies(self):
        browser = self.logged_in()
        self.gate.close()
        try:
            before = self.tool.reached
            page = browser.ask("GET", browser.url("wiki"))
            self.assertGreaterEqual(page.status, 500)
            self.assertEqual((page.cookies, self.tool.reached), ([], before))
        finally:
            self.gate.start()
        # A key of its own: here nothing keeps the old one, so one logs in anew.
        self.assertEqual(self.logged_in().open(browser.url("wiki")).status, 200)


class NginxTests(ProxyTests, unittest.TestCase):
    proxy_type = Nginx

    def test_identity_is_the_sessions_by_every_protocol(self):
        browser, user = self.logged_in(), self.daemon.user
        basic = ("Authorization", "Basic " + base64.b64encode(b"root:x").decode())
        for kind, tool in self.proxy.cgi.items():
            for name in IDENTITY:
                for fields in ([(name, "root")], [(name.upper(), "root"), (name.lower(), "root2")], [(name.replace("-", "_"), "root")],
                               [basic], [(name, "root"), basic]):
                    page = browser.ask("GET", browser.url("wiki", "/%s/x" % kind), fields=[*NAVIGATION.items(), *fields])
                    seen = self.seen(page)
                    self.assertEqual(set(seen["remote-user"]), {user}, (kind, fields))
                    self.assertNotIn("root", json.dumps(seen), (kind, fields))
            # What the distribution's file passes on is there too.
            self.assertEqual((tool.known["REQUEST_METHOD"], tool.known["REQUEST_URI"]), ("GET", "/%s/x" % kind))
            page = self.browser().ask("GET", browser.url("wiki", "/%s-public/" % kind), fields=[*NAVIGATION.items(), (IDENTITY[0], "root"), basic])
            self.assertEqual([value for values in self.seen(page).values() for value in values if value], [], kind)

    def test_plain_http_is_refused_in_words(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.proxy.plain, timeout=60)
        connection.request("GET", "/", headers={**NAVIGATION, "Host": "wiki.corp.test"})
        answer = connection.getresponse()
        self.assertEqual((answer.status, answer.headers.get_all("Set-Cookie")), (403, None))
        self.assertIn("TLS", answer.read().decode())
        connection.close()


    def test_what_nginx_itself_refuses_leads_in_no_circle(self):
        browser = self.logged_in()
        page = browser.open(browser.url("wiki", "/files/"))
        self.assertEqual((page.status, page.trail), (403, [browser.url("wiki", "/files/")]))


class CaddyTests(ProxyTests, unittest.TestCase):
    proxy_type = Caddy


if __name__ == "__main__":
    unittest.main()
