"""What the package does with what an administrator, a person or an image maker has done before it."""
import contextlib
import os
import pathlib
import pwd
import subprocess
import unittest

import host

POLICY = pathlib.Path("/usr/sbin/policy-rc.d")


def dpkg(*arguments):
    """Runs dpkg(1); its exit status and what it printed."""
    done = subprocess.run(
        ["dpkg", *arguments], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    return done.returncode, done.stdout


@contextlib.contextmanager
def forbidden_to_start():
    """A policy-rc.d that forbids packages to start, stop and restart anything, as image makers have it."""
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


class Package(unittest.TestCase):
    def setUp(self):
        self.addCleanup(host.run, "dpkg", "--purge", "usher")

    def running(self, name):
        """A person's session at a daemon that runs."""
        host.install()
        if host.status("id", name) != 0:
            host.account(name, "correct horse")
        return host.login(name, "correct horse")

    def test_removed_and_installed_again_it_serves(self):
        self.running("ada")
        host.run("dpkg", "--remove", "usher")
        self.assertEqual(host.show("usherd.service", "ActiveState"), "inactive")
        self.assertEqual(host.show("usher-pam.service", "ActiveState"), "inactive")
        host.run("dpkg", "--install", host.PACKAGES[0])
        self.assertEqual(host.sockets("is-enabled"), ["enabled", "enabled"])
        self.assertEqual(host.sockets("is-active"), ["active", "active"])
        self.assertTrue(host.valid(host.login("ada", "correct horse")))

    def test_installed_where_no_systemd_runs_it_is_enabled(self):
        for package in host.PACKAGES:
            # As in a chroot or an image: nothing of a manager can be seen.
            host.run("unshare", "--mount", "sh", "-ec", "mount -t tmpfs none /run; exec dpkg --install " + package)
            self.assertEqual(host.sockets("is-enabled"), ["enabled", "enabled"])
            self.assertEqual(host.sockets("is-active"), ["inactive", "inactive"])
            host.run("systemctl", "daemon-reload")
            self.assertLessEqual(set(host.SOCKETS), set(host.show("sockets.target", "Wants").split()))

    def test_an_upgrade_with_a_broken_configuration_leaves_the_daemons_running(self):
        token = self.running("ada")
        daemons = [host.pid("usherd.service"), host.pid("usher-pam.service")]
        host.configure("bogus = 1\n", "broken.toml")
        status, output = dpkg("--install", host.PACKAGES[1])
        self.assertEqual(status, 0, output)
        self.assertIn("bogus", output)
        self.assertIn("nothing was restarted", output)
        self.assertIn("systemctl restart usher-pam.service usherd.service", output)
        self.assertIn("install ok installed", host.run("dpkg-query", "--show", "--showformat=${Status}", "usher"))
        self.assertEqual(daemons, [host.pid("usherd.service"), host.pid("usher-pam.service")])
        self.assertTrue(host.valid(token))
        os.remove("/etc/usher/usherd.d/broken.toml")
        host.run("systemctl", "restart", "usher-pam.service", "usherd.service")
        self.assertNotEqual(daemons[0], host.pid("usherd.service"))
        self.assertTrue(host.valid(token))

    def test_a_persons_account_is_refused_and_stays(self):
        for account in ["usher", "usher-pam"]:
            for name in ["usher", "usher-pam"]:
                host.status("userdel", name)
            host.account(account, "correct horse")
            person = pwd.getpwnam(account)
            status, output = dpkg("--install", host.PACKAGES[0])
            self.assertNotEqual(status, 0)
            self.assertIn("the account '%s' (uid %d, shell '/bin/sh') is not a system account" % (account, person.pw_uid),
                          output)
            self.assertFalse(os.path.exists("/usr/sbin/usherd"))
            dpkg("--purge", "usher")
            self.assertEqual(pwd.getpwnam(account), person)
            host.run("userdel", "--remove", account)
        host.install()

    def test_an_upgrade_to_somebodys_account_is_refused(self):
        token = self.running("ada")
        daemon = host.pid()
        host.run("usermod", "--shell", "/bin/sh", "usher")
        self.addCleanup(host.run, "usermod", "--shell", "/usr/sbin/nologin", "usher")
        status, output = dpkg("--install", host.PACKAGES[1])
        self.assertNotEqual(status, 0)
        self.assertIn("the account 'usher'", output)
        self.assertEqual(host.pid(), daemon)
        self.assertTrue(host.valid(token))
        self.assertNotIn("+next", host.run("dpkg-query", "--show", "usher"))
        self.assertIn("install ok installed", host.run("dpkg-query", "--show", "--showformat=${Status}", "usher"))

    def test_an_account_made_before_is_taken_and_stays(self):
        for name in ["usher", "usher-pam"]:
            host.status("userdel", name)
        host.run("useradd", "--system", "--uid", "321", "--shell", "/usr/sbin/nologin", "usher")
        self.running("ada")
        self.assertEqual(host.run("ps", "-o", "uid=", "-p", str(host.pid())).strip(), "321")
        host.run("dpkg", "--purge", "usher")
        self.assertEqual(pwd.getpwnam("usher").pw_uid, 321)

    def test_a_purge_leaves_the_locked_accounts_and_nothing_else(self):
        before = host.paths()
        self.running("ada")
        host.run("dpkg", "--install", host.PACKAGES[1])
        host.run("dpkg", "--purge", "usher")
        left = host.paths() - before
        self.assertEqual([path for path in left if "ada" not in path], [])
        for name in ["usher", "usher-pam"]:
            self.assertEqual(pwd.getpwnam(name).pw_shell, "/usr/sbin/nologin")
            self.assertEqual(host.run("passwd", "--status", name).split()[1], "L")

    def test_what_is_disabled_stays_disabled(self):
        self.running("ada")
        host.run("systemctl", "disable", "--now", *host.SOCKETS)
        host.run("systemctl", "stop", "usherd.service", "usher-pam.service")
        for step in [["--install", host.PACKAGES[1]], ["--remove", "usher"], ["--install", host.PACKAGES[0]]]:
            host.run("dpkg", *step)
            if step[0] == "--install":
                self.assertEqual(host.sockets("is-enabled"), ["disabled", "disabled"], step)
                self.assertEqual(host.sockets("is-active"), ["inactive", "inactive"], step)

    def test_policy_is_obeyed(self):
        with forbidden_to_start():
            host.run("dpkg", "--install", host.PACKAGES[0])
            self.assertEqual(host.sockets("is-enabled"), ["enabled", "enabled"])
            self.assertEqual(host.sockets("is-active"), ["inactive", "inactive"])
        host.run("systemctl", "start", *host.SOCKETS)
        token = self.running("ada")
        daemon = host.pid()
        with forbidden_to_start():
            host.run("dpkg", "--install", host.PACKAGES[1])
            self.assertEqual(host.pid(), daemon)
        self.assertTrue(host.valid(token))

    def test_an_upgrade_leaves_the_sockets_alone(self):
        token = self.running("ada")
        since = [host.show(socket, "ActiveEnterTimestampMonotonic") for socket in host.SOCKETS]
        daemon = host.pid()
        host.run("dpkg", "--install", host.PACKAGES[1])
        self.assertNotEqual(host.pid(), daemon)
        self.assertEqual(since, [host.show(socket, "ActiveEnterTimestampMonotonic") for socket in host.SOCKETS])
        self.assertTrue(host.valid(token))

    def test_sockets_that_are_stopped_leave_no_file(self):
        self.running("ada")
        host.run("systemctl", "stop", *host.SOCKETS, "usherd.service", "usher-pam.service")
        self.assertFalse(os.path.exists("/run/usher/usher.sock"))
        self.assertFalse(os.path.exists("/run/usher-pam.sock"))
        host.run("systemctl", "restart", *host.SOCKETS)
        self.assertTrue(host.valid(host.login("ada", "correct horse")))

    def test_a_restart_of_the_sockets_loses_neither_them_nor_a_session(self):
        token = self.running("ada")
        host.run("systemctl", "restart", *host.SOCKETS)
        self.assertTrue(os.path.exists(host.SOCKET))
        self.assertTrue(host.valid(token))
        self.assertTrue(host.valid(host.login("ada", "correct horse")))

    def test_documents_are_complete(self):
        contents = host.run("dpkg-deb", "--contents", host.PACKAGES[0])
        for name in ["PROTOCOL.md", "SECURITY.md", "openrpc.json", "schema/session.json", "vectors/frames.json",
                     "vectors/web/cookie.json", "examples/usher_login.py", "changelog.gz", "copyright",
                     "drop-ins/network-modules.conf", "monitoring/usher.rules.yml"]:
            self.assertIn("./usr/share/doc/usher/%s\n" % name, contents)

    def test_modules_are_plain_c(self):
        host.install()
        module = "/usr/lib/usher/pam_usher_trace.so"
        self.assertLess(os.path.getsize(module), 64 << 10)
        self.assertEqual(
            {line.split()[0] for line in host.run("ldd", module).splitlines()} - {"linux-vdso.so.1"},
            {"libpam.so.0", "libc.so.6", "libaudit.so.1", "libcap-ng.so.0", "/lib64/ld-linux-x86-64.so.2"})


if __name__ == "__main__":
    unittest.main()
