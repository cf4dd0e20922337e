"""What modules of one login can do to another one, in the sandbox of the shipped unit."""
import os
import pathlib
import threading
import unittest

import host

COMMAND = "/run/systemd/system/usher-pam.service.d/command.conf"
HELPER = "#!/bin/sh\nread -r secret\necho $$ >/run/usher-faillock/helper\nsleep 20\n"
# Ends with 0 where it can do it to the program of the other login.
READER = "#!/bin/sh\nexec 3<>/proc/$(cat /run/usher-faillock/helper)/mem\n"
STRIKER = "#!/bin/sh\nkill -0 $(cat /run/usher-faillock/helper)\n"


def program(name, text):
    path = pathlib.Path("/usr/local/lib", name)
    path.write_text(text)
    path.chmod(0o755)


def stack(name):
    """Makes a program what decides about logins."""
    pathlib.Path("/etc/pam.d/usher").write_text(
        "auth required pam_exec.so quiet expose_authtok /usr/local/lib/%s\naccount required pam_permit.so\n" % name)


def enters(user):
    """Whether a login succeeds."""
    try:
        host.connect().ask("auth.start", user=user, password="x")
        return True
    except host.Refused:
        return False


def option(*options):
    """Runs the broker with these options beside its own."""
    start = next(line for line in host.run("systemctl", "cat", "usher-pam.service").splitlines()
                 if line.startswith("ExecStart=/"))
    os.makedirs(os.path.dirname(COMMAND), exist_ok=True)
    pathlib.Path(COMMAND).write_text("[Service]\nExecStart=\n%s\n" % " ".join([start, *options]))
    host.run("systemctl", "daemon-reload")
    host.run("systemctl", "restart", "usher-pam.service")


class Separation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        host.install(host.TOOLS + '\n[[service]]\nname = "usher"\nfloor = "100ms"\n')
        for name in ("ada", "eve"):
            host.account(name, "x")
        for name, text in [("usher-helper", HELPER), ("usher-reader", READER), ("usher-striker", STRIKER)]:
            program(name, text)
        host.run("systemctl", "start", "usher-pam.service")

    def tearDown(self):
        if os.path.exists(COMMAND):
            os.remove(COMMAND)
            host.run("systemctl", "daemon-reload")
            host.run("systemctl", "restart", "usher-pam.service")

    def seen_by_another(self):
        """Whether another login's program can read and signal the one of a login that is going on."""
        note = pathlib.Path("/run/usher-faillock/helper")
        note.unlink(missing_ok=True)
        stack("usher-helper")
        login = threading.Thread(target=enters, args=("ada",))
        login.start()
        host.eventually(lambda: note.exists() and note.read_text().endswith("\n"), "the program of the first login runs")
        seen = []
        for name in ("usher-reader", "usher-striker"):
            stack(name)
            seen.append(enters("eve"))
        host.run("pkill", "-x", "sleep", check=False)
        login.join()
        return seen

    def test_a_program_of_another_login_is_out_of_reach(self):
        self.assertEqual(self.seen_by_another(), [False, False])

    def test_on_a_kernel_without_the_scope_of_signals_it_can_be_signalled_alone(self):
        option("--ignore-signal-scope")
        self.assertEqual(self.seen_by_another(), [False, True])

    def test_without_landlock_it_is_in_reach_and_the_journal_says_so(self):
        option("--ignore-landlock")
        self.assertEqual(self.seen_by_another(), [True, True])
        self.assertTrue([entry for entry in host.journal(_SYSTEMD_UNIT="usher-pam.service")
                         if "not kept apart by Landlock" in entry["MESSAGE"]])


if __name__ == "__main__":
    unittest.main()
