"""What usher-gate prints for an administrator."""
import getpass
import pathlib
import subprocess
import tempfile
import unittest

from gate import CONFIGURATION, GATE


class ExplanationTests(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.file = pathlib.Path(directory.name, "gate.toml")
        text = CONFIGURATION.format(port=443, user=getpass.getuser(), gate="")
        self.file.write_text(text.replace('groups = ["daemon"]', 'groups = ["daemon"]\nmax_age = "15m"'))

    def explain(self, *arguments):
        return subprocess.run([GATE, "--config", self.file, "--explain", *arguments], capture_output=True, text=True)

    def test_names_what_each_rule_decides_about_a_user_of_the_host(self):
        told = self.explain("https://wiki.corp.test/any/page?x=1", "--user", "daemon")
        self.assertEqual((told.returncode, told.stderr), (0, ""))
        lines = told.stdout.splitlines()
        self.assertIn("wiki, admin, members, public, fresh", lines[0])
        self.assertIn("admin: daemon does not pass: only users nobody-at-all do; the tool hears Remote-User, Remote-Groups", lines)
        self.assertIn("members: daemon passes: a member of daemon; a login older than 15m is confirmed first; "
                      "the tool hears Remote-User, Remote-Groups", lines)
        self.assertIn("public: everybody passes without a login; the tool hears no name", lines)
        told = self.explain("https://wiki.corp.test/", "--user", "nobody").stdout
        self.assertIn("members: nobody does not pass: only members of groups daemon do;", told)

    def test_needs_no_user(self):
        self.assertIn("\nmembers: members of groups daemon pass;", self.explain("https://wiki.corp.test/").stdout)

    def test_says_what_is_wrong_with_the_address_or_the_user(self):
        for address, words in (("https://e.test/", "the sites are https://wiki.corp.test, https://ci.corp.test"),
                               ("http://wiki.corp.test/", "the address is http"), ("https://login.corp.test/", "is the portal")):
            told = self.explain(address)
            self.assertEqual((told.returncode, told.stdout), (1, ""))
            self.assertIn(words, told.stderr)
        told = self.explain("https://wiki.corp.test/", "--user", "no-such-user")
        self.assertEqual((told.returncode, told.stdout), (2, ""))
        self.assertIn('there is no user "no-such-user"', told.stderr)
        told = subprocess.run([GATE, "--config", self.file, "--user", "daemon"], capture_output=True, text=True)
        self.assertEqual(told.returncode, 2)


class DoctorTests(unittest.TestCase):
    def test_reads_the_configuration_as_the_gate_of_the_same_directory_does(self):
        with tempfile.TemporaryDirectory() as directory:
            file = pathlib.Path(directory, "gate.toml")
            portal = "http://localhost:1"
            file.write_text('[gate]\nportal = "%s"\nproxies = ["%s"]\n[[site]]\norigin = "%s"\nrules = ["a"]\n[[rule]]\nname = "a"\n'
                            % (portal, getpass.getuser(), portal))
            told = subprocess.run([GATE, "doctor", "--directory", directory, "--config", file, portal + "/"], capture_output=True, text=True)
            self.assertEqual((told.returncode, told.stderr), (1, ""))
            self.assertIn("FAULT", told.stdout)
