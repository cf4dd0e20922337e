"""`usherctl doctor`, in the sandbox that the broker has here."""
import subprocess
import unittest

import host
from test_pam import PASSWORD, stack

UNIX = "auth required pam_unix.so\naccount required pam_unix.so\n"


class Doctor(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        host.install()
        host.account("ada", PASSWORD)

    def setUp(self):
        self.addCleanup(stack, UNIX)

    def examine(self, expected, *said, password=PASSWORD, service="usher"):
        """The doctor ends with this status and says each of these."""
        done = subprocess.run(
            ["usherctl", "doctor", "--user", "ada", "--service", service], input=password + "\n", text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        for words in said:
            self.assertIn(words, done.stdout)
        self.assertEqual(done.returncode, expected, done.stdout)

    def test_a_healthy_stack(self):
        self.examine(0, "as uid %s" % host.run("id", "-u", "usher-pam").strip(), "auth pam_unix.so SUCCESS", "let in as ada")

    def test_the_module_that_refuses(self):
        self.examine(1, "auth pam_unix.so AUTH_ERR", "refused in the phase authentication", password="wrong")

    def test_a_module_that_is_not_there(self):
        stack("auth required pam_nowhere.so\n" + UNIX)
        self.examine(1, ":1 pam_nowhere.so: pam_nowhere.so is not there", "auth pam_nowhere.so MODULE_UNKNOWN")

    def test_a_lock_that_fails_open(self):
        for directory in ("/var/lib/none", "/usr/lib"):  # missing; read-only
            stack("auth required pam_faillock.so preauth dir=%s\n%s" % (directory, UNIX))
            self.examine(1, directory, "a locked user gets in", "dir=/run/usher-faillock", "let in as ada")

    def test_no_permission(self):
        stack("auth required pam_oath.so usersfile=/etc/users.oath\n" + UNIX)
        host.run("install", "-m", "600", "/dev/null", "/etc/users.oath")
        self.examine(1, "pam_oath.so: /etc cannot be written by this user")

    def test_a_service_that_falls_to_other(self):
        self.examine(1, "there is no such file in /etc/pam.d", "other", service="nowhere")


if __name__ == "__main__":
    unittest.main()
