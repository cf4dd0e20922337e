"""`usherctl doctor`, in the sandbox that the broker has here."""
import pathlib
import re
import subprocess
import unittest

import host
from test_pam import PASSWORD, stack

DROP_INS = pathlib.Path("/etc/systemd/system/usher-pam.service.d")
SHIPPED = pathlib.Path("/usr/share/doc/usher/drop-ins")
# What this program prints, pam_exec says as texts, and the doctor shows them.
SHOW = "auth required pam_exec.so stdout /usr/local/bin/show\n"
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

    def test_a_service_that_the_broker_does_not_serve(self):
        pathlib.Path("/etc/pam.d/wiki").write_text(UNIX)
        self.examine(1, "usher-pam refuses the service wiki", "let in as ada", service="wiki")
        self.drop_in("[Service]\nEnvironment=USHER_SERVICES=usher,wiki\n")
        self.examine(0, "let in as ada", service="wiki")

    def test_a_service_that_falls_to_other(self):
        self.examine(1, "there is no such file in /etc/pam.d", "other", service="nowhere")


    # MARK: The sandbox

    def drop_in(self, text, name="test.conf", directory=DROP_INS):
        """An administrator's settings for the broker, gone after the test."""
        directory.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)
        self.addCleanup(host.run, "systemctl", "daemon-reload")
        self.addCleanup((directory / name).unlink)
        host.run("systemctl", "daemon-reload")

    def shows(self, command):
        """A stack whose first module prints what this command says in the sandbox."""
        program = pathlib.Path("/usr/local/bin/show")
        program.write_text("#!/bin/sh\n%s\n" % command)
        program.chmod(0o755)
        stack(SHOW + UNIX)

    def test_settings_are_the_managers_reading_of_the_unit(self):
        self.shows("nice; ls -d /var/lib/usher-more; touch /var/lib/usher-more/x && echo written")
        pathlib.Path("/var/lib/usher-more").mkdir(exist_ok=True)
        host.run("chown", "usher-pam", "/var/lib/usher-more")
        self.drop_in("[Service]\nNice = 7\n   ReadWritePaths=/var/lib/usher-otp \\\n    %S/usher-more\n")
        self.examine(0, "it said: 7", "it said: written")

    def test_drop_ins_are_ordered_by_name_wherever_they_are(self):
        self.shows("nice")
        self.drop_in("[Service]\nNice=3\n", "90-b.conf")
        self.drop_in("[Service]\nNice=7\n", "10-a.conf", pathlib.Path("/run/systemd/system/usher-pam.service.d"))
        self.examine(0, "it said: 3")

    def test_a_unit_changed_on_disk_is_told(self):
        (DROP_INS / "late.conf").parent.mkdir(exist_ok=True)
        host.run("systemctl", "start", "usher-pam.service")
        (DROP_INS / "late.conf").write_text("[Service]\nNice=5\n")
        self.addCleanup(host.run, "systemctl", "daemon-reload")
        self.addCleanup((DROP_INS / "late.conf").unlink)
        self.examine(0, "usher-pam.service has changed on disk: systemctl daemon-reload")

    def test_the_shipped_drop_in_for_networks(self):
        text = (SHIPPED / "network-modules.conf").read_text()
        self.drop_in(re.sub("^#(?=[A-Z][A-Za-z]+=)", "", text, flags=re.MULTILINE))
        self.examine(0, "let in as ada")

    def test_the_shipped_drop_in_for_password_changes(self):
        self.drop_in((SHIPPED / "password-change.conf").read_text())
        self.examine(0, "as uid %s" % host.run("id", "-u", "usher-pam").strip(), "let in as ada")

    def test_a_sandbox_that_cannot_be_made_is_told_with_the_next_step(self):
        self.drop_in("[Service]\nRootDirectory=/nowhere\n")
        self.examine(3, "the sandbox of usher-pam.service cannot be made: see journalctl --unit usher-pam-doctor@")

    def test_nothing_is_left_behind(self):
        # A manager that reads its units anew knows of one without a file neither which exit status is good nor that it
        # is to be collected.
        for _ in range(8):
            self.examine(1, "refused in the phase authentication", password="wrong")
            host.run("systemctl", "daemon-reload")
        self.examine(0, "let in as ada")
        self.assertEqual(list(pathlib.Path("/run").glob("usher-pam-doctor*")), [])
        self.assertEqual(list(pathlib.Path("/run/systemd/system").glob("usher-pam-doctor*")), [])
        self.assertTrue(pathlib.Path("/run/usher-faillock").is_dir())
        host.eventually(lambda: "usher-pam-doctor@" not in host.run("systemctl", "list-units", "--all"), "no unit left")


if __name__ == "__main__":
    unittest.main()
