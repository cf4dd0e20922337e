"""An administrator's first week with the package, in one piece and by what an administrator has: the commands and the manual.

Two tools, a realm with one-time codes, a mistake in each file, a reload, an upgrade, a removal, the package again, a purge.
"""
import contextlib
import os
import pathlib
import re
import subprocess
import unittest

import host

PASSWORD = "correct horse"
SECRET = "3132333435363738393031323334353637383930"
CODES = pathlib.Path("/var/lib/usher-otp/users.oath")
MAIN = pathlib.Path("/etc/usher/usherd.toml")
TOOLS = pathlib.Path("/etc/usher/usherd.d/tools.toml")
PLAIN = pathlib.Path("/etc/pam.d/usher")
VAULT = pathlib.Path("/etc/pam.d/usher-vault")
BROKER = pathlib.Path("/etc/systemd/system/usher-pam.service.d/own.conf")
ENTRIES = """
[[service]]
name = "usher"

[[service]]
name = "vault"
pam = "usher-vault"
realm = "vault"
methods = ["pwd", "otp"]

[[client]]
user = "wiki"
roles = ["login", "validate"]
relays_source = true
services = ["usher"]

[[client]]
user = "safe"
roles = ["login", "validate"]
relays_source = true
services = ["vault"]
"""
CODE_STACK = """auth required pam_unix.so
auth required pam_oath.so usersfile=%s window=20 digits=6
account required pam_unix.so
""" % CODES


