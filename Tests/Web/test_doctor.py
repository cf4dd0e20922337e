"""usher-gate doctor, which asks real proxies as a browser would."""
import signal
import subprocess
import unittest

from gate import GATE, Caddy, Nginx, ProxyCase
from tool import eventually


class DoctorCase(ProxyCase):
    def doctor(self, host="wiki", path="/a?b=1&c=%2F", more=()):
        told = subprocess.run([GATE, "doctor", "--config", self.gate.configuration, "--connect", "127.0.0.1", *more,
                               "https://%s.corp.test:%d%s" % (host, self.gate.port, path)], capture_output=True, text=True)
        return told.returncode, told.stdout, told.stderr

    def trusting(self, *arguments):
        return self.doctor(*arguments, more=("--cacert", self.proxy.certificate))

    def test_finds_no_fault_in_the_printed_lines(self):
        for host in ("wiki", "ci"):
            status, told, errors = self.trusting(host)
            self.assertEqual((status, errors), (0, ""), told)
            self.assertGreaterEqual(told.count("ok     "), 6)
            self.assertNotIn("FAULT", told)

    def test_finds_a_page_that_needs_no_login_and_a_certificate_that_nobody_signed(self):
        status, told, _ = self.trusting("wiki", "/public")
        self.assertEqual(status, 1)
        self.assertIn("without a login", told)
        status, told, _ = self.doctor()
        self.assertEqual(status, 1)
        self.assertIn("FAULT  a browser without a session is sent to the login, and would come back to this page: SSL certificate", told)


class NginxTests(DoctorCase, unittest.TestCase):
    proxy_type = Nginx

    def change(self, name, old, new):
        file = self.proxy.directory / name
        text = file.read_text()
        self.assertIn(old, text)
        file.write_text(text.replace(old, new))
        self.addCleanup(self.proxy.process.send_signal, signal.SIGHUP)
        self.addCleanup(file.write_text, text)
        self.proxy.process.send_signal(signal.SIGHUP)

    def test_finds_what_was_left_out(self):
        for name, old, new, words in (
                ("wiki.rule", "error_page", "#", "error_page of the printed lines is missing"),
                ("wiki.site", "internal;", "", "question about the rule wiki: the location is open"),
                ("wiki.site", "location ^~ /.usher/ {", "location ^~ /other/ {", "are passed on: ")):
            self.change(name, old, new)
            eventually(words, lambda: words in self.trusting()[1])
            self.doCleanups()
            eventually("it is as before", lambda: self.trusting()[0] == 0)


class CaddyTests(DoctorCase, unittest.TestCase):
    proxy_type = Caddy
