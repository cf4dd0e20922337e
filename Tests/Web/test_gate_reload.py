"""usher-gate that reads its configuration again while it serves."""
import http.client
import os
import signal
import socket
import tempfile
import unittest
import unittest.mock

import test_gate
from gate import Gate
from tool import Daemon, eventually


class ReloadTest(unittest.TestCase):
    portal = test_gate.GateTest.portal
    form = test_gate.PortalTests.form
    own = test_gate.PortalTests.own
    start = test_gate.WaitingTests.start
    answer = test_gate.WaitingTests.answer
    finish = test_gate.WaitingTests.finish
    log_in = test_gate.PortalTests.log_in
    service = "default"

    def setUp(self):
        self.daemon = Daemon()
        self.addCleanup(self.daemon.close)
        with unittest.mock.patch.dict(os.environ, self.environment()):
            self.gate = Gate(self.daemon, self.service)
        self.addCleanup(self.gate.close)

    def environment(self):
        return {}

    def reload(self, old, new):
        """Changes the configuration and waits for what the log says of it."""
        before = self.gate.log.stat().st_size
        text = self.gate.configuration.read_text()
        self.assertIn(old, text)
        self.gate.configuration.write_text(text.replace(old, new))
        self.gate.process.send_signal(signal.SIGHUP)
        return eventually("the gate reloads", lambda: self.told(before))

    def told(self, before):
        self.assertIsNone(self.gate.process.poll())
        text = self.gate.log.read_text()[before:]
        return text if "configuration re" in text and text.endswith("\n") else None


class ConfigurationTests(ReloadTest):
    def test_is_in_effect_at_the_next_request_and_sessions_stay(self):
        self.reload('rules = ["wiki", "admin", "members", "public", "fresh"]', 'rules = ["wiki"]')
        self.assertEqual(self.gate.nginx("auth", "public").status, 403, "a rule that the site has no more")
        self.reload('[[site]]\norigin = "https://wiki.', '[[site]]\norigin = "https://login.corp.test:%d"\nrules = ["admin"]\n[[site]]\norigin = "https://wiki.' % self.gate.port)
        session = [("Cookie", self.log_in())]
        self.assertEqual(self.gate.nginx("auth", "admin", host="login.corp.test", fields=session).status, 403)
        told = self.reload('users = ["nobody-at-all"]', 'users = ["%s"]' % self.daemon.user)
        self.assertIn("configuration reloaded", told)
        self.assertEqual(self.gate.nginx("auth", "admin", host="login.corp.test", fields=session).status, 200)

    def test_with_a_fault_changes_nothing_and_is_told(self):
        told = self.reload('name = "public"\nanonymous = true', 'name = "public"\nanonymous = "yes"\nno_such_key = 1')
        self.assertIn("configuration refused", told)
        for key in ("rule[4].anonymous", "rule[4].no_such_key"):
            self.assertIn(key, told)
        self.assertEqual(self.gate.nginx("auth", "public").status, 200)
        self.assertIn("configuration reloaded", self.reload('anonymous = "yes"\nno_such_key = 1', "anonymous = true"))
        told = self.reload('proxies = ["', 'proxies = ["no-such-user", "')
        self.assertRegex(told, "configuration refused.*gate.proxies.0.")
        self.assertEqual(self.gate.nginx("auth", "public").status, 200)

    def test_without_a_proxy_closes_its_connections(self):
        connection = http.client.HTTPConnection("gate", timeout=30)
        connection.sock = socket.socket(socket.AF_UNIX)
        self.addCleanup(connection.sock.close)
        connection.sock.settimeout(30)
        connection.sock.connect(self.daemon.directory + "/gate.sock")
        connection.request("GET", "/auth/nginx/public")
        connection.getresponse().read()
        told = self.reload('proxies = ["', 'proxies = ["nobody"]\n#"')
        self.assertIn("reloaded closed=1", told)
        self.assertEqual(connection.sock.recv(1), b"")
        with self.assertRaises(OSError):
            self.gate.nginx("auth", "public")


class ServiceManagerTests(ReloadTest):
    def environment(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.manager.close)
        self.manager.bind(directory.name + "/notify")
        self.manager.settimeout(60)
        return {"NOTIFY_SOCKET": directory.name + "/notify"}

    def heard(self):
        while True:
            text = self.manager.recv(4096).decode()
            if text != "WATCHDOG=1":
                return text

    def test_hears_of_each_reload_and_its_end(self):
        self.assertEqual(self.heard(), "READY=1")
        self.reload("Corp", "Other")
        self.assertRegex(self.heard(), r"^RELOADING=1\nMONOTONIC_USEC=[0-9]+$")
        self.assertEqual(self.heard(), "READY=1\nSTATUS=")
        self.reload("portal", "portal_")
        self.assertRegex(self.heard(), "^RELOADING=1\n")
        self.assertEqual(self.heard(), "READY=1\nSTATUS=The configuration has errors; the one from before is in effect")


class WaitingLoginTests(ReloadTest):
    service = "ask"

    def test_goes_on_over_a_reload(self):
        page, cookie = self.start("ann")
        self.reload('title = "Corp <Test>"', 'title = "Other"')
        page = self.answer(page, cookie, "second")
        self.assertIn("Other", page.body)
        self.assertEqual(self.answer(page, cookie, "third").status, 303)
