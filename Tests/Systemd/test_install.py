"""From a fresh host to a first login, and back."""
import glob
import os
import subprocess
import tempfile
import unittest
import warnings

import host


class Checkout(unittest.TestCase):
    def test_life_of_a_checkout(self):
        before = host.paths()
        with self.subTest("installs, and the first request starts the daemon"):
            host.run("/box/checkout/systemd/install")
            self.assertEqual(host.sockets("is-enabled"), ["enabled", "enabled"])
            host.configure(host.TOOLS)
            host.account("bob", "correct horse")
            token = host.login("bob", "correct horse")

        with self.subTest("installs over itself: the daemon is restarted, sessions and an administrator's choice stay"):
            host.run("systemctl", "disable", *host.SOCKETS)
            daemon = host.pid()
            host.run("/box/checkout/systemd/install")
            self.assertNotEqual(host.pid(), daemon)
            self.assertTrue(host.valid(token))
            self.assertEqual(host.sockets("is-enabled"), ["disabled", "disabled"])

        with self.subTest("a broken configuration leaves the daemon running"):
            daemon = host.pid()
            host.configure("bogus = 1\n", "broken.toml")
            self.assertIn("nothing was restarted", host.run("/box/checkout/systemd/install"))
            self.assertEqual(host.pid(), daemon)

        with self.subTest("is taken away without leftovers"):
            host.run("/box/checkout/systemd/uninstall", "--purge")
            self.assertEqual(host.show("usherd.service", "LoadState"), "not-found")
            self.assertEqual([path for path in host.paths() - before if "bob" not in path], [])

        with self.subTest("a person's account is refused"):
            host.run("usermod", "--shell", "/bin/sh", "usher-pam")
            self.addCleanup(host.run, "usermod", "--shell", "/usr/sbin/nologin", "usher-pam")
            self.assertEqual(host.status("/box/checkout/systemd/install"), 1)
            self.assertEqual([path for path in host.paths() - before if "bob" not in path], [])


class Development(unittest.TestCase):
    """What the author of a tool has who installs the package and nothing else."""

    def setUp(self):
        self.addCleanup(host.run, "dpkg", "--purge", "usher")
        host.install(configuration=None)
        self.place = tempfile.TemporaryDirectory()
        self.addCleanup(self.place.cleanup)
        os.chown(self.place.name, 65534, 65534)

    def test_a_daemon_of_their_own(self):
        directory = self.place.name + "/a #b"
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        daemon = subprocess.Popen(nobody + ["usherd", "--dev", "--directory", directory, "--user", "ada", "--otp"])
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.terminate)
        host.eventually(lambda: os.path.exists(directory + "/usher.sock"), "it listens")
        tour = host.run(*nobody, "usherctl", "tour", "--directory", directory)
        self.assertEqual(len(tour.splitlines()), 10, tour)
        self.assertEqual([line for line in tour.splitlines() if len(line) > 80], [])

    def test_the_overview(self):
        self.assertIn("/usr/share/man/man7/usher.7.gz", host.run("dpkg-query", "--listfiles", "usher").splitlines())


class Install(unittest.TestCase):
    def test_life_of_the_package(self):
        with self.subTest("installs and verifies"):
            host.install(configuration=None)
            self.assertEqual(host.show("usherd.socket", "ActiveState"), "active")
            self.assertEqual(host.show("usherd.service", "ActiveState"), "inactive")
            units = [unit for unit in glob.glob("/lib/systemd/system/usher*.[st]*") if os.path.isfile(unit)]
            self.assertEqual(len(units), 6)
            self.assertEqual(host.run("systemd-analyze", "verify", *units), "")

        with self.subTest("needs nothing but the distribution's libraries"):
            for program in ["/usr/sbin/usherd", "/usr/bin/usherctl", "/usr/lib/usher/usher-pam", "/usr/lib/usher/usher-pam-worker",
                            "/usr/lib/usher/usher-pam-doctor"]:
                libraries = host.run("ldd", program)
                self.assertNotIn("swift", libraries)
                self.assertNotIn("not found", libraries)

        with self.subTest("the first request starts the daemon, and a real account logs in"):
            host.account("ada", "correct horse")
            token = host.login("ada", "correct horse")
            self.assertEqual(host.show("usherd.service", "ActiveState"), "active")
            self.assertTrue(host.valid(token))
            self.assertEqual(os.stat("/proc/%d/mem" % host.pid()).st_uid, 0)  # not dumpable
            self.assertIn("usher", host.run("ps", "-o", "user=", "-p", str(host.pid())))
            self.assertIn("usher-p", host.run("ps", "-o", "user=", "-p", str(host.pid("usher-pam.service"))))

        with self.subTest("a wrong password is refused"):
            self.assertEqual(host.status("usherctl", "login", "--password-stdin", "ada", input="wrong\n"), 1)

        with self.subTest("is sandboxed"):
            for unit, most in [("usherd.service", 0.5), ("usher-pam.service", 0.7)]:
                last = host.run("systemd-analyze", "security", unit).strip().splitlines()[-1]
                self.assertLessEqual(float(last.split(":")[1].split()[0]), most, last)

        with self.subTest("a stop ends every session"):
            host.run("systemctl", "stop", "usherd.service")
            self.assertFalse(host.valid(token))

        with self.subTest("is removed without leftovers"):
            host.run("dpkg", "--purge", "usher")
            self.assertEqual(host.show("usherd.socket", "LoadState"), "not-found")
            left = [path for path in glob.glob("/etc/usher*") + glob.glob("/run/usher*") + glob.glob("/usr/*/usher*")]
            self.assertEqual(left, [])


if __name__ == "__main__":
    unittest.main()
