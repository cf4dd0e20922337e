"""What a service with a user of its own may do, and what a reload takes away."""
import json
import unittest

import host

WIKI = """
[[client]]
user = "wiki"
roles = ["login", "validate"]
services = ["usher"]
"""
ASK = """
import sys; sys.path.insert(0, "/box")
from usher_login import Refused, Usher
usher, seen = Usher("/run/usher/usher.sock"), {}
for name, method, params in [
    ("hello", "server.hello", {}), ("create", "session.create", {"user": "ada", "methods": ["pwd"]}),
    ("stats", "server.stats", {}), ("watch", "events.subscribe", {}), ("validate", "session.validate", {"token": "A" * 43}),
    ("list", "session.list", {"user": "ada"}),
]:
    try:
        seen[name] = usher.ask(method, **params)
    except Refused as refused:
        seen[name] = str(refused)
import json; print(json.dumps(seen))
"""


class Policy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        host.install(host.TOOLS + WIKI)
        host.account("wiki", "x")
        host.account("nobody-special", "x")

    def asked_by(self, user):
        output = host.run(
            "systemd-run", "--quiet", "--wait", "--pipe", "--property=User=" + user, "python3", "-c", ASK)
        return json.loads(output.splitlines()[-1])

    def test_exactly_what_the_entry_grants(self):
        seen = self.asked_by("wiki")
        self.assertEqual(seen["hello"]["roles"], ["login", "validate"])
        self.assertEqual(seen["hello"]["services"], ["usher"])
        self.assertEqual(seen["validate"], {"valid": False})
        self.assertEqual([seen[name] for name in ("create", "stats", "watch", "list")], ["forbidden"] * 4)

    def test_nothing_without_an_entry(self):
        seen = self.asked_by("nobody-special")
        self.assertEqual(seen["hello"]["roles"], [])
        self.assertEqual([seen[name] for name in ("create", "stats", "watch", "list", "validate")], ["forbidden"] * 5)

    def test_explained(self):
        uid = host.run("id", "-u", "wiki").strip()
        explained = host.run(
            "usherd", "--check", "--explain", "--uid", uid, "--gid", uid, "session.validate")
        self.assertIn("wiki", explained)

    def test_reload_keeps_sessions_and_takes_roles_away(self):
        host.account("ada", "correct horse")
        token = host.login("ada", "correct horse")
        process = host.pid()
        kept, broken = host.connect(), host.connect()
        host.configure("capacity = []\n", "zz-broken.toml")
        host.run("systemctl", "reload", "usherd.service")
        host.eventually(
            lambda: [e for e in host.journal(_SYSTEMD_UNIT="usherd.service") if "zz-broken.toml" in e["MESSAGE"]],
            "the mistake is told")
        self.assertTrue(kept.ask("session.validate", token=token)["valid"])
        host.configure("", "zz-broken.toml")
        host.configure(host.TOOLS.replace('"watch", ', "") + WIKI)
        host.run("systemctl", "reload", "usherd.service")

        def closed():
            try:
                broken.ask("server.ping")
                return False
            except (SystemExit, OSError):
                return True

        host.eventually(closed, "the connection that lost a role is closed")
        self.assertNotIn("watch", host.connect().ask("server.hello")["roles"])
        self.assertTrue(host.valid(token))
        self.assertEqual(host.pid(), process)
        host.configure(host.TOOLS + WIKI)
        host.run("systemctl", "reload", "usherd.service")


if __name__ == "__main__":
    unittest.main()
