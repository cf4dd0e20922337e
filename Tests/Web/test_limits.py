"""How much of a request usher-gate takes."""
import http.client
import os
import socket
import subprocess
import time
import tomllib
import unittest

import test_gate
from gate import Gate
from tool import Daemon, eventually

CONFIGURED = """
[limits]
connections = 20
headers = "8K"
body = "4K"
[page.prompts."More:"]
de = "Mehr <hiervon>:"
autocomplete = "off"
"""


class LimitTests(test_gate.GateTest):
    def auth(self, fields):
        try:
            return self.gate.nginx("auth", fields=fields).status
        except (http.client.HTTPException, OSError):
            return None

    def test_of_fields_are_those_of_nginx(self):
        """nginx hands on four buffers of 8 KiB."""
        self.assertEqual(self.auth([("Cookie", "other=" + "x" * 8000)] * 4), 401)
        for fields in ([("Cookie", "other=" + "x" * 17 * 1024)], [("Cookie", "other=" + "x" * 8000)] * 6):
            self.assertIn(self.auth(fields), (None, 400, 431))
        self.assertEqual(self.auth([]), 401)

    def test_of_the_way_back_leave_the_start_of_the_site(self):
        for length, to in ((2000, "%2Fxxx"), (3000, "%2F&")):
            page = self.gate.nginx("refused", path="/" + "x" * length, fields=test_gate.NAVIGATION.items())
            self.assertEqual(page.status, 302)
            self.assertIn(to, page.header("Location").split("corp.test%3A")[1])

    def test_of_an_answers_fields_are_those_that_the_printed_lines_ask_of_nginx(self):
        """Each symbol takes three bytes in the address of the login."""
        page = self.gate.nginx("refused", path="/" + "&" * 1990, fields=test_gate.NAVIGATION.items())
        self.assertEqual((page.status, page.header("Location").count("%26")), (302, 1990))
        self.assertLess(sum(len(name) + len(value) + 4 for name, value in page.fields), 8000)
        self.assertIn("proxy_buffer_size 8k;", self.gate.lines("nginx", "--site", "https://wiki.corp.test:%d" % self.gate.port))


class ConfiguredTests(unittest.TestCase):
    portal = test_gate.GateTest.portal
    form = test_gate.PortalTests.form
    own = test_gate.PortalTests.own
    auth = LimitTests.auth

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon()
        cls.addClassCleanup(cls.daemon.close)
        cls.gate = Gate(cls.daemon, "ask", more=CONFIGURED)
        cls.addClassCleanup(cls.gate.close)

    def test_of_requests_are_those_of_the_configuration(self):
        self.assertEqual(self.auth([("Cookie", "other=" + "x" * 5000)]), 401)
        self.assertIn(self.auth([("Cookie", "other=" + "x" * 5000)] * 2), (None, 400, 431))
        page, cookie = self.form()
        for size, status in ((3000, 200), (5000, 413)):
            body = {**page.form.fields, "user": "ann", "password": "first", "more": "x" * size}
            self.assertEqual(self.portal("login", self.own(cookie), "POST", body).status, status)

    def test_of_connections_are_those_of_the_configuration(self):
        descriptors = "/proc/%d/fd" % self.gate.process.pid
        before = len(os.listdir(descriptors))
        for _ in range(40):
            connection = socket.socket(socket.AF_UNIX)
            self.addCleanup(connection.close)
            connection.connect(self.daemon.directory + "/gate.sock")
        eventually("the gate takes them", lambda: len(os.listdir(descriptors)) >= before + 18)
        time.sleep(0.5)
        self.assertLessEqual(len(os.listdir(descriptors)), before + 22)

    def test_can_be_printed(self):
        limits = tomllib.loads(self.gate.lines("limits"))["limits"]
        self.assertEqual((limits["connections"], limits["headers"], limits["body"], limits["flows"]), (20, "8K", "4K", 20))

    def test_that_are_nonsense_are_refused(self):
        usual = self.gate.configuration.read_text()
        self.addCleanup(self.gate.configuration.write_text, usual)
        for line, key in (("connections = 0", "limits.connections"), ('body = "1T"', "limits.body"), ("flows = 0", "limits.flows"),
                          ("per_minute = 1", "limits.per_minute")):
            self.gate.configuration.write_text(usual.replace("connections = 20\nheaders = \"8K\"\nbody = \"4K\"", line))
            check = subprocess.run(self.gate.arguments + ["--check"], capture_output=True, text=True)
            self.assertEqual(check.returncode, 1)
            self.assertIn(key, check.stderr)

    def test_pams_questions_are_in_the_words_of_the_configuration(self):
        page, cookie = self.form()
        fields = [*self.own(cookie), ("Accept-Language", "de")]
        page = self.portal("login", fields, "POST", {**page.form.fields, "user": "ann", "password": "first"})
        self.assertEqual(page.status, 200)
        self.assertIn("Mehr <hiervon>:", page.form.text)
        self.assertIn('autocomplete="off"', page.body)
