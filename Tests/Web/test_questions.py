"""What proxies ask usher-gate and hear from it, asked over its socket: kinds of requests, connections, sessions that end by themselves."""
import getpass
import socket
import unittest

import test_gate
import test_pages
from gate import Gate, free_port
from tool import NAVIGATION, SCRIPT, Daemon, eventually


class QuestionTests(test_pages.PageCase):
    def test_are_answered_in_one_kibibyte_without_cookies_and_for_no_cache(self):
        session = self.arrive(self.log_in())
        for cookie, status in ((session, 200), ("__Host-usher=x", 401), ("", 401)):
            for fields in ([], [("Connection", "Upgrade"), ("Upgrade", "websocket")], [("Upgrade", "h2c")], [("Expect", "100-continue")],
                           [("Accept-Language", "xx," * 2000)], SCRIPT.items()):
                page = self.gate.nginx("auth", fields=[("Cookie", cookie), *fields])
                self.assertEqual((page.status, page.cookies, page.header("Cache-Control")), (status, [], "no-store"), fields)
                self.assertLess(len(str(page.fields)) + len(page.body), 1024)
                for name in test_pages.NEVER:
                    self.assertIsNone(page.header(name), name)

    def test_with_a_length_and_no_body_are_answered_at_once(self):
        address = "https://wiki.corp.test:%d/" % self.gate.port
        for more in ("Content-Length: 100000", "Transfer-Encoding: chunked"):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(30)
                connection.connect(self.daemon.directory + "/gate.sock")
                head = "GET /auth/nginx/wiki HTTP/1.1\r\nHost: g\r\nX-Original-URL: %s\r\nX-Original-Method: POST\r\n%s\r\n\r\n" % (address, more)
                connection.sendall(head.encode())
                self.assertTrue(connection.recv(65536).startswith(b"HTTP/1.1 401"), more)

    def test_sent_ahead_are_answered_in_their_order(self):
        """A mixture of those that wait for nothing, those that the daemon is asked about, and pages."""
        session = self.arrive(self.log_in())
        # Nobody has asked about this one yet.
        new = self.arrive(self.log_in())
        own = "Host: g\r\nX-Original-URL: https://%s.corp.test:%d/\r\nX-Original-Method: GET\r\n"
        wiki, login = own % ("wiki", self.gate.port), own % ("login", self.gate.port)
        asked = [("/auth/nginx/wiki", wiki + "Cookie: %s\r\n" % session, 200), ("/auth/nginx/wiki", wiki + "Cookie: %s\r\n" % new, 200),
                 ("/auth/nginx/wiki", wiki, 401), ("/pages/nginx/nothing", login, 404), ("/auth/nginx/public", wiki, 200), ("/auth/nginx/none", wiki, 403),
                 ("/auth/nginx/wiki", wiki + "Cookie: %s\r\n" % session, 200), ("/x", wiki, 404)] * 3
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(30)
            connection.connect(self.daemon.directory + "/gate.sock")
            connection.sendall("".join("GET %s HTTP/1.1\r\n%s\r\n" % (path, fields) for path, fields, _ in asked).encode())
            answers = b""
            while answers.count(b"HTTP/1.1 ") < len(asked):
                piece = connection.recv(65536)
                self.assertTrue(piece, answers)
                answers += piece
        statuses = [int(answer[:3]) for answer in answers.split(b"HTTP/1.1 ")[1:]]
        self.assertEqual(statuses, [status for _, _, status in asked])

    def test_leave_the_connection_to_the_next_whatever_they_wanted_to_change_to(self):
        """Caddy hands `Upgrade` on, and keeps its connections for the requests of others."""
        own = "Host: g\r\nX-Original-URL: https://wiki.corp.test:%d/\r\nX-Original-Method: GET\r\n" % self.gate.port
        for path in ("/auth/nginx/wiki", "/auth/nginx/public", "/pages/nginx/login", "/x"):
            for method, more in (("GET", "Connection: Upgrade\r\nUpgrade: websocket\r\n"), ("GET", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"),
                                 ("GET", "Upgrade: websocket\r\n"), ("POST", "Connection: upgrade\r\nUpgrade: x\r\nContent-Length: 0\r\n"),
                                 ("CONNECT", "")):
                with socket.socket(socket.AF_UNIX) as connection:
                    connection.settimeout(10)
                    connection.connect(self.daemon.directory + "/gate.sock")
                    connection.sendall(("%s %s HTTP/1.1\r\n%s%s\r\n" % (method, path, own, more)).encode())
                    first = connection.recv(65536)
                    self.assertRegex(first, b"^HTTP/1.1 [2345]", (path, method, more))
                    if b"connection: close" in first.lower():
                        continue
                    try:
                        connection.sendall(("GET /auth/nginx/public HTTP/1.1\r\n%s\r\n" % own).encode())
                        second = connection.recv(65536)
                    except (BrokenPipeError, ConnectionResetError):
                        second = b""
                    # Closed in between it is no answer either, but the proxy asks anew.
                    self.assertTrue(second == b"" or second.startswith(b"HTTP/1.1 200"), (path, method, more, second))

    def test_whose_answers_nobody_takes_are_read_no_further(self):
        question = "GET /auth/nginx/public HTTP/1.1\r\nHost: g\r\nX-Original-URL: https://wiki.corp.test:%d/\r\nX-Original-Method: GET\r\n\r\n"
        questions, sent = (question % self.gate.port).encode() * 1000, 0
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(self.daemon.directory + "/gate.sock")
            # What the kernel and the gate hold for a connection is a quarter of it.
            with self.assertRaises(TimeoutError):
                while sent < 2_000_000:
                    sent += connection.send(questions)
        self.assertEqual(self.gate.nginx("auth").status, 401)

    def test_of_two_hosts_or_none_are_about_the_proxys_own_words(self):
        for hosts in ([], [("Host", "login.corp.test")], [("Host", "a"), ("Host", "b")]):
            page = self.gate.nginx("auth", fields=hosts)
            self.assertIn(page.status, (400, 401), hosts)


class PreflightTests(unittest.TestCase):
    """Sessions that end by themselves, and requests that show no cookie: rules of their own."""
    RULES = """
[gate]
portal = "https://login.corp.test:{port}"
service = "default"
proxies = ["{user}"]
[[site]]
origin = "https://login.corp.test:{port}"
rules = ["open", "pages", "polls"]
[[rule]]
name = "open"
preflight = true
[[rule]]
name = "pages"
[[rule]]
name = "polls"
touch = "any"
"""

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon('idle = "6s"')
        cls.addClassCleanup(cls.daemon.close)
        port = free_port()
        cls.gate = Gate(cls.daemon, port=port, text=cls.RULES.format(port=port, user=getpass.getuser()))
        cls.addClassCleanup(cls.gate.close)

    portal = test_gate.GateTest.portal
    form = test_gate.PortalTests.form
    own = test_gate.PortalTests.own
    log_in = test_gate.PortalTests.log_in

    def ask(self, rule, fields, question="auth", method="GET"):
        return self.gate.nginx(question, rule, host="login.corp.test", method=method, fields=fields)

    def test_pass_where_the_rule_lets_them_and_as_nobody(self):
        asks = [("Origin", "https://e.example"), ("Access-Control-Request-Method", "PUT"), ("Sec-Fetch-Mode", "cors")]
        page = self.ask("open", asks, method="OPTIONS")
        self.assertEqual((page.status, page.header("Remote-User"), page.cookies), (200, "", []))
        self.assertEqual(self.ask("pages", asks, method="OPTIONS").status, 401)
        for fields, method in ((asks, "GET"), (asks[:1], "OPTIONS"), (asks[1:], "OPTIONS"), ([], "OPTIONS"), (asks, "options")):
            self.assertEqual(self.ask("open", fields, method=method).status, 401, (fields, method))

    def test_a_poll_keeps_no_session_alive_unless_its_rule_says_so(self):
        kinds = {"navigates": ("pages", NAVIGATION), "polls": ("pages", SCRIPT), "refused polls": ("pages", SCRIPT), "polls that count": ("polls", SCRIPT),
                 "listens": ("pages", {"Accept": "text/event-stream"}), "looks at its list": (None, {})}
        sessions = {kind: self.log_in() for kind in kinds}
        ended = {}

        def over():
            for kind, (rule, fields) in kinds.items():
                if kind in ended:
                    continue
                fields = [*fields.items(), ("Cookie", sessions[kind])]
                if kind == "refused polls":
                    self.ask(rule, fields, "refused")
                    continue
                page = self.portal("sessions", fields) if rule is None else self.ask(rule, fields)
                if page.status != 200:
                    ended[kind] = page.status
            return len(ended) >= 3

        eventually("sessions that nobody uses end", over)
        self.assertEqual(ended, {"polls": 401, "listens": 401, "looks at its list": 302})
        self.assertEqual(self.ask("pages", [*SCRIPT.items(), ("Cookie", sessions["refused polls"])]).status, 401)
        self.assertEqual(self.ask("pages", [*SCRIPT.items(), ("Cookie", sessions["navigates"])]).status, 200)
        self.assertEqual(self.ask("polls", [*SCRIPT.items(), ("Cookie", sessions["polls that count"])]).status, 200)


if __name__ == "__main__":
    unittest.main()
