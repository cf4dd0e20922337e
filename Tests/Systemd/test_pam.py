"""Modules with state of their own, as the sandboxed broker runs them."""
import os
import pathlib
import signal
import subprocess
import threading
import unittest

import host

PASSWORD = "correct horse"


def stack(text):
    """Makes `text` the service that Usher asks."""
    pathlib.Path("/etc/pam.d/usher").write_text(text)


def refusal(user, *answers, service="usher"):
    """The reason why a login is refused; None where it is not."""
    usher = host.connect()
    try:
        step = usher.ask("auth.start", user=user, password=answers[0], service=service)
        rest = list(answers[1:])
        while step["state"] == "challenge":
            wanted = [prompt for prompt in step["prompts"] if prompt["style"] in ("secret", "visible")]
            given = [rest.pop(0) if rest else "" for _ in wanted]
            step = usher.ask("auth.respond", transaction=step["transaction"], answers=given)
    except host.Refused as refused:
        return str(refused)
    return None


def google(folder):
    """Asks for a code of pam_google_authenticator, whose files lie in `folder` and are the broker's; ada's, as of now."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    path = pathlib.Path(folder, "ada")
    path.parent.mkdir()
    path.write_text('%s\n" WINDOW_SIZE 17\n" DISALLOW_REUSE\n" TOTP_AUTH\n' % secret)
    path.chmod(0o600)
    host.run("chown", "--recursive", "usher-pam:usher-pam", folder)
    stack(
        "auth required pam_unix.so\nauth required pam_google_authenticator.so user=usher-pam secret=%s/${USER}\n"
        "account required pam_unix.so\n" % folder)
    return host.run("oathtool", "--totp", "--base32", secret).strip()


class Modules(unittest.TestCase):
    service = (
        '\n[[service]]\nname = "usher"\nfloor = "100ms"\nallow_password_change = true\naccount_check = "0s"\n')

    @classmethod
    def setUpClass(cls):
        # A check of accounts would forgive the failures that pam_faillock counts.
        host.install(host.TOOLS + cls.service)
        host.account("ada", PASSWORD, "YESCRYPT")
        host.account("eve", PASSWORD)
        host.run("systemctl", "start", "usher-pam.service")  # makes the folders of the modules

    def setUp(self):
        self.addCleanup(stack, "auth required pam_unix.so\naccount required pam_unix.so\n")

    def test_faillock_locks(self):
        stack(
            "auth required pam_faillock.so preauth dir=/run/usher-faillock deny=3\n"
            "auth [success=1 default=bad] pam_unix.so\n"
            "auth [default=die] pam_faillock.so authfail dir=/run/usher-faillock deny=3\n"
            "auth sufficient pam_faillock.so authsucc dir=/run/usher-faillock deny=3\n"
            "account required pam_faillock.so dir=/run/usher-faillock\naccount required pam_unix.so\n")
        self.assertIsNone(refusal("eve", PASSWORD))
        for _ in range(3):
            self.assertEqual(refusal("eve", "wrong"), "denied")
        self.assertEqual(refusal("eve", PASSWORD), "denied")

    def test_one_time_code_is_good_once(self):
        secret = "3132333435363738393031323334353637383930"
        users = "/var/lib/usher-otp/users.oath"
        pathlib.Path(users).write_text("HOTP/T30/6 ada - %s\n" % secret)
        host.run("chown", "usher-pam:usher-pam", users)
        os.chmod(users, 0o600)
        stack(
            "auth required pam_unix.so\nauth required pam_oath.so usersfile=%s window=20 digits=6\n"
            "account required pam_unix.so\n" % users)
        code = host.run("oathtool", "--totp", secret).strip()
        self.assertIsNone(refusal("ada", PASSWORD, code))
        self.assertEqual(refusal("ada", PASSWORD, code), "denied")

    def test_what_a_service_file_lacks_lets_nobody_in(self):
        # Debian's "other", which PAM asks in its place, lets everybody in who knows the password.
        good = "auth required pam_unix.so\naccount required pam_unix.so\n"
        stack(good)
        self.assertIsNone(refusal("ada", PASSWORD))
        for text, mode in [(good, 0o600), ("", 0o644), ("auth required pam_unix.so\n", 0o644),
                           ("account required pam_unix.so\n", 0o644)]:
            with self.subTest(text=text, mode=mode):
                stack(text)
                os.chmod("/etc/pam.d/usher", mode)
                self.assertIn(refusal("ada", PASSWORD), ("denied", "not_permitted", "unavailable"))
                os.chmod("/etc/pam.d/usher", 0o644)
        stack(good)
        with self.subTest("an upgrade puts another file there"):
            other = pathlib.Path("/etc/pam.d/other")
            new = other.with_suffix(".new")
            new.write_text(other.read_text())
            new.rename(other)
            broker = host.run("systemctl", "show", "--property=MainPID", "--value", "usher-pam.service").strip()
            refusal("ada", PASSWORD)
            host.eventually(lambda: host.run(
                "systemctl", "show", "--property=MainPID", "--value", "usher-pam.service").strip() not in ("0", broker),
                "another broker")
            host.eventually(lambda: refusal("ada", PASSWORD) is None, "a login")

    def test_code_of_google_authenticator_is_good_once(self):
        code = google("/var/lib/usher-otp/ga")
        self.assertEqual(refusal("ada", PASSWORD, "%06d" % ((int(code) + 1) % 1000000)), "denied")
        self.assertIsNone(refusal("ada", PASSWORD, code))
        self.assertEqual(refusal("ada", PASSWORD, code), "denied")

    def test_code_of_google_authenticator_that_cannot_be_used_up(self):
        # The sandbox cannot write there: nobody is let in by a code that would be good again.
        code = google("/etc/usher-otp")
        self.assertEqual(refusal("ada", PASSWORD, code), "denied")
        worker = host.eventually(lambda: host.journal(USHER_REASON="denied"), "it is written")[-1]["USHER_WORKER_PID"]
        lines = [entry["MESSAGE"] for entry in host.journal(_PID=worker)]
        self.assertTrue([line for line in lines if "Read-only file system" in line], lines)

    def test_password_change(self):
        def age():
            host.run("chage", "--lastday", "0", "eve")

        age()
        stack("auth required pam_unix.so\naccount required pam_unix.so\npassword required pam_unix.so yescrypt\n")
        with self.subTest("without privileges the answer is clear"):
            self.assertEqual(refusal("eve", PASSWORD, PASSWORD, "battery staple 9", "battery staple 9"), "change_failed")
        with self.subTest("with it the password is changed and the login completes"):
            host.run("systemctl", "stop", "usher-pam.service")
            drop_in = pathlib.Path("/etc/systemd/system/usher-pam.service.d/root.conf")
            drop_in.parent.mkdir(parents=True, exist_ok=True)
            drop_in.write_text(pathlib.Path("/usr/share/doc/usher/drop-ins/password-change.conf").read_text())
            host.run("systemctl", "daemon-reload")
            self.assertIsNone(refusal("eve", PASSWORD, PASSWORD, "battery staple 9", "battery staple 9"))
            self.assertIsNone(refusal("eve", "battery staple 9"))
        with self.subTest("and a module that judges its caller does not take the broker for root"):
            stack("auth sufficient pam_rootok.so\nauth required pam_unix.so\naccount required pam_unix.so\n")
            self.assertEqual(refusal("eve", "wrong"), "denied")
            self.assertIsNone(refusal("eve", "battery staple 9"))
            drop_in.unlink()
            host.run("systemctl", "daemon-reload")
            host.run("systemctl", "restart", "usher-pam.service")

    def test_what_the_unit_does_not_allow_reaches_no_module(self):
        def errors():
            return [entry["MESSAGE"] for entry in host.journal(_SYSTEMD_UNIT="usher-pam.service")]

        good = "auth required pam_permit.so\naccount required pam_permit.so\n"
        pathlib.Path("/etc/pam.d/wiki").write_text(good)
        stack("auth required pam_exec.so /usr/bin/touch /run/usher-faillock/asked\nauth required pam_permit.so\n"
              "account required pam_permit.so\n")
        asked = pathlib.Path("/run/usher-faillock/asked")
        drop_in = pathlib.Path("/etc/systemd/system/usher-pam.service.d/unit.conf")
        host.configure(host.TOOLS.replace('["usher"]', '["usher", "wiki"]') + '\n[[service]]\nname = "usher"\n'
                       'floor = "100ms"\nallow_root = true\n[[service]]\nname = "wiki"\n')
        host.run("useradd", "--non-unique", "--uid", "0", "--no-create-home", "toor")
        try:
            host.run("systemctl", "restart", "usherd.service", "usher-pam.service")
            notes = host.run("usherd", "--check")
            self.assertIn("usher-pam refuses the PAM service wiki unless", notes)
            self.assertIn('usher-pam refuses root in the service "usher" unless', notes)
            self.assertEqual(refusal("ada", PASSWORD, service="wiki"), "unavailable")
            host.eventually(
                lambda: [line for line in errors() if "the PAM service wiki is refused" in line], "the journal says why")
            for name in ("root", "toor"):
                self.assertEqual(refusal(name, PASSWORD), "denied")
            self.assertFalse(asked.exists())
            self.assertIsNone(refusal("ada", PASSWORD))
            self.assertTrue(asked.exists())
            drop_in.parent.mkdir(parents=True, exist_ok=True)
            drop_in.write_text("[Service]\nEnvironment=USHER_SERVICES=usher,usher-*,wiki\nEnvironment=USHER_MINIMUM_UID=0\n")
            host.run("systemctl", "daemon-reload")
            host.run("systemctl", "restart", "usher-pam.service")
            self.assertIsNone(refusal("ada", PASSWORD, service="wiki"))
            self.assertIsNone(refusal("root", PASSWORD))
        finally:
            host.run("userdel", "--force", "toor", check=False)
            drop_in.unlink(missing_ok=True)
            host.run("systemctl", "daemon-reload")
            host.configure(host.TOOLS + self.service)
            host.run("systemctl", "restart", "usherd.service", "usher-pam.service")

    def test_broker_killed_in_a_login(self):
        stack("auth required pam_exec.so /bin/sleep 20\naccount required pam_permit.so\n")
        seen = []
        attempt = threading.Thread(target=lambda: seen.append(refusal("ada", PASSWORD)))
        attempt.start()
        host.eventually(lambda: subprocess.run(["pgrep", "-x", "sleep"], capture_output=True).stdout, "the login runs")
        host.kill(signal.SIGKILL, "usher-pam.service")
        attempt.join()
        self.assertEqual(seen, ["unavailable"])
        stack("auth required pam_unix.so\naccount required pam_unix.so\n")
        self.assertIsNone(refusal("ada", PASSWORD))


if __name__ == "__main__":
    unittest.main()
