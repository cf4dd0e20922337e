"""What survives what: no session is lost by anything but a stop."""
import json
import os
import signal
import struct
import unittest

import host
from steady import Steady
from test_pam import refusal


def fill(count, batch=100):
    """Makes sessions, `batch` of them for each user, with requests that do not wait for each other's answers."""
    usher = host.connect()
    for first in range(0, count, batch):
        frames = b""
        for number in range(first, first + batch):
            params = {"user": "u%d" % (first // batch), "methods": ["pwd"], "context": {"remote_ip": "192.0.2.1"}}
            body = json.dumps({"jsonrpc": "2.0", "id": number, "method": "session.create", "params": params}).encode()
            frames += struct.pack(">I", len(body)) + body
        usher.socket.sendall(frames)
        for _ in range(batch):
            if "error" in usher.read():
                raise AssertionError("not created")


def resident(process):
    """The resident memory of a process, in KiB (proc(5))."""
    with open("/proc/%d/status" % process) as file:
        return int(next(line.split()[1] for line in file if line.startswith("VmRSS:")))


class Survival(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        host.install()
        host.account("ada", "correct horse")

    def setUp(self):
        self.token = host.login("ada", "correct horse")

    def survives(self, action, interruptions=1):
        """The steady client sees nothing of `action` but, at most, one broken connection for each interruption."""
        with Steady(self.token) as client:
            host.eventually(lambda: client.answers > 10, "the client asks")
            action()
            answered = client.answers
            host.eventually(lambda: client.answers > answered + 10, "the client is answered again")
        self.assertEqual(client.failures, [])
        self.assertLessEqual(client.retries, interruptions)
        self.assertTrue(host.valid(self.token))

    def test_kill(self):
        self.survives(lambda: host.kill(signal.SIGKILL))

    def test_segmentation_fault(self):
        self.survives(lambda: host.kill(signal.SIGSEGV))

    def test_termination_from_outside(self):
        self.survives(lambda: host.kill(signal.SIGTERM))

    def test_watchdog(self):
        os.makedirs("/run/systemd/system/usherd.service.d", exist_ok=True)
        with open("/run/systemd/system/usherd.service.d/watchdog.conf", "w") as file:
            file.write("[Service]\nWatchdogSec=1\nTimeoutAbortSec=1\n")
        host.run("systemctl", "daemon-reload")
        host.run("systemctl", "restart", "usherd.service")

        def hang():
            old = host.pid()
            os.kill(old, signal.SIGSTOP)
            host.successor(old)

        self.survives(hang)
        self.assertTrue([e for e in host.journal(UNIT="usherd.service") if "Watchdog timeout" in e["MESSAGE"]])
        os.remove("/run/systemd/system/usherd.service.d/watchdog.conf")
        host.run("systemctl", "daemon-reload")

    def test_restart(self):
        self.survives(lambda: host.run("systemctl", "restart", "usherd.service"))

    def test_reload_of_the_manager(self):
        self.survives(lambda: host.run("systemctl", "daemon-reload"), interruptions=0)

    def test_execution_of_the_manager_anew(self):
        self.survives(lambda: host.run("systemctl", "daemon-reexec"), interruptions=0)
        self.survives_again()

    def survives_again(self):
        """The memory is still in the store of the manager that executed itself anew."""
        host.kill(signal.SIGKILL)
        self.assertTrue(host.valid(self.token))

    def test_upgrade_of_the_package(self):
        before = host.pid()
        self.survives(lambda: host.run("dpkg", "--install", host.PACKAGES[1]))
        self.assertNotEqual(host.pid(), before)
        self.assertIn("+next", host.run("dpkg-query", "--show", "usher"))

    def test_ten_crashes_in_a_row(self):
        def crash():
            for _ in range(10):
                host.kill(signal.SIGKILL)

        self.survives(crash, interruptions=10)
        self.assertEqual(host.show("usherd.service", "Result"), "success")
        delayed = host.eventually(lambda: host.journal(MESSAGE_ID="3635937bca7d4ff4a76dfc6f0d322191"), "it is told")
        self.assertIn("start delayed", delayed[-1]["MESSAGE"])

    def test_full_ledger(self):
        # It prints how long nobody answered, and what the daemons hold; USHER_SESSIONS says how many sessions there are.
        count = int(os.environ.get("USHER_SESSIONS", "20000"))
        fill(count)
        with Steady(self.token) as client:
            host.eventually(lambda: client.answers > 10, "the client asks")
            client.longest = 0.0
            host.kill(signal.SIGKILL)
            answered = client.answers
            host.eventually(lambda: client.answers > answered + 10, "the client is answered again")
        self.assertEqual(client.failures, [])
        self.assertGreater(host.connect().ask("server.stats")["sessions"], count)
        print("%d sessions: %.0f ms from kill -9 to the next answer; resident: usherd %d KiB, usher-pam %d KiB" % (
            count, client.longest * 1000, resident(host.pid()), resident(host.pid("usher-pam.service"))))

    def test_the_broker_ends_without_a_session_lost(self):
        self.survives(lambda: host.kill(signal.SIGKILL, "usher-pam.service"), interruptions=0)
        self.assertTrue(host.valid(host.login("ada", "correct horse")))

    def test_a_stop_of_the_brokers_socket_costs_logins_alone(self):
        self.survives(lambda: host.run("systemctl", "stop", "usher-pam.socket"), interruptions=0)
        self.assertEqual(host.show("usherd.service", "ActiveState"), "active")
        self.assertEqual(refusal("ada", "correct horse"), "unavailable")
        host.run("systemctl", "start", "usher-pam.socket")
        self.assertTrue(host.valid(host.login("ada", "correct horse")))


if __name__ == "__main__":
    unittest.main()
