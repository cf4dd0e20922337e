"""usher-gate as proxies ask it, over its socket."""
import http.client
import os
import pathlib
import resource
import select
import socket
import subprocess
import threading
import time
import unittest
import urllib.parse

from gate import GATE, Gate
from tool import NAVIGATION, OWN, SCRIPT, Daemon, eventually

OLD = [("Accept", "text/html")]


class GateTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon()
        cls.addClassCleanup(cls.daemon.close)
        cls.gate = Gate(cls.daemon)
        cls.addClassCleanup(cls.gate.close)

    def portal(self, name, fields=(), method="GET", body=None, host="login.corp.test"):
        own = [("X-Original-URL", "https://%s:%d/.usher/x" % (host, self.gate.port)), ("X-Real-IP", "192.0.2.7")]
        if body is not None:
            own.append(("Content-Type", "application/x-www-form-urlencoded"))
            body = urllib.parse.urlencode(body).encode()
        return self.gate.ask("/pages/nginx/" + name, own + list(fields), method, body)


class VerdictTests(GateTest):
    def test_without_a_session_is_401_and_says_nothing(self):
        page = self.gate.nginx("auth", fields=NAVIGATION.items())
        self.assertEqual((page.status, page.cookies, page.header("Cache-Control")), (401, [], "no-store"))
        self.assertIsNone(page.header("Remote-User"))

    def test_of_a_site_or_rule_that_is_not_configured_is_403(self):
        for name, host in [("none", "wiki.corp.test"), ("ci", "wiki.corp.test"), ("wiki", "other.corp.test"), ("wiki", "login.corp.test")]:
            self.assertEqual(self.gate.nginx("auth", name, host=host).status, 403, (name, host))
        self.assertIn("request misdirected origin=https://other.corp.test", self.gate.log.read_text())

    def test_reads_the_fields_of_its_kind_alone_and_each_once(self):
        self.assertEqual(self.gate.ask("/auth/nginx/wiki").status, 403)
        lies = [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "wiki.corp.test:%d" % self.gate.port),
                ("X-Forwarded-Uri", "/"), ("X-Forwarded-Method", "GET")]
        self.assertEqual(self.gate.ask("/auth/nginx/wiki", lies).status, 403)
        self.assertEqual(self.gate.ask("/auth/forward/wiki", lies).status, 401)
        address = "https://wiki.corp.test:%d/" % self.gate.port
        twice = [("X-Original-URL", address), ("X-Original-URL", address), ("X-Original-Method", "GET")]
        self.assertEqual(self.gate.ask("/auth/nginx/wiki", twice).status, 403)
        plain = [("X-Original-URL", "http://wiki.corp.test/"), ("X-Original-Method", "GET")]
        self.assertIn("without TLS", self.gate.ask("/refused/nginx/wiki", plain).body)

    def test_ignores_its_query(self):
        for query in ("?rule=public", "?x=/auth/nginx/public", "?"):
            self.assertEqual(self.gate.nginx("auth", "wiki" + query).status, 401, query)

    def test_is_asked_below_two_names_alone(self):
        for path in ("/", "/auth", "/auth/nginx", "/auth/nginx/wiki/x", "/auth/other/wiki", "/AUTH/nginx/wiki", "//auth/nginx/wiki",
                     "/auth/nginx/../nginx/public", "/health", "/metrics"):
            self.assertEqual(self.gate.ask(path).status, 404, path)

    def test_leads_a_page_to_the_portal_and_tells_a_script(self):
        page = self.gate.nginx("refused", path="/a?b=1&c=%2F;d", fields=NAVIGATION.items())
        place = page.header("Location")
        self.assertEqual(page.status, 302)
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(place).query)
        self.assertEqual(query["to"], ["https://wiki.corp.test:%d/a?b=1&c=%%2F;d" % self.gate.port])
        self.assertEqual(len(query["hop"][0]), 43)
        self.assertEqual([cookie.split("=")[0] for cookie in page.cookies], ["__Host-usher-hop"])
        for fields in (SCRIPT.items(), [("Accept", "text/event-stream")], [("Accept", "*/*")], [("Sec-Fetch-Mode", "websocket")],
                       [*OLD, ("X-Requested-With", "XMLHttpRequest")]):
            page = self.gate.nginx("refused", fields=fields)
            self.assertEqual((page.status, page.cookies), (401, []), fields)
            self.assertIn('"error":"login_required"', page.body)
        page = self.gate.nginx("refused", method="POST", fields=NAVIGATION.items())
        self.assertEqual(page.status, 401)
        self.assertIn("in a new tab", page.form.text)

    def test_of_an_anonymous_rule_has_an_empty_identity(self):
        page = self.gate.nginx("auth", "public")
        self.assertEqual((page.status, page.header("Remote-User"), page.header("Remote-Groups")), (200, "", ""))


