"""/.usher/whoami, which scripts of a tool's pages ask."""
import json
import unittest

import test_gate
from gate import Caddy, Nginx, ProxyCase
from tool import NAVIGATION, SCRIPT, eventually


class WhoAmITests(ProxyCase):
    def ask(self, browser, host="wiki", method="GET", **fields):
        return browser.ask(method, browser.url(host, "/.usher/whoami"), fields={**SCRIPT, **fields})

    def test_says_who_is_logged_in_at_this_origin(self):
        browser = self.browser()
        page = self.ask(browser)
        told = json.loads(page.body)
        self.assertEqual((page.status, told["error"]), (401, "login_required"))
        self.assertEqual((page.header("Cache-Control"), page.cookies), ("no-store", []))
        self.assertEqual(browser.log_in(told["login"]).url, browser.url("wiki"), "the way to the login leads back")
        page = self.ask(browser)
        told = json.loads(page.body)
        self.assertEqual((page.status, page.header("Content-Type"), told["user"]), (200, "application/json", self.daemon.user))
        self.assertEqual(sorted(told), ["authenticated", "expires", "idle_expires", "methods", "user"])
        self.assertRegex(told["expires"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(self.ask(browser, "ci").status, 401, "a site that the person has not visited has no cookie")
        self.assertEqual(self.ask(browser, method="HEAD").status, 200)
        self.assertEqual(self.ask(browser, method="POST").status, 404)
        browser.submit(browser.open(browser.url("wiki", "/.usher/logout")))
        self.assertEqual(self.ask(browser).status, 401)

    def test_is_for_no_other_origin(self):
        browser = self.logged_in()
        for site in ("same-site", "cross-site"):
            page = self.ask(browser, **{"Sec-Fetch-Site": site, "Origin": browser.url("ci")[:-1]})
            self.assertEqual((page.status, json.loads(page.body)), (403, {"error": "forbidden"}))
            self.assertFalse([name for name, _ in page.fields if name.lower().startswith("access-control")])
        self.assertEqual(browser.ask("GET", browser.url("wiki", "/.usher/whoami"), fields=NAVIGATION).status, 200)


class NginxWhoAmITests(WhoAmITests, unittest.TestCase):
    proxy_type = Nginx


class CaddyWhoAmITests(WhoAmITests, unittest.TestCase):
    proxy_type = Caddy


class OutageTests(test_gate.GateTest):
    form = test_gate.PortalTests.form
    own = test_gate.PortalTests.own
    log_in = test_gate.PortalTests.log_in

    def test_nobody_is_told_to_log_in_while_usherd_is_away(self):
        session = [("Cookie", self.log_in())]
        self.assertEqual(self.portal("whoami", session).status, 200)
        self.daemon.process.terminate()
        self.daemon.process.wait()
        page = eventually("usherd is away", lambda: (page := self.portal("whoami", session)).status != 200 and page)
        self.assertEqual((page.status, page.cookies), (503, []))