class Told:
    """How a command ended, and what it printed, standard error included."""

    def __init__(self, *command, input=None, user="root"):
        who = [] if user == "root" else ["runuser", "--user", user, "--"]
        done = subprocess.run(
            [*who, *command], input=input, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        self.status, self.text = done.returncode, done.stdout


class Trial(unittest.TestCase):
    maxDiff = None

    def does(self, *command, says=(), status=0, **more):
        """A command ends with this status and says each of these."""
        told = Told(*command, **more)
        self.assertEqual(told.status, status, "%s: %s" % (" ".join(command), told.text))
        for words in [says] if isinstance(says, str) else says:
            self.assertIn(words, told.text, " ".join(command))
        return told.text

    def logs_in(self, tool, *answers, status=0):
        """What `usherctl login` prints for ada in a tool's account; its last line is the token."""
        lines = "".join(line + "\n" for line in answers)
        return self.does("usherctl", "login", "--password-stdin", "--print-token", "ada", user=tool, input=lines,
                         status=status)

    def test_from_the_installation_to_the_purge(self):
        before = host.paths()
        self.installs()
        token = self.has_two_tools()
        secret = self.has_a_realm_with_codes(token)
        self.makes_a_mistake_in_each_file(token)
        self.is_asked_the_six_questions()
        self.upgrades([token, secret])
        self.removes_and_installs_again(token)
        self.purges(before)

    # MARK: Steps

    def installs(self):
        self.does("dpkg", "--install", host.PACKAGES[0])
        self.does("usherctl", "stats", says="Nothing is wrong.")
        for page in ("usher.7", "usherctl.1", "usherd.8", "usher-pam.8", "usher-pam-doctor.8", "usherd.toml.5"):
            self.assertGreater(len(manual(page)), 1000, page)
        for name in ("wiki", "safe"):
            self.does("useradd", "--system", name)
        host.account("ada", PASSWORD)
        self.assertIn("Logged in as ada", self.logs_in("root", PASSWORD))
        self.assertIn("denied", self.logs_in("root", "wrong", status=1))

    def has_two_tools(self):
        """Returns the token of a session that ada has in the wiki."""
        TOOLS.parent.mkdir(exist_ok=True)
        TOOLS.write_text(ENTRIES)
        VAULT.write_text(CODE_STACK)
        self.does("usherd", "--check", says=('name = "user wiki"', 'pam = "usher-vault"'))
        self.does("systemctl", "reload", "usherd.service")
        host.eventually(lambda: "vault" in host.connect().ask("server.hello")["services"], "the reload is in effect")
        self.does("usherd", "--check", "--explain", "--user", "wiki", "server.stats", status=1,
                  says=("(wiki): refused", 'entry "user wiki"', "it takes the role admin or metrics"))
        self.does("usherctl", "stats", user="wiki", says="lacks the role admin or metrics", status=1)
        token = self.logs_in("wiki", PASSWORD).splitlines()[-1]
        self.does("usherctl", "validate", user="wiki", input=token + "\n", says="ada (uid")
        return token

    def has_a_realm_with_codes(self, other):
        """Returns the token of a session that took a code; `other` is no session there."""
        CODES.write_text("HOTP/T30/6 ada - %s\n" % SECRET)
        self.does("chown", "usher-pam:usher-pam", str(CODES))
        CODES.chmod(0o600)
        code = self.does("oathtool", "--totp", SECRET).strip()
        token = self.logs_in("safe", PASSWORD, code).splitlines()[-1]
        self.assertIn("denied", self.logs_in("safe", PASSWORD, code, status=1), "a code is good once")
        self.does("usherctl", "validate", user="safe", input=token + "\n", says=("realm vault", "pwd otp"))
        self.does("usherctl", "validate", user="safe", input=other + "\n", status=1)
        self.does("usherctl", "validate", user="wiki", input=token + "\n", status=1)
        return token

    def makes_a_mistake_in_each_file(self, token):
        """Each is told with its place, and nobody who is logged in notices."""
        for path, mistake, place in [
                (MAIN, "[limits]\ncapacty = 1\n", "%s: limits.capacty: unknown key" % MAIN),
                (TOOLS, '[[service]]\nname = "late"\nidle = "30 min"\n', '%s: service[2].idle: "30 min" is no duration' % TOOLS),
                (TOOLS, "[[client\n", "%s:" % TOOLS)]:
            with changed(path, path.read_text() + mistake):
                self.does("usherd", "--check", says=place, status=1)
                self.does("systemctl", "reload", "usherd.service", status=1)
        for path, text, found in [
                (PLAIN, "auth required pam_unix.so\n", "account"),
                (PLAIN, "auth required pam_unx.so\naccount required pam_unix.so\n", "%s:1 pam_unx.so" % PLAIN)]:
            with changed(path, text):
                self.does("usherctl", "doctor", "--user", "ada", input=PASSWORD + "\n", says=found, status=1)
        self.does("chown", "root:root", str(CODES))
        told = self.does("usherctl", "doctor", "--user", "ada", "--service", VAULT.name, status=1,
                         input=PASSWORD + "\n000000\n", says="%s:2 pam_oath.so: %s belongs to uid 0" % (VAULT, CODES))
        self.does(*re.search(r"Remedy: (chown \S+ \S+)", told)[1].split())
        BROKER.parent.mkdir(parents=True, exist_ok=True)
        BROKER.write_text("[Service]\nEnvironment=USHER_SERVICES=usher,other/x\n")
        self.does("systemctl", "daemon-reload")
        self.does("systemctl", "restart", "usher-pam.service", status=1)
        self.does("journalctl", "--sync")
        self.does("journalctl", "--unit", "usher-pam.service", says="--services must be names of PAM services")
        BROKER.unlink()
        self.does("systemctl", "daemon-reload")
        self.does("systemctl", "stop", "usher-pam.service")
        self.does("systemctl", "reset-failed")
        self.does("systemctl", "restart", *host.SOCKETS)
        self.does("usherctl", "validate", user="wiki", input=token + "\n", says="ada (uid")
        self.does("systemctl", "reload", "usherd.service")
        self.assertIn("Logged in as ada", self.logs_in("wiki", PASSWORD))

    def is_asked_the_six_questions(self):
        """The sections of usher(7) that answer them, and the commands that these name."""
        page = manual("usher.7")
        for section in ("QUESTIONS", "MONITORING", "CAPACITY PLANNING", "INCIDENTS", "WHAT AN ATTACKER GETS"):
            self.assertIn("\n.Sh %s\n" % section, page)
        for command in ("usherctl list", "usherctl doctor --user ada", "usherctl limiter --user ada",
                        "usherctl revoke-all --everybody"):
            self.assertIn(command, page)
        self.does("usherctl", "list", says=("ada", "vault"))
        self.does("journalctl", "--sync")
        self.does("journalctl", "_SYSTEMD_UNIT=usherd.service", "USHER_USER=ada", "--catalog", says="login refused")
        self.does("usherctl", "doctor", "--user", "ada", input=PASSWORD + "\n", says="let in as ada")
        self.does("usherctl", "limiter", "--user", "ada", says="ada")
        self.does("usherctl", "stats", "--prometheus", says=("usher_sessions_limit", "usher_broker_connected 1"))

    def upgrades(self, tokens):
        daemon = host.pid()
        self.does("dpkg", "--install", host.PACKAGES[1])
        self.assertNotEqual(host.pid(), daemon)
        for tool, token in zip(("wiki", "safe"), tokens):
            self.does("usherctl", "validate", user=tool, input=token + "\n", says="ada (uid")
        self.assertEqual(TOOLS.read_text(), ENTRIES)

    def removes_and_installs_again(self, token):
        self.does("dpkg", "--remove", "usher")
        self.assertFalse(os.path.exists(host.SOCKET))
        self.assertEqual(TOOLS.read_text(), ENTRIES)
        self.does("dpkg", "--install", host.PACKAGES[1])
        self.does("usherctl", "validate", user="wiki", input=token + "\n", status=1)
        again = self.logs_in("wiki", PASSWORD).splitlines()[-1]
        self.does("usherctl", "validate", user="wiki", input=again + "\n", says="ada (uid")
        self.does("usherctl", "revoke-all", "--everybody", says="session")
        self.does("usherctl", "validate", user="wiki", input=again + "\n", status=1)

    def purges(self, before):
        self.does("dpkg", "--purge", "usher")
        own = ("ada", "wiki", "safe", "/etc/pam.d/usher-vault")
        left = [path for path in host.paths() - before if not any(name in path for name in own)]
        self.assertEqual(left, [])
        for name in ("usher", "usher-pam"):
            self.does("passwd", "--status", name, says="L")


@contextlib.contextmanager
def changed(path, text):
    """`path` holds `text` while the block runs."""
    old = path.read_text()
    path.write_text(text)
    try:
        yield
    finally:
        path.write_text(old)


def manual(page):
    """The source of an installed page."""
    section = page[-1]
    return host.run("zcat", "/usr/share/man/man%s/%s.gz" % (section, page))


if __name__ == "__main__":
    unittest.main()
