"""What people type and what they get for it stand nowhere in the journal, however much the modules say."""
import os
import pathlib
import re
import unittest

import host
from test_pam import refusal, stack

SEED = "3132333435363738393031323334353637383930"
USERS = "/var/lib/usher-otp/users.oath"


def secret(what):
    """A text that is nowhere else."""
    return "%s-%s" % (what, os.urandom(8).hex())


def written():
    """The whole journal of the host: every field of every entry."""
    host.run("journalctl", "--sync")
    return host.run("journalctl", "--output=verbose", "--all", "--no-pager")


def stands(text, journal):
    """Whether `text` is there; one of digits alone not as a part of a longer number, such as a time."""
    return re.search(r"(?<!\d)%s(?!\d)" % text if text.isdigit() else re.escape(text), journal) is not None


class Secrets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        host.install(host.TOOLS + '\n[[service]]\nname = "usher"\nfloor = "100ms"\n')
        cls.password = secret("password")
        host.account("ada", cls.password)
        host.run("systemctl", "start", "usher-pam.service")  # makes the folder
        pathlib.Path(USERS).write_text("HOTP/T30/8 ada - %s\n" % SEED)
        host.run("chown", "usher-pam:usher-pam", USERS)
        os.chmod(USERS, 0o600)

    def test_none_is_written(self):
        stack(
            "auth required pam_unix.so debug\nauth required pam_exec.so debug expose_authtok /bin/cat\n"
            "auth required pam_oath.so debug usersfile=%s window=20 digits=8\naccount required pam_unix.so debug\n" % USERS)
        usher, secrets = host.connect(), {"password": self.password}
        secrets["code"] = host.run("oathtool", "--totp", "--digits=8", SEED).strip()
        secrets["transaction"] = usher.ask("auth.start", user="ada", password=self.password)["transaction"]
        step = usher.ask("auth.respond", transaction=secrets["transaction"], answers=[secrets["code"]])
        secrets["token"] = step["token"]
        secrets["rotated"] = usher.ask("session.rotate", token=step["token"])["token"]
        usher.ask("session.revoke", token=secrets["rotated"])
        secrets["left"] = usher.ask("auth.start", user="ada", password=self.password)["transaction"]
        usher.ask("auth.cancel", transaction=secrets["left"])
        for name in ("wrong", "answer", "second", "stranger", "malformed"):
            secrets[name] = secret(name)
        self.assertEqual(refusal("ada", secrets["wrong"], secrets["answer"]), "denied")
        self.assertEqual(refusal("ada", self.password, secrets["second"]), "denied")
        self.assertEqual(refusal("nobody-here", secrets["stranger"], secrets["answer"]), "denied")
        self.assertIsNotNone(refusal("ada", [secrets["malformed"]]))

        journal = host.eventually(
            lambda: [text for text in [written()] if text.count("login refused") >= 3], "the refusals are written")[0]
        self.assertEqual(journal.count("MESSAGE=pam_unix(usher:auth): username [ada] obtained"), 4)
        self.assertEqual(len(re.findall(r"MESSAGE=pam_unix\(usher:auth\): authentication failure;.* user=ada", journal)), 1)
        self.assertEqual(journal.count("MESSAGE=pam_exec(usher:auth): Calling /bin/cat"), 5)
        self.assertTrue(stands("logged in", journal))
        for name, value in secrets.items():
            self.assertFalse(stands(value, journal), name)

    def test_what_is_written_is_found(self):
        stack("auth required pam_unix.so\nauth required pam_exec.so expose_authtok /usr/bin/logger\n")
        for told in (secret("told"), "%08d" % int.from_bytes(os.urandom(3), "big")):
            self.assertEqual(refusal("ada", told), "denied")
            self.assertTrue(stands(told, written()))


if __name__ == "__main__":
    unittest.main()