class PortalTests(GateTest):
    def form(self, to=""):
        page = self.portal("login" + to, NAVIGATION.items())
        return page, "; ".join(cookie.split(";")[0] for cookie in page.cookies)

    def own(self, cookie):
        return [*{**NAVIGATION, **OWN}.items(), ("Origin", "https://login.corp.test:%d" % self.gate.port), ("Cookie", cookie)]

    def log_in(self):
        page, cookie = self.form()
        body = {**page.form.fields, "user": self.daemon.user, "password": self.daemon.password}
        page = self.portal("login", self.own(cookie), "POST", body)
        self.assertEqual(page.status, 303, page.body)
        return [cookie for cookie in page.cookies if cookie.startswith("__Host-usher=")][0].split(";")[0]

    def test_sets_a_sealed_cookie_of_its_own_host(self):
        page, cookie = self.form()
        page = self.portal("login", self.own(cookie), "POST", {**page.form.fields, "user": self.daemon.user, "password": self.daemon.password})
        self.assertRegex(page.cookies[0], r"^__Host-usher=[A-Za-z0-9_-]{82}; Path=/; Secure; HttpOnly; SameSite=Lax$")
        self.assertEqual(page.header("Location"), "https://login.corp.test:%d/.usher/sessions" % self.gate.port)
        session = page.cookies[0].split(";")[0]
        self.assertEqual(self.gate.nginx("auth", fields=[("Cookie", session)]).status, 401, "another host's cookie")
        self.assertEqual(self.portal("sessions", [("Cookie", session + "; " + session)]).status, 302, "two cookies")

    def test_refuses_a_wrong_password_in_words(self):
        page, cookie = self.form()
        page = self.portal("login", self.own(cookie), "POST", {**page.form.fields, "user": self.daemon.user, "password": "wrong<\""})
        self.assertEqual((page.status, page.form.fields["user"], page.form.fields["password"]), (422, self.daemon.user, ""))
        self.assertIn('role="alert"', page.body)
        self.assertEqual(page.cookies, [])

    def test_speaks_the_browsers_language(self):
        page = self.portal("login", [("Accept-Language", "de-CH,en;q=0.5")])
        self.assertIn('<html lang="de">', page.body)
        self.assertIn("Passwort", page.form.text)

    def test_forms_of_other_pages_are_refused(self):
        page, cookie = self.form()
        body = {**page.form.fields, "user": self.daemon.user, "password": self.daemon.password}
        origin = "https://login.corp.test:%d" % self.gate.port
        for what, fields, status in [
                ("no cookie", [*{**NAVIGATION, **OWN}.items(), ("Origin", origin)], 400),
                ("another site", [*{**NAVIGATION, "Sec-Fetch-Site": "cross-site"}.items(), ("Origin", "https://e.example"), ("Cookie", cookie)], 403),
                ("a site behind the gate", [*{**NAVIGATION, "Sec-Fetch-Site": "same-site"}.items(), ("Origin", "https://wiki.corp.test:%d" % self.gate.port), ("Cookie", cookie)], 403),
                ("an old browser, another text", [*OLD, ("Cookie", "__Host-usher-pre=" + "A" * 43)], 403)]:
            page = self.portal("login", fields, "POST", body)
            self.assertEqual(page.status, status, what)
            self.assertNotIn("__Host-usher=", "".join(page.cookies))

    def test_leads_to_no_foreign_address(self):
        for to in ("https://e.example/", "//e", "/x", "javascript:x", "https://wiki.corp.test:%d@e/" % self.gate.port,
                   "https://login.corp.test:%d/.usher/logout" % self.gate.port):
            page, cookie = self.form("?to=" + urllib.parse.quote(to, safe=""))
            self.assertIn("not known here", page.form.text, to)
            page = self.portal("login", self.own(cookie), "POST", {**page.form.fields, "to": to, "user": self.daemon.user, "password": self.daemon.password})
            self.assertEqual(page.header("Location"), "https://login.corp.test:%d/.usher/sessions" % self.gate.port)

    def test_logs_out_by_a_form_alone(self):
        session = self.log_in()
        for fields in ([], [("Sec-Purpose", "prefetch")]):
            self.portal("logout", [("Cookie", session), *fields])
            self.assertEqual(self.portal("sessions", [("Cookie", session)]).status, 200)
        self.assertEqual(self.portal("logout", self.own(session), "POST", {"csrf": ""}).status, 403)
        page = self.portal("logout", [("Cookie", session)])
        page = self.portal("logout", self.own(session), "POST", page.form.fields)
        self.assertEqual(page.status, 200)
        self.assertIn("__Host-usher=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0", page.cookies[0])
        self.assertEqual(self.portal("sessions", [("Cookie", session)]).status, 302)

    def test_another_sites_form_deletes_no_cookie(self):
        # SameSite=Lax: such a request shows no cookie, but the browser would obey a deletion.
        fields = [*{**NAVIGATION, "Sec-Fetch-Site": "cross-site"}.items(), ("Origin", "https://e.example")]
        page = self.portal("logout", fields, "POST", {})
        self.assertEqual((page.status, page.cookies), (403, []))

    def test_ends_one_session_and_all_others(self):
        sessions = [self.log_in() for _ in range(4)]
        page = self.portal("sessions", [("Cookie", sessions[0])])
        other = self.portal("sessions", [("Cookie", sessions[1])])
        own = other.body[:other.body.index("this one")].count("<li>")
        handles = [part.split('"')[0] for part in other.body.split('name="end" value="')[1:]]
        self.assertEqual(self.portal("sessions", self.own(sessions[0]), "POST", {"end": handles[own - 1], "csrf": "x"}).status, 403)
        body = {"end": handles[own - 1], "csrf": page.form.fields["csrf"]}
        self.assertEqual(self.portal("sessions", self.own(sessions[0]), "POST", body).status, 303)
        state = [self.portal("sessions", [("Cookie", session)]).status for session in sessions]
        self.assertEqual(state, [200, 302, 200, 200])
        self.portal("sessions", self.own(sessions[0]), "POST", {**body, "end": "others"})
        state = [self.portal("sessions", [("Cookie", session)]).status for session in sessions]
        self.assertEqual(state, [200, 302, 302, 302])

    def test_page_is_locked_up_and_small(self):
        page, _ = self.form()
        self.assertIn("default-src 'none'", page.header("Content-Security-Policy"))
        self.assertIn("https://wiki.corp.test:%d" % self.gate.port, page.header("Content-Security-Policy"))
        self.assertEqual((page.header("Cache-Control"), page.header("Referrer-Policy")), ("no-store", "same-origin"))
        self.assertIn("Corp &lt;Test&gt;", page.body)
        self.assertLess(len(page.body), 8192)
        self.assertNotIn("<script", page.body)


