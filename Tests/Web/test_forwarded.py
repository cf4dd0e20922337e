"""usher-gate asked as Traefik asks it, through the forwarder of usher-gate(8): TCP to its Unix socket."""
import contextlib
import http.client
import json
import socket
import subprocess
import tomllib
import unittest
import urllib.parse

import test_gate
from gate import free_port
from tool import NAVIGATION, OWN, SCRIPT, Page, eventually

FORWARDER = "/lib/systemd/systemd-socket-proxyd"


class TraefikTests(test_gate.GateTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.forwarder = free_port()
        cls.bridge = subprocess.Popen(
            ["systemd-socket-activate", "--listen=127.0.0.1:%d" % cls.forwarder, FORWARDER, cls.daemon.directory + "/gate.sock"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(cls.bridge.wait)
        cls.addClassCleanup(cls.bridge.terminate)
        eventually("the forwarder listens", cls.listens)

    @classmethod
    def listens(cls):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", cls.forwarder)) == 0

    def send(self, method, path, fields, body=None):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.forwarder, timeout=60)) as connection:
            connection.request(method, path, body, dict(fields))
            return Page(connection.getresponse())

    def forwarded(self, host):
        """What Traefik sets, whatever a client has sent."""
        return {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Host": "%s.corp.test:%d" % (host, self.gate.port), "X-Forwarded-Port": str(self.gate.port),
                "X-Forwarded-Proto": "https", "X-Forwarded-Server": "traefik", "X-Real-Ip": "192.0.2.7", "Accept-Encoding": "gzip"}

    def ask(self, rule, fields=NAVIGATION, host="wiki", method="GET", uri="/a?b=1&c=%2F;d"):
        own = {"X-Forwarded-Method": method, "X-Forwarded-Uri": uri}
        return self.send("GET", "/auth/forward/" + rule, {**fields, **self.forwarded(host), **own})

    def visit(self, url, cookie="", body=None):
        """Traefik's router of the pages: the path rewritten, the query as it was."""
        address = urllib.parse.urlsplit(url)
        fields = {**NAVIGATION, **self.forwarded(address.hostname.split(".")[0]), "Cookie": cookie}
        if body is not None:
            fields.update({**OWN, "Content-Type": "application/x-www-form-urlencoded", "Origin": "https://" + address.netloc})
            body = urllib.parse.urlencode(body)
        self.assertTrue(address.path.startswith("/.usher/"), url)
        path = "/pages/forward/" + address.path.removeprefix("/.usher/") + ("?" + address.query if address.query else "")
        return self.send("GET" if body is None else "POST", path, fields, body)

    @staticmethod
    def shown(page):
        return "; ".join(cookie.split(";")[0] for cookie in page.cookies)

    def test_leads_to_the_login_and_back_and_says_who_asks(self):
        refused = self.ask("wiki")
        self.assertEqual(refused.status, 302)
        hop = self.shown(refused)
        page = self.visit(refused.header("Location"))
        body = {**page.form.fields, "user": self.daemon.user, "password": self.daemon.password}
        page = self.visit("https://login.corp.test:%d%s" % (self.gate.port, page.form.action), self.shown(page), body)
        self.assertEqual(page.status, 303, page.body)
        page = self.visit(page.header("Location"), hop)
        self.assertEqual((page.status, page.header("Location")), (303, "https://wiki.corp.test:%d/a?b=1&c=%%2F;d" % self.gate.port))
        cookie = self.shown(page)
        page = self.ask("wiki", {**NAVIGATION, "Cookie": cookie, "Remote-User": "root"})
        self.assertEqual((page.status, page.header("Remote-User"), page.header("Remote-Groups")), (200, self.daemon.user, "-"))
        self.assertEqual(self.ask("admin", {**NAVIGATION, "Cookie": cookie}).status, 403)
        self.assertEqual(self.ask("wiki", {**NAVIGATION, "Cookie": cookie}, host="ci").status, 403, "no rule of that site")
        self.assertEqual(self.ask("ci", {**SCRIPT, "Cookie": cookie}, host="ci").status, 401, "another site's cookie")

    def test_tells_scripts_and_forms(self):
        page = self.ask("wiki", SCRIPT)
        self.assertEqual((page.status, json.loads(page.body)["error"]), (401, "login_required"))
        self.assertEqual(self.ask("wiki", method="POST").status, 401)

    def test_the_printed_file_is_whole(self):
        read = tomllib.loads(self.gate.lines("traefik"))["http"]
        rules = [name.removeprefix("usher-ask-") for name in read["middlewares"] if name.startswith("usher-ask-")]
        self.assertEqual(rules, ["wiki", "ci", "admin", "members", "public", "fresh"])
        for rule in rules:
            self.assertEqual(read["middlewares"]["usher-" + rule]["chain"]["middlewares"], ["usher-nobody", "usher-ask-" + rule])
            self.assertFalse(read["middlewares"]["usher-ask-" + rule]["forwardAuth"]["trustForwardHeader"])
        emptied = read["middlewares"]["usher-nobody"]["headers"]["customRequestHeaders"]
        self.assertEqual(set(emptied.values()), {""})
        self.assertIn("Remote_User", emptied)
        self.assertEqual(read["middlewares"]["usher-pages"]["replacePathRegex"], {"regex": r"^/\.usher/(.*)", "replacement": "/pages/forward/$1"})
        self.assertIn("Host(`wiki.corp.test`)", read["routers"]["usher-pages"]["rule"])


if __name__ == "__main__":
    unittest.main()
