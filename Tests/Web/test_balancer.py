"""Two gates behind a proxy that takes them in turn, as on two hosts behind a balancer."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import urllib.parse

from gate import GATE, Browser, Gate, Nginx, Tool
from tool import NAVIGATION, OWN, Daemon


class Aside:
    """The sockets of a usherd in a directory of its own, where another gate has room for its own."""

    def __init__(self, daemon):
        self.user, self.password = daemon.user, daemon.password
        self.directory = tempfile.mkdtemp(prefix="usher-web-")
        os.symlink(daemon.directory + "/usher.sock", self.directory + "/usher.sock")

    def close(self):
        shutil.rmtree(self.directory)


class InTurn(Nginx):
    """nginx with the printed lines, and a second gate in them. `other` has to be set before it starts."""
    other = None

    def command(self):
        command = super().command()
        lines = self.directory / "usher-gate.conf"
        own, other = ("server unix:%s/gate.sock;" % gate.daemon.directory for gate in (self.gate, self.other))
        text = lines.read_text()
        assert own in text, text
        lines.write_text(text.replace(own, own + other))
        return command


class BalancerTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        assert shutil.which("nginx"), "nginx is missing: Tests/prepare installs it"
        cls.daemon = Daemon()
        cls.addClassCleanup(cls.daemon.close)
        cls.aside = Aside(cls.daemon)
        cls.addClassCleanup(cls.aside.close)
        cls.tool = Tool()
        cls.addClassCleanup(cls.tool.close)

    def credential(self):
        """A directory with a new key, as systemd makes one."""
        directory = tempfile.mkdtemp(prefix="usher-web-")
        self.addCleanup(shutil.rmtree, directory)
        with open(directory + "/gate-key", "w") as file:
            subprocess.run([GATE, "--print", "key"], check=True, stdout=file)
        return {"CREDENTIALS_DIRECTORY": directory}

    def gates(self, first, second, **more):
        """Two gates with these environments, and a browser in front of their proxy."""
        gates = [Gate(self.daemon, environment=first, **more)]
        gates.append(Gate(self.aside, port=gates[0].port, environment=second, **more))
        for gate in gates:
            self.addCleanup(gate.close)
        proxy_type = type("Proxy", (InTurn,), {"other": gates[1]})
        proxy = proxy_type(gates[0], self.tool)
        self.addCleanup(shutil.rmtree, proxy.directory)
        self.addCleanup(proxy.close)
        return gates, Browser(proxy)

    def decisions(self, gate):
        return sum(int(line.split()[1]) for line in gate.ask("/metrics", name="gate-ops.sock").body.splitlines()
                   if line.startswith("usher_gate_decisions_total{"))

    def test_with_one_key_a_login_and_its_hand_over_work_whichever_gate_is_asked(self):
        key = self.credential()
        gates, browser = self.gates(key, key)
        self.assertEqual(browser.log_in(browser.url("wiki")).status, 200)
        for _ in range(6):
            self.assertEqual(browser.ask("GET", browser.url("wiki")).status, 200)
        # One hand-over begins at one gate and arrives at the other, whichever has the first turn.
        for number in range(4):
            browser.jar("ci").clear()
            for _ in range(number % 2):
                browser.ask("GET", browser.url("wiki", "/public"))
            page = browser.open(browser.url("ci"))
            self.assertEqual((page.status, page.url), (200, browser.url("ci")))
        self.assertTrue(all(self.decisions(gate) > 4 for gate in gates))

    def test_a_code_arrives_at_one_gate_alone(self):
        key = self.credential()
        gates, browser = self.gates(key, key)
        self.assertEqual(browser.log_in(browser.url("wiki")).status, 200)
        for first in (0, 1):
            browser.jar("ci").clear()
            page = browser.ask("GET", browser.url("ci"))
            while "/.usher/enter?" not in page.header("Location"):
                page = browser.ask("GET", page.header("Location"))
            fields = [("X-Original-URL", browser.url("ci", "/.usher/enter")), ("X-Real-IP", "192.0.2.7"),
                      ("Cookie", "__Host-usher-hop=" + browser.jar("ci")["__Host-usher-hop"])]
            path = "/pages/nginx/enter?" + page.header("Location").split("?", 1)[1]
            pages = [gate.ask(path, fields) for gate in (gates[first], gates[1 - first], gates[first])]
            self.assertEqual([page.header("Location") for page in pages], [browser.url("ci")] * 3)
            self.assertEqual([len(page.cookies) for page in pages], [1, 0, 0])

    def test_a_restart_keeps_the_cookies(self):
        key = self.credential()
        gates, browser = self.gates(key, key)
        self.assertEqual(browser.log_in(browser.url("wiki")).status, 200)
        for gate in gates:
            gate.close()
            gate.start()
        self.assertEqual([browser.ask("GET", browser.url("wiki")).status for _ in range(4)], [200] * 4)

    def test_a_new_key_sends_people_to_the_login(self):
        key = self.credential()
        gates, browser = self.gates(key, key)
        self.assertEqual(browser.log_in(browser.url("wiki")).status, 200)
        key = self.credential()
        for gate in gates:
            gate.close()
            gate.environment.update(key)
            gate.start()
        page = browser.open(browser.url("wiki"))
        self.assertIn("password", page.form.fields)
        self.assertEqual(browser.submit(page, user=self.daemon.user, password=self.daemon.password).status, 200)

    def test_a_step_of_a_login_that_reaches_another_gate_starts_again(self):
        key = self.credential()
        gates, browser = self.gates(key, key, service="ask")
        place = browser.url("login", "/.usher/login")

        def post(gate, page, cookie, **answers):
            fields = [("X-Original-URL", place), ("X-Real-IP", "192.0.2.7"), ("Cookie", cookie),
                      ("Origin", place.removesuffix("/.usher/login")), *{**NAVIGATION, **OWN}.items(),
                      ("Content-Type", "application/x-www-form-urlencoded")]
            body = urllib.parse.urlencode({**page.form.fields, **answers}).encode()
            return gate.ask("/pages/nginx/login", fields, "POST", body)

        page = gates[0].ask("/pages/nginx/login", [("X-Original-URL", place), ("X-Real-IP", "192.0.2.7")])
        cookie = page.cookies[0].split(";")[0]
        page = post(gates[1], page, cookie, user=self.daemon.user, password="first")
        self.assertIn("answer0", page.form.fields)
        lost = post(gates[0], page, cookie, answer0="second")
        self.assertIn("Please start again", lost.form.text)
        self.assertEqual((lost.status, "password" in lost.form.fields), (200, True))
        page = post(gates[1], post(gates[1], page, cookie, answer0="second"), cookie, answer0="third")
        self.assertRegex("".join(page.cookies), "__Host-usher=[A-Za-z0-9_-]{82};")

    def test_gates_with_keys_of_their_own_do_not_take_each_others_cookies(self):
        _, browser = self.gates(self.credential(), self.credential())
        # Each code arrives at the gate that did not make it, until the person has tried again.
        page = browser.log_in(browser.url("wiki"))
        self.assertEqual((page.status, "Please start again" in page.form.text), (400, True))
        self.assertNotIn("__Host-usher", browser.jar("wiki"))

    def test_a_key_that_is_none_ends_the_start_and_is_not_told(self):
        for text in ("", "short\n", "A" * 44 + "\n", "\xff" * 43 + "\n"):
            environment = self.credential()
            pathlib.Path(environment["CREDENTIALS_DIRECTORY"], "gate-key").write_text(text)
            gate = subprocess.run([GATE, "--directory", self.aside.directory, "--config", self.configuration()],
                                  env={**os.environ, **environment}, capture_output=True, text=True, timeout=60)
            self.assertEqual(gate.returncode, 1)
            self.assertIn("gate-key: the first line is not a key", gate.stdout + gate.stderr)
            self.assertNotIn("short", gate.stdout + gate.stderr)

    def configuration(self):
        path = pathlib.Path(self.aside.directory, "one.toml")
        path.write_text('[gate]\nportal = "https://login.corp.test"\nproxies = ["root"]\n[[site]]\norigin = "https://wiki.corp.test"\n'
                        'rules = ["wiki"]\n[[rule]]\nname = "wiki"\n')
        return path


if __name__ == "__main__":
    unittest.main()