class OperationTests(GateTest):
    def test_says_whether_it_works_and_what_it_did(self):
        eventually("the daemon greets", lambda: self.gate.ask("/health", name="gate-ops.sock").status == 200)
        self.gate.nginx("auth")
        metrics = self.gate.ask("/metrics", name="gate-ops.sock").body
        self.assertRegex(metrics, r'usher_gate_decisions_total\{decision="login"\} [1-9]')
        check = subprocess.run(["promtool", "check", "metrics"], input=metrics, capture_output=True, text=True)
        self.assertEqual((check.returncode, check.stderr), (0, ""))

    def test_checks_its_configuration(self):
        good = subprocess.run(self.gate.arguments + ["--check"], capture_output=True, text=True)
        self.assertEqual((good.returncode, good.stderr), (0, ""))
        bad = pathlib.Path(self.daemon.directory, "bad.toml")
        bad.write_text('[gate]\nportal = "http://login"\nproxies = ["no-such-user"]\nx = 1\n')
        check = subprocess.run([GATE, "--check", "--config", bad], capture_output=True, text=True)
        self.assertEqual(check.returncode, 1)
        for key in ("gate.portal", "gate.x"):
            self.assertIn(key, check.stderr)
        bad.write_text('[gate]\nportal = "https://login.example"\nproxies = ["no-such-user"]\n')
        check = subprocess.run([GATE, "--check", "--config", bad], capture_output=True, text=True)
        self.assertIn("gate.proxies[0]", check.stderr)


