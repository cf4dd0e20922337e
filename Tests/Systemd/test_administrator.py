"""What an administrator does first: the README's entry, mistakes in the configuration, a reload, a check."""
import os
import pathlib
import unittest

import host

# The first [[client]] of README.md.
WIKI = """
[[client]]
user = "wiki"
roles = ["login", "validate"]
relays_source = true
"""
MAIN = pathlib.Path("/etc/usher/usherd.toml")
DROP_INS = pathlib.Path("/etc/usher/usherd.d")


class Administrator(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        host.install(configuration=None)
        cls.shipped = MAIN.read_text()
        host.account("wiki", "x")
        host.account("ada", "correct horse")

    def setUp(self):
        MAIN.write_text(self.shipped + WIKI)
        host.run("systemctl", "restart", "usherd.service")
        self.process = host.pid()

    def tearDown(self):
        os.chmod(MAIN, 0o644)
        for path in DROP_INS.glob("*"):
            path.unlink()

    def told(self, text):
        entries = host.journal(_SYSTEMD_UNIT="usherd.service")
        return [entry for entry in entries if text in entry["MESSAGE"]]

    def refused_reload(self, why):
        """A reload that fails and says why; the daemon goes on by the configuration from before."""
        before = len(self.told(why))
        self.assertNotEqual(host.status("systemctl", "reload", "usherd.service"), 0)
        host.eventually(lambda: len(self.told(why)) > before, "the journal says why")
        self.assertEqual(host.show("usherd.service", "ActiveState"), "active")
        self.assertEqual(host.pid(), self.process)
        self.assertEqual(host.connect().ask("server.hello")["services"], ["usher"])

    def check(self):
        """The exit status of a check, and what it writes to standard error."""
        done = host.run("sh", "-c", "usherd --check 2>&1 >/dev/null; echo $?").splitlines()
        return int(done[-1]), done[:-1]

    def test_root_stays_root(self):
        token = host.login("ada", "correct horse")
        self.assertIn("ada", host.run("usherctl", "list", "--user", "ada"))
        for command in (["stats"], ["limiter"], ["limiter", "clear"], ["revoke-all", "--user", "ada"]):
            host.run("usherctl", *command)
        self.assertFalse(host.valid(token))
        self.assertEqual(host.connect().ask("server.hello")["roles"], ["login", "validate", "watch", "admin", "metrics"])

    def test_an_entry_for_root_counts(self):
        MAIN.write_text(self.shipped + WIKI + '[[client]]\nuser = "root"\nroles = ["validate"]\n')
        host.run("systemctl", "reload", "usherd.service")
        host.eventually(lambda: host.connect().ask("server.hello")["roles"] == ["validate"], "it is in effect")
        told = host.run("usherctl", "stats", check=False)
        self.assertEqual(
            told, "usherctl: forbidden: uid 0 (root) lacks the role admin or metrics (server.stats); "
            'the entry "user root" grants validate\n')

    def test_a_reload_with_a_broken_file_fails(self):
        MAIN.write_text(self.shipped + "[[service]]\nnam = 1\n")
        self.refused_reload("service[0].name: is missing")
        MAIN.write_text(self.shipped + WIKI + '[[service]]\nname = "usher"\n[[service]]\nname = "late"\npam = "usher"\n')
        host.run("systemctl", "reload", "usherd.service")
        host.eventually(lambda: "late" in host.connect().ask("server.hello")["services"], "the next one is in effect")
        self.assertEqual(host.pid(), self.process)

    def test_a_reload_with_a_file_that_the_daemon_cannot_read_fails(self):
        for mode in (0o600, 0o000):
            os.chmod(MAIN, mode)
            self.refused_reload("/etc/usher/usherd.toml: open: Permission denied")
            self.assertEqual(
                self.check(),
                (1, ["/etc/usher/usherd.toml: user usher cannot read it: open: Permission denied"]))
        os.chmod(MAIN, 0o644)
        self.assertEqual(self.check(), (0, []))
        os.chmod(DROP_INS.parent, 0o700)
        self.assertEqual(self.check()[0], 1)
        os.chmod(DROP_INS.parent, 0o755)
        self.assertEqual(self.check(), (0, []))

    def test_a_reload_with_what_is_no_file_fails_and_does_not_hang(self):
        DROP_INS.mkdir(exist_ok=True)
        os.mkfifo(DROP_INS / "pipe.toml")
        os.symlink("/nowhere", DROP_INS / "link.toml")
        self.refused_reload("/etc/usher/usherd.d/pipe.toml: is no regular file")
        self.assertEqual(
            self.check(),
            (1, ["/etc/usher/usherd.d/link.toml: is a link to nothing",
                 "/etc/usher/usherd.d/pipe.toml: is no regular file"]))
        self.assertEqual(host.run("usherd", "--check", "--quiet", check=False).count("\n"), 2)

    def test_what_is_hardly_meant_is_a_warning(self):
        MAIN.write_text(
            self.shipped + '[[service]]\nname = "usher"\n[[service]]\nname = "nofile"\n[[client]]\nuser = "*"\n'
            "roles = []\n" + WIKI)
        self.assertEqual(
            self.check(),
            (0, ['warning: the entry "user wiki" never matches: the entry "anyone" before it matches everybody but root',
                 'warning: the service "nofile" has no PAM file: there is neither /etc/pam.d/nofile nor '
                 "/usr/lib/pam.d/nofile, and nobody can log in by it"]))
        self.assertEqual(host.run("usherd", "--check", "--quiet").count("\n"), 2)
        host.run("systemctl", "reload", "usherd.service")


if __name__ == "__main__":
    unittest.main()
