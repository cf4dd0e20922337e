"""What cannot be trusted is dropped, and said; the service goes on."""
import os
import signal
import unittest

import host


def memory(process, name):
    """The descriptor of a memory file of a process, as a path."""
    for number in os.listdir("/proc/%d/fd" % process):
        path = "/proc/%d/fd/%s" % (process, number)
        if os.readlink(path).startswith("/memfd:usher-" + name):
            return path
    raise AssertionError("no memory named " + name)


class Damage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        host.install()
        host.account("ada", "correct horse")

    def test_damaged_ledger(self):
        token = host.login("ada", "correct horse")
        with open(memory(host.pid(), "ledger"), "r+b") as file:
            file.write(b"\xff" * 64)
        host.kill(signal.SIGKILL)
        self.assertFalse(host.valid(token))
        self.assertTrue(host.valid(host.login("ada", "correct horse")))
        lines = [entry["MESSAGE"] for entry in host.journal(_SYSTEMD_UNIT="usherd.service")]
        self.assertTrue([line for line in lines if "ledger" in line and "drop" in line], lines)

    def test_damaged_throttle(self):
        token = host.login("ada", "correct horse")
        with open(memory(host.pid(), "throttle"), "r+b") as file:
            file.write(b"\xff" * 64)
        host.kill(signal.SIGKILL)
        self.assertTrue(host.valid(token))

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