class StrangerTests(unittest.TestCase):
    def test_other_users_are_no_proxies(self):
        daemon = Daemon()
        self.addCleanup(daemon.close)
        gate = Gate(daemon, proxies="nobody")
        self.addCleanup(gate.close)
        for _ in range(20):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(30)
                connection.connect(daemon.directory + "/gate.sock")
                self.assertEqual(connection.recv(1), b"")
        self.assertRegex(gate.log.read_text(), r"warning proxy refused peer_pid=\d+ peer_uid=%d\n" % os.getuid())


class WaitingTests(unittest.TestCase):
    """Logins that ask twice after the password."""

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon()
        cls.addClassCleanup(cls.daemon.close)
        cls.gate = Gate(cls.daemon, "ask")
        cls.addClassCleanup(cls.gate.close)

    portal = GateTest.portal
    form = PortalTests.form
    own = PortalTests.own

    def start(self, user):
        page, cookie = self.form()
        page = self.portal("login", self.own(cookie), "POST", {**page.form.fields, "user": user, "password": "first"})
        self.assertEqual((page.status, page.form.text.count("More:")), (200, 1), page.body)
        return page, cookie

    def answer(self, page, cookie, answer):
        return self.portal("login", self.own(cookie), "POST", {**page.form.fields, "answer0": answer})

    def finish(self, page, cookie):
        page = self.answer(page, cookie, "second")
        return self.answer(page, cookie, "third")

    def test_are_asked_page_by_page_and_sent_twice_are_answered_once(self):
        page, cookie = self.start("ann")
        page = self.answer(page, cookie, "second")
        first, second = self.answer(page, cookie, "third"), self.answer(page, cookie, "third")
        self.assertEqual((first.status, second.status), (303, 303))

    def test_of_another_browser_are_not_answered(self):
        page, _ = self.start("cat")
        _, other = self.form()
        self.assertIn("That step is over", self.answer(page, other, "second").form.text)

    def test_left_waiting_by_many_keep_nobody_out(self):
        """A peer has 32 of the daemon's 64 logins in progress, 24 from addresses new to a name; the gate lets 20 wait."""
        waiting = [self.start("idle%d" % number) for number in range(32)]
        page, cookie = self.start("dora")
        self.assertEqual(self.finish(page, cookie).status, 303)
        self.assertIn("That step is over", self.answer(*waiting[0], "second").form.text)


class FloodTests(GateTest):
    form = PortalTests.form
    own = PortalTests.own
    log_in = PortalTests.log_in

    def test_of_refused_logins_keeps_no_other_address_out(self):
        """Each is remembered for ten seconds, 256 of them."""
        _, cookie = self.form()
        address = "https://login.corp.test:%d/.usher/login" % self.gate.port
        fields = [("X-Original-URL", address), ("X-Real-IP", "198.51.100.9"), ("Content-Type", "application/x-www-form-urlencoded")]
        fields += self.own(cookie)

        def flood(flooder):
            for number in range(40):
                body = urllib.parse.urlencode({"csrf": number, "user": "no%d" % flooder, "password": "x"}).encode()
                self.gate.ask("/pages/nginx/login", fields, "POST", body)
        flooders = [threading.Thread(target=flood, args=(flooder,)) for flooder in range(8)]
        for flooder in flooders:
            flooder.start()
        for flooder in flooders:
            flooder.join()
        self.log_in()


class GroupTests(GateTest):
    form = PortalTests.form
    own = PortalTests.own

    def test_that_cannot_be_asked_for_are_not_taken_for_none(self):
        # SHA-256 of 32 zeros.
        hop = "Zmh6rfhivXdsj8GLjp-OIAiXFIVu4jOzkCpZHQ1fKSU"
        page, cookie = self.form("?" + urllib.parse.urlencode({"to": "https://wiki.corp.test:%d/" % self.gate.port, "hop": hop}))
        page = self.portal("login", self.own(cookie), "POST", {**page.form.fields, "user": self.daemon.user, "password": self.daemon.password})
        code = page.header("Location").split("/.usher/")[1]
        page = self.portal(code, [("Cookie", "__Host-usher-hop=" + "A" * 43)], host="wiki.corp.test")
        session = page.cookies[0].split(";")[0]
        connection = http.client.HTTPConnection("gate", timeout=60)
        connection.sock = socket.socket(socket.AF_UNIX)
        self.addCleanup(connection.sock.close)
        connection.sock.connect(self.daemon.directory + "/gate.sock")

        def ask(**fields):
            address = "https://wiki.corp.test:%d/" % self.gate.port
            connection.request("GET", "/auth/nginx/members", headers={"X-Original-URL": address, "X-Original-Method": "GET", **fields})
            answer = connection.getresponse()
            answer.read()
            return answer.status

        self.assertEqual(ask(), 401)
        process = self.gate.process.pid
        limits = resource.prlimit(process, resource.RLIMIT_NOFILE)
        # Below the descriptors of connections, which come and go: none of these numbers is ever free.
        kept = 16
        self.assertLessEqual(set(range(kept)), {int(number) for number in os.listdir("/proc/%d/fd" % process)})
        resource.prlimit(process, resource.RLIMIT_NOFILE, (kept, limits[1]))
        self.assertEqual(ask(Cookie=session), 503)
        resource.prlimit(process, resource.RLIMIT_NOFILE, limits)
        self.assertEqual(ask(Cookie=session), 403)


