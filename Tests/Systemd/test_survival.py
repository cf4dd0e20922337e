"""What survives what: no session is lost by anything but a stop."""
import os
import signal
import unittest

import host
from steady import Steady


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

    def test_the_broker_ends_without_a_session_lost(self):
        self.survives(lambda: host.kill(signal.SIGKILL, "usher-pam.service"), interruptions=0)
        self.assertTrue(host.valid(host.login("ada", "correct horse")))


if __name__ == "__main__":
    unittest.main()
