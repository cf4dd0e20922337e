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

    def told(self, text):
        entries = host.journal(_SYSTEMD_UNIT="usherd.service")
        return [entry for entry in entries if text in entry["MESSAGE"]]

    def refused_reload(self, why):
        """A reload that fails, tells why in the journal, and never reaches the daemon."""
        process, reloads = host.pid(), len(self.told("configuration re"))
        self.assertNotEqual(host.status("systemctl", "reload", "usherd.service"), 0)
        host.eventually(lambda: self.told(why), "the mistake is told")
        self.assertEqual(len(self.told("configuration re")), reloads)
        self.assertEqual(host.show("usherd.service", "ActiveState"), "active")
        self.assertEqual(host.pid(), process)

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
        table = host.run("usherd", "--check", "--explain", "--user", "wiki")
        self.assertRegex(table, r"^uid %s \(wiki\), gid \d+, groups \d+\n" % uid)
        self.assertIn('by: entry "user wiki", the first that matches\n', table)
        self.assertRegex(table, r"session\.validate +allowed .*\n(.*\n)*server\.stats +refused  takes the role admin or metrics\n")

    def test_what_is_missing_is_told(self):
        told = host.run("setpriv", "--reuid", "wiki", "--regid", "wiki", "--clear-groups",
                        "usherctl", "list", "--user", "ada", check=False)
        uid = host.run("id", "-u", "wiki").strip()
        self.assertEqual(
            told, "usherctl: forbidden: uid %s (wiki) lacks the role admin (session.list); " % uid
            + 'the entry "user wiki" grants login, validate\n')
        entry = host.journal(_SYSTEMD_UNIT="usherd.service", USHER_METHOD="session.list", USHER_PEER_UID=uid)[-1]
        self.assertEqual((entry["USHER_LACKS"], entry["USHER_CLIENT"]), ("admin", "user wiki"))

    def test_reload_keeps_sessions_and_takes_roles_away(self):
        host.account("ada", "correct horse")
        token = host.login("ada", "correct horse")
        process = host.pid()
        kept, broken = host.connect(), host.connect()
        host.configure("capacity = []\n", "zz-broken.toml")
        self.refused_reload("zz-broken.toml: capacity: unknown key")
        self.assertTrue(kept.ask("session.validate", token=token)["valid"])
        host.run("systemctl", "kill", "--kill-whom=main", "--signal=HUP", "usherd.service")
        host.eventually(lambda: self.told("configuration refused"), "a signal without the check is refused as well")
        host.eventually(
            lambda: "the configuration has errors" in host.show("usherd.service", "StatusText"), "the status says so")
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