class ConnectionTests(GateTest):
    def connect(self, text=b""):
        connection = socket.socket(socket.AF_UNIX)
        self.addCleanup(connection.close)
        # With a time limit, connect(2) does not wait for a place in the queue.
        connection.settimeout(1)
        connection.connect(self.daemon.directory + "/gate.sock")
        connection.sendall(text)
        return connection

    def test_that_nobody_uses_leave_descriptors_for_the_gates_own_questions(self):
        descriptors = "/proc/%d/fd" % self.gate.process.pid
        idle = [self.connect() for _ in range(900)]
        eventually("the gate takes them", lambda: len(os.listdir(descriptors)) > 700)
        time.sleep(1)
        self.assertLess(len(os.listdir(descriptors)), 850)
        self.assertEqual(self.gate.ask("/metrics", name="gate-ops.sock").status, 200)
        for connection in idle:
            connection.close()
        self.assertEqual(self.gate.nginx("auth").status, 401)

    def test_of_a_body_that_does_not_end_are_closed(self):
        address = "https://login.corp.test:%d/.usher/login" % self.gate.port
        head = "POST /pages/nginx/login HTTP/1.1\r\nHost: g\r\nX-Original-URL: %s\r\nContent-Type: %s\r\nContent-Length: 8000\r\n\r\n"
        kinds = ("application/x-www-form-urlencoded", "text/plain")
        slow, start = [self.connect((head % (address, kind)).encode()) for kind in kinds], time.monotonic()
        while slow and time.monotonic() < start + 60:
            time.sleep(0.5)
            for connection in list(slow):
                try:
                    connection.sendall(b"x")
                except OSError:
                    slow.remove(connection)
        self.assertEqual(slow, [])

    def test_of_bodies_that_do_not_arrive_are_bounded_and_the_oldest_goes(self):
        """Behind a proxy that passes a body on as it comes, any browser holds a connection by each of its requests."""
        head = "POST /pages/forward/login HTTP/1.1\r\nHost: g\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: login.corp.test:%d\r\n" % self.gate.port
        head += "X-Forwarded-Uri: /.usher/login\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\n"
        slow = [self.connect(head.encode()) for _ in range(300)]
        is_over = lambda connection: bool(select.select([connection], [], [], 0)[0])
        eventually("44 are closed", lambda: sum(map(is_over, slow)) >= 44, 15)
        self.assertEqual([is_over(connection) for connection in slow[-200:]], [False] * 200)
        self.assertEqual(sum(map(is_over, slow)), 44)
        connection = self.connect(head.encode())
        time.sleep(0.5)
        connection.sendall(b"user=root")
        self.assertRegex(connection.recv(65536), b"^HTTP/1.1 4")


class OutageTests(unittest.TestCase):
    def test_lets_nobody_in_and_keeps_the_cookie(self):
        daemon = Daemon()
        gate = Gate(daemon)
        self.addCleanup(gate.close)
        self.gate, self.daemon = gate, daemon
        session = PortalTests.log_in(self)
        try:
            self.assertEqual(self.portal("sessions", [("Cookie", session)]).status, 200)
            daemon.process.terminate()
            daemon.process.wait()
            page = self.portal("sessions", [("Cookie", session)])
            self.assertEqual((page.status, page.cookies, page.header("Retry-After")), (503, [], "2"))
            eventually("health says so", lambda: gate.ask("/health", name="gate-ops.sock").status == 503)
        finally:
            daemon.close()

    portal = GateTest.portal
    form = PortalTests.form
    own = PortalTests.own


if __name__ == "__main__":
    unittest.main()
