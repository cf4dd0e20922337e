"""What cannot be trusted is dropped, and said; the service goes on."""
import json
import os
import signal
import struct
import unittest

import host
from test_pam import refusal

FAST = """
[limits]
logins_per_source = 32
[[service]]
name = "usher"
floor = "100ms"
"""


def memory(process, name):
    """The descriptor of a memory file of a process, as a path."""
    for number in os.listdir("/proc/%d/fd" % process):
        path = "/proc/%d/fd/%s" % (process, number)
        if os.readlink(path).startswith("/memfd:usher-" + name):
            return path
    raise AssertionError("no memory named " + name)


def damage(name):
    """Writes over the start of a memory of the daemon."""
    with open(memory(host.pid(), name), "r+b") as file:
        file.write(b"\xff" * 64)


def burst(user, count):
    """The reasons of as many logins with a wrong password, all begun before the first is refused."""
    usher, frames = host.connect(), b""
    for number in range(count):
        params = {"user": user, "password": "wrong"}
        body = json.dumps({"jsonrpc": "2.0", "id": number, "method": "auth.start", "params": params}).encode()
        frames += struct.pack(">I", len(body)) + body
    usher.socket.sendall(frames)
    return [usher.read()["error"]["data"]["reason"] for _ in range(count)]


def held(user):
    """How many refused logins in a row stand against a name."""
    return json.loads(host.run("usherctl", "limiter", "list", "--json", "--user", user))["failures"]


class Damage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        host.install(host.TOOLS + FAST)
        host.account("ada", "correct horse")

    def test_damaged_ledger(self):
        token = host.login("ada", "correct horse")
        damage("ledger")
        host.kill(signal.SIGKILL)
        self.assertFalse(host.valid(token))
        self.assertTrue(host.valid(host.login("ada", "correct horse")))
        lines = [entry["MESSAGE"] for entry in host.journal(_SYSTEMD_UNIT="usherd.service")]
        self.assertTrue([line for line in lines if "ledger" in line and "drop" in line], lines)

    def test_damaged_limiter(self):
        token = host.login("ada", "correct horse")
        damage("limiter")
        host.kill(signal.SIGKILL)
        self.assertTrue(host.valid(token))

    def test_refused_logins_are_held_against_a_name_until_they_are_cleared(self):
        # Twelve cost two minutes. The hash is slow, so that none is refused before all have begun.
        host.account("eve", "correct horse", "YESCRYPT")
        token = host.login("ada", "correct horse")
        self.assertEqual(burst("eve", 12), ["denied"] * 12)
        for what, act in [
            ("nothing happened", lambda: None), ("killed", lambda: host.kill(signal.SIGKILL)),
            ("restarted", lambda: host.run("systemctl", "restart", "usherd.service")),
        ]:
            with self.subTest(what):
                act()
                self.assertEqual(refusal("eve", "correct horse"), "rate_limited")
                self.assertEqual(held("eve"), 12)
                self.assertTrue(host.valid(token))
        with self.subTest("the ledger is dropped"):
            damage("ledger")
            host.kill(signal.SIGKILL)
            self.assertFalse(host.valid(token))
            self.assertEqual(refusal("eve", "correct horse"), "rate_limited")
            self.assertEqual(held("eve"), 12)
        host.run("usherctl", "limiter", "clear", "--user", "eve")
        self.assertIsNone(refusal("eve", "correct horse"))

    def test_broken_configuration(self):
        token = host.login("ada", "correct horse")
        host.configure("capacity = []\n", "zz-broken.toml")
        os.kill(host.pid(), signal.SIGKILL)
        host.eventually(lambda: int(host.show("usherd.service", "NRestarts")) >= 3, "it is tried again", 60)
        os.remove("/etc/usher/usherd.d/zz-broken.toml")
        host.eventually(lambda: host.show("usherd.service", "ActiveState") == "active", "it starts", 60)
        self.assertTrue(host.valid(token))
        lines = [entry["MESSAGE"] for entry in host.journal(_SYSTEMD_UNIT="usherd.service")]
        self.assertTrue([line for line in lines if "zz-broken.toml" in line], lines)


if __name__ == "__main__":
    unittest.main()
