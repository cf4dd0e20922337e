"""What usher-gate tells its journal, as lines where that is no systemd-journald."""
import re
import signal
import unittest

import test_gate
from gate import Gate
from tool import Daemon, eventually


class JournalTests(test_gate.GateTest):
    def lines(self, title):
        return [line for line in self.gate.log.read_text().splitlines() if " %s " % title in line + " "]

    def test_names_the_reason_of_a_refused_request_and_no_secret(self):
        self.gate.nginx("auth", "ci", path="/?password=xyzzy", fields=[("Cookie", "__Host-usher=xyzzy")])
        line = self.lines("request misdirected")[-1]
        self.assertRegex(line, r"notice request misdirected origin=https://wiki.corp.test:\d+ rule=ci why=\"the configuration has no such")
        self.assertNotIn("xyzzy", self.gate.log.read_text())
        self.gate.ask("/auth/nginx/wiki", [("X-Original-URL", "https://wiki.corp.test/")])
        self.assertIn('why="the field x-original-method is missing or empty"', self.lines("request misdirected")[-1])

    def test_is_not_flooded_by_browsers_without_tls(self):
        before = len(self.lines("request misdirected"))
        for _ in range(120):
            self.gate.ask("/pages/nginx/login", [("X-Original-URL", "http://wiki.corp.test/")])
        told = lambda: sum(int(re.search(r"count=(\d+)", line).group(1)) for line in self.lines("entries left out"))
        eventually("the rest is counted", lambda: told() + len(self.lines("request misdirected")) - before == 120)
        self.assertGreater(told(), 0)


class OutageTests(unittest.TestCase):
    def test_are_told_once_and_so_is_their_end(self):
        daemon = Daemon()
        self.addCleanup(daemon.close)
        gate = Gate(daemon)
        self.addCleanup(gate.close)
        eventually("the daemon greets", lambda: gate.ask("/health", name="gate-ops.sock").status == 200)
        daemon.process.send_signal(signal.SIGSTOP)
        self.addCleanup(daemon.process.send_signal, signal.SIGCONT)
        eventually("it is told", lambda: "error sessions cannot be checked why=" in gate.log.read_text())
        daemon.process.send_signal(signal.SIGCONT)
        eventually("its end is told", lambda: "notice sessions are checked again" in gate.log.read_text())
        self.assertEqual(gate.log.read_text().count("sessions cannot be checked"), 1)
