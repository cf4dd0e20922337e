"""What browsers of all kinds meet behind nginx and Caddy: tabs, blocked cookies, lost forms, sockets, and addresses that lead astray."""
import json
import unittest
import urllib.parse

from gate import Caddy, Nginx, ProxyCase
from tool import NAVIGATION

COOKIE = r"^__Host-usher(-pre|-hop)?=[A-Za-z0-9_-]*; Path=/; Secure; HttpOnly; SameSite=Lax(; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT)?$"


class VisitTests(ProxyCase):
    """Each test names what it is about; gateways of this kind have failed at all of it (COMPLAINTS.md)."""

    def log_in_at(self, browser, page, password=None):
        return browser.submit(page, user=self.daemon.user, password=password or self.daemon.password)

    def test_a_second_tab_goes_on_with_the_login_of_the_first(self):
        browser = self.browser()
        first, second = (browser.open(browser.url("wiki", path)) for path in ("/first", "/second?a=b"))
        self.assertEqual(self.log_in_at(browser, first).url, browser.url("wiki", "/first"))
        session = browser.jar("login")["__Host-usher"]
        page = self.log_in_at(browser, second, "not even right")
        self.assertEqual((page.status, page.url), (200, browser.url("wiki", "/second?a=b")))
        self.assertEqual(browser.jar("login")["__Host-usher"], session, "one login, one session")

    def test_five_tabs_restored_at_once_are_all_logged_in_by_one(self):
        browser = self.browser()
        places = [browser.url(("wiki", "ci")[number % 2], "/tab%d" % number) for number in range(5)]
        # All leave before the first answer arrives: each is given cookies of its own, and the last one wins.
        refused = []
        for place in places:
            jars, browser.jars = browser.jars, {}
            refused.append(browser.ask("GET", place))
            browser.jars = {host: {**jars.get(host, {}), **jar} for host, jar in {**jars, **browser.jars}.items()}
        tabs = []
        for page in refused:
            jars, browser.jars = browser.jars, {}
            tabs.append(browser.ask("GET", page.header("Location")))
            browser.jars = {host: {**jars.get(host, {}), **jar} for host, jar in {**jars, **browser.jars}.items()}
        self.assertEqual([page.status for page in tabs], [200] * 5)
        for tab, place in zip(tabs, places):
            page = self.log_in_at(browser, tab)
            self.assertEqual((page.status, page.url), (200, place), page.body)
            self.assertEqual(self.seen(page)["remote-user"], [self.daemon.user])

    def test_a_browser_that_keeps_no_cookies_is_told_so_and_not_led_around(self):
        browser = self.browser(blocks_cookies=True)
        page = browser.open(browser.url("wiki"))
        self.assertEqual(page.status, 200)
        page = self.log_in_at(browser, page)
        self.assertEqual((page.status, len(page.trail)), (400, 1))
        self.assertIn("Cookies must be allowed", page.form.text)
        # The same where the portal's cookies are kept and the tool's are not.
        browser = self.logged_in()
        browser.jars.pop("ci.corp.test", None)
        page = browser.ask("GET", browser.url("ci"))
        trail = 0
        while page.status in (302, 303):
            trail += 1
            self.assertLess(trail, 7)
            browser.jars.pop("ci.corp.test", None)
            page = browser.ask("GET", urllib.parse.urljoin(page.url, page.header("Location")))
        self.assertEqual(page.status, 400)
        self.assertIn("cookie", page.form.text)

    def test_a_form_that_met_no_session_is_sent_again_by_a_reload(self):
        browser = self.browser()
        body = {"text": "ä" * 2000, "token": "1"}
        before = self.tool.reached
        page = browser.post(browser.url("wiki", "/edit?page=1"), body)
        self.assertEqual((page.status, self.tool.reached), (401, before))
        self.assertRegex(page.body, r'<a href="https://login\.[^"]*" target="_blank" rel="noopener">')
        self.assertEqual(page.header("Cache-Control"), "no-store")
        place = page.body.split('<a href="')[1].split('"')[0].replace("&amp;", "&")
        self.assertEqual(self.log_in_at(browser, browser.open(place)).status, 200)
        before = self.tool.reached
        page = browser.post(browser.url("wiki", "/edit?page=1"), body)
        self.assertEqual((page.status, self.tool.reached), (200, before + 1))
        seen = json.loads(page.body)
        self.assertEqual((seen["method"], seen["path"], seen["size"]), ("POST", "/edit?page=1", len(urllib.parse.urlencode(body))))

    def test_a_socket_is_opened_for_a_session_alone(self):
        browser, stranger = self.logged_in(), self.browser()
        fields = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
                  ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="), ("Origin", browser.url("wiki")[:-1])]
        for more in ([], [("Sec-Fetch-Mode", "websocket"), ("Sec-Fetch-Dest", "websocket")]):
            before = self.tool.reached
            page = stranger.ask("GET", stranger.url("wiki", "/socket"), fields=fields + more)
            self.assertEqual((page.status, page.cookies, self.tool.reached), (401, [], before))
            self.assertEqual(self.seen(browser.ask("GET", browser.url("wiki", "/socket"), fields=fields + more))["remote-user"], [self.daemon.user])

    def test_what_is_no_page_is_never_led_to_the_login(self):
        browser = self.browser()
        for destination in ("image", "script", "style", "font", "manifest", "serviceworker", "worker", "audio", "empty", "report"):
            fields = {"Accept": "text/html,*/*", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": destination, "Sec-Fetch-Site": "same-origin"}
            page = browser.ask("GET", browser.url("wiki", "/favicon.ico"), fields=fields)
            self.assertEqual((page.status, page.cookies, page.header("Location")), (401, [], None), destination)
        for destination in ("iframe", "frame", "embed", "object"):
            page = browser.ask("GET", browser.url("wiki"), fields={**NAVIGATION, "Sec-Fetch-Dest": destination})
            self.assertEqual((page.status, page.header("Location")), (401, None), destination)
            self.assertIn('target="_blank"', page.body)
            self.assertEqual(page.header("X-Frame-Options"), "DENY")

    def test_addresses_that_look_like_other_hosts_lead_back_to_the_tool(self):
        for path in ("//e.example/", "/%2f/e.example", "/%5ce.example", "/%09/e.example", "/%0d%0aSet-Cookie:%20x=y", "/?to=https://e.example/#x",
                     "/..//e.example", "/@e.example", "/:443@e.example/", "/%00", "/x%3f%23", "/?a=1&b=%2F%26&c=;x&hop=1&to=2&again=1"):
            browser = self.browser()
            page = self.log_in_at(browser, browser.open(browser.url("wiki", path)))
            address = urllib.parse.urlsplit(page.url)
            self.assertEqual((address.scheme, address.hostname, address.port), ("https", "wiki.corp.test", self.gate.port), path)
            self.assertEqual([name for jar in browser.jars.values() for name in jar if not name.startswith("__Host-usher")], [], path)
            # The fragment never leaves a browser; ours here sends it, and the gate cuts it.
            self.assertEqual(page.url, browser.url("wiki", path.split("#")[0]))

    def test_every_cookie_is_its_hosts_own(self):
        browser = self.browser()
        cookies = []
        ask = browser.ask

        def noting(*arguments, **more):
            page = ask(*arguments, **more)
            cookies.extend(page.cookies)
            return page

        browser.ask = noting
        self.log_in_at(browser, browser.open(browser.url("wiki")))
        self.assertEqual(browser.open(browser.url("ci")).status, 200)
        browser.submit(browser.open(browser.url("login", "/.usher/logout")))
        self.assertGreaterEqual(len(cookies), 7, cookies)
        for cookie in cookies:
            self.assertRegex(cookie, COOKIE)
            self.assertLess(len(cookie), 200)

    def test_another_spelling_of_the_host_is_the_same_host_or_nobody(self):
        browser = self.logged_in()
        cookie = "; ".join("%s=%s" % pair for pair in browser.jar("wiki").items())
        port = self.gate.port
        for host in ("WIKI.corp.test:%d" % port, "wiki.corp.test.:%d" % port, "wiki.corp.test:0%d" % port, "wiki.corp.test", "wiki.corp.test:1"):
            head = "GET / HTTP/1.1\r\nHost: %s\r\nAccept: text/html\r\nConnection: close\r\n" % host
            before = self.tool.reached
            # Caddy answers 200 and nothing for a host that it does not know.
            self.proxy.raw(head + "\r\n")
            self.assertEqual(self.tool.reached, before, host)
            _, body = self.proxy.raw(head + "Cookie: %s\r\n\r\n" % cookie)
            if self.tool.reached > before:
                self.assertIn(["Remote-User", self.daemon.user], json.loads(body)["fields"], host)

    def test_odd_lines_carry_no_identity(self):
        browser = self.logged_in()
        cookie = "; ".join("%s=%s" % pair for pair in browser.jar("wiki").items())
        head = "Host: wiki.corp.test:%d\r\nCookie: %s\r\nConnection: close\r\n" % (self.gate.port, cookie)
        for line in ("Remote-User : root", "Remote-User:\troot", " Remote-User: root", "X: y\r\n Remote-User: root", "Remote-User: a\r\nRemote-User: root",
                     "REMOTE_USER: root", "HTTP_REMOTE_USER: root", "Remote-User\x00: root", "Remote-User:root\x0bx", "X-A: b\nRemote-User: root"):
            try:
                status, body = self.proxy.raw("GET / HTTP/1.1\r\n" + head + line + "\r\n\r\n")
            except OSError:
                continue
            if status == 200:
                fields = [[name.lower().replace("_", "-"), value] for name, value in json.loads(body)["fields"]]
                self.assertEqual([value for name, value in fields if name == "remote-user"], [self.daemon.user], line)
        chunked = "POST / HTTP/1.1\r\n" + head + "Transfer-Encoding: chunked\r\nTrailer: Remote-User\r\n\r\n1\r\nx\r\n0\r\nRemote-User: root\r\n\r\n"
        status, body = self.proxy.raw(chunked)
        self.assertNotIn("root", body)

    def test_two_cookies_are_none_and_many_others_do_no_harm(self):
        browser = self.logged_in()
        mine = browser.jar("wiki")["__Host-usher"]
        forged = mine[:40] + ("B" if mine[40] == "A" else "A") + mine[41:]
        for cookie in ("__Host-usher=%s; __Host-usher=%s" % (mine, mine), "__Host-usher=x; __Host-usher=%s" % mine, '__Host-usher="%s"' % mine,
                       "__host-usher=%s" % mine, "__Host-usher=%s" % browser.jar("login")["__Host-usher"], "__Host-usher=" + forged):
            page = browser.ask("GET", browser.url("wiki"), fields=[*NAVIGATION.items(), ("Cookie", cookie)])
            self.assertEqual(page.status, 302, cookie)
        big = [("Cookie", "a%d=%s" % (number, "x" * 3000)) for number in range(2)]
        page = browser.ask("GET", browser.url("wiki"), fields=[*NAVIGATION.items(), *big, ("Cookie", "__Host-usher=" + mine)])
        self.assertEqual(self.seen(page)["remote-user"], [self.daemon.user])


class NginxVisitTests(VisitTests, unittest.TestCase):
    proxy_type = Nginx


class CaddyVisitTests(VisitTests, unittest.TestCase):
    proxy_type = Caddy


if __name__ == "__main__":
    unittest.main()
