"""A directory of users and groups that does not answer: the daemon comes up, serves everybody else, and goes on serving."""
import json
import pathlib
import shutil
import threading
import time
import unittest

import host

REMOTE = """
[[client]]
user = "remote-tool"
roles = ["validate"]
[[client]]
group = "remote-staff"
roles = ["validate", "watch"]
[[client]]
user = "daemon"
roles = ["login"]
"""
ASK = """
import json, sys; sys.path.insert(0, "/box")
from usher_login import Usher
print(json.dumps(Usher("/run/usher/usher.sock").ask("server.hello")["roles"]))
"""
STATE = pathlib.Path("/run/usherhang")


def roles(user, group=None):
    """What the daemon grants a process of that user and group, which need not have an account."""
    who = ["--reuid", str(user), "--regid", str(group or user), "--clear-groups"]
    return json.loads(host.run("setpriv", *who, "/usr/bin/python3", "-c", ASK).splitlines()[-1])


def told(text, since=0):
    """The daemon's entries with that text."""
    entries = host.journal(_SYSTEMD_UNIT="usherd.service")
    return [e for e in entries if text in e["MESSAGE"] and int(e["__REALTIME_TIMESTAMP"]) >= since * 1e6]


class Names(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        libraries = next(path.parent for path in pathlib.Path("/lib").glob("*/libc.so.6"))
        shutil.copy("/box/libnss_usherhang.so.2", libraries)
        switch = pathlib.Path("/etc/nsswitch.conf")
        lines = [
            line + " usherhang" if line.startswith(("passwd:", "group:")) else line
            for line in switch.read_text().splitlines()]
        switch.write_text("\n".join(lines) + "\n")
        host.install(host.TOOLS + REMOTE)

    def setUp(self):
        STATE.unlink(missing_ok=True)
        host.configure(host.TOOLS + REMOTE)
        host.run("systemctl", "stop", "usherd.service")

    def test_start_while_the_directory_hangs(self):
        STATE.write_text("hang")
        start = time.time()
        self.assertEqual(host.connect().ask("server.hello")["roles"][0], "login")
        self.assertLess(time.time() - start, 10)
        self.assertEqual(roles("daemon"), ["login"])
        self.assertEqual([roles(4242), roles(1, 4243)], [[], ["login"]])
        entries = told("names not found", start)
        self.assertEqual(len(entries), 1)
        for text in ('test.toml: client[1].user: user "remote-tool"', 'client[2].group: group "remote-staff"', "no answer"):
            self.assertIn(text, entries[0]["USHER_WHY"])
        self.assertIn("were not found", host.show("usherd.service", "StatusText"))
        process = host.pid()
        STATE.unlink()
        host.eventually(lambda: roles(4242) == ["validate"], "the directory is asked again", 40)
        self.assertEqual(roles(4244, 4243), ["validate", "watch"])
        self.assertEqual(host.pid(), process)
        self.assertNotIn("were not found", host.show("usherd.service", "StatusText"))

    def test_start_after_an_account_is_gone(self):
        start = time.time()
        host.configure(host.TOOLS + REMOTE.replace("remote-tool", "gone"))
        self.assertEqual([roles("daemon"), roles(4244, 4243)], [["login"], ["validate", "watch"]])
        self.assertIn('there is no user "gone"', told("names not found", start)[0]["USHER_WHY"])
        host.run("useradd", "--uid", "4245", "gone")
        host.eventually(lambda: roles(4245) == ["validate"], "there is such an account by now")

    def test_the_daemon_itself_asks_nobody(self):
        self.assertEqual(roles(4242), ["validate"])
        host.run("systemctl", "reload", "usherd.service")
        host.eventually(lambda: told("configuration reloaded"), "reloaded")
        loaded = pathlib.Path("/proc/%d/maps" % host.pid()).read_text()
        self.assertIn("libsystemd", loaded)
        self.assertNotIn("libnss_", loaded)
        self.assertEqual(host.run("pgrep", "--parent", str(host.pid()), check=False), "")

    def test_reload_while_the_directory_hangs(self):
        host.account("ada", "correct horse")
        token = host.login("ada", "correct horse")
        process, slowest, done = host.pid(), [0.0], threading.Event()

        def validate():
            usher = host.connect()
            while not done.is_set():
                start = time.monotonic()
                assert usher.ask("session.validate", token=token)["valid"]
                slowest[0] = max(slowest[0], time.monotonic() - start)
                time.sleep(0.001)

        thread = threading.Thread(target=validate)
        thread.start()
        STATE.write_text("hang")
        host.configure(host.TOOLS + REMOTE.replace('["login"]', '["login", "watch"]'))
        start = time.time()
        for _ in range(3):
            host.run("systemctl", "kill", "--kill-whom=main", "--signal=HUP", "usherd.service")
        refused = host.eventually(lambda: told("configuration refused", start), "the reload is given up")
        self.assertIn('client[1].user: user "remote-tool" could not be looked up: no answer', refused[0]["USHER_WHY"])
        self.assertEqual([roles("daemon"), roles(4242)], [["login"], ["validate"]])
        host.eventually(lambda: "the one from before holds" in host.show("usherd.service", "StatusText"), "told")
        STATE.unlink()
        host.eventually(lambda: roles("daemon") == ["login", "watch"], "the directory is asked again", 40)
        done.set()
        thread.join()
        self.assertLess(slowest[0], 1)
        self.assertEqual(host.pid(), process)
        self.assertTrue(host.valid(token))

    def test_crash_while_the_directory_hangs(self):
        host.account("eve", "correct horse")
        token = host.login("eve", "correct horse")
        STATE.write_text("hang")
        host.kill(9)
        self.assertTrue(host.valid(token))

    def test_checked(self):
        for state, text in [("hang", "no answer within 5 s"), ("away", "Connection refused")]:
            STATE.write_text(state)
            start = time.monotonic()
            report = host.run("usherd", "--check", check=False)
            self.assertIn('client[1].user: user "remote-tool" could not be looked up: ' + text, report)
            self.assertEqual(host.status("usherd", "--check"), 0)
            self.assertLess(time.monotonic() - start, 14)
        STATE.unlink()
        self.assertIn("user = 4242", host.run("usherd", "--check"))
        host.configure(host.TOOLS + REMOTE.replace("remote-tool", "remote-typo"))
        self.assertIn('client[1].user: there is no user "remote-typo"', host.run("usherd", "--check", check=False))
        self.assertEqual(host.status("usherd", "--check"), 1)


if __name__ == "__main__":
    unittest.main()
