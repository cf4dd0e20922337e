"""Names of users and groups that are not ASCII, or hold what lists are made of: what a tool hears, and who is who."""
import ctypes
import getpass
import json
import pathlib
import unicodedata
import unittest
import urllib.parse

import gate
from gate import CONFIGURATION, Caddy, Gate, Nginx, Tool, free_port
from tool import Daemon

# Two accounts that look the same: one is written with one character, the other with a letter and a mark.
ONE = unicodedata.normalize("NFC", "jürgen")
OTHER = unicodedata.normalize("NFD", ONE)
GROUPS = {"Müller": [ONE], "R&D, Süd": [ONE], "100%": [ONE], "Kü,che": [OTHER], unicodedata.normalize("NFD", "Müller"): [OTHER]}


# The rules of the wiki let in whoever is in a group of the one, and the other by name.
LISTED = [name for name, members in GROUPS.items() if members == [ONE]]
RULES = {'users = ["nobody-at-all"]': "groups = " + json.dumps(list(GROUPS), ensure_ascii=False), 'groups = ["daemon"]': "",
         'max_age = "2s"': 'users = ["%s"]' % OTHER, 'name = "ci"': 'name = "ci"\ngroups = %s' % json.dumps(LISTED, ensure_ascii=False)}


class NameTests(gate.ProxyCase):
    @classmethod
    def setUpClass(cls):
        try:
            ctypes.CDLL("libnss_wrapper.so")
        except OSError:
            raise AssertionError("libnss-wrapper is missing: Tests/prepare installs it") from None
        cls.daemon = Daemon(users=[ONE + ":words", OTHER + ":words"])
        cls.addClassCleanup(cls.daemon.close)
        port = free_port()
        text = CONFIGURATION.format(port=port, user=getpass.getuser(), gate='service = "default"')
        for old, new in RULES.items():
            text = text.replace(old, new)
        cls.gate = Gate(cls.daemon, port=port, text=text, environment=cls.host())
        cls.addClassCleanup(cls.gate.close)
        cls.tool = Tool()
        cls.addClassCleanup(cls.tool.close)
        cls.proxy = cls.proxy_type(cls.gate, cls.tool)
        cls.addClassCleanup(cls.proxy.close)

    @classmethod
    def host(cls):
        """Users and groups as a directory may have them; useradd(8) and groupadd(8) refuse such names."""
        users, groups = (pathlib.Path(cls.daemon.directory, name) for name in ("passwd", "group"))
        own = "".join("%s:x:%d:65534::/:/bin/false\n" % (name, 70001 + number) for number, name in enumerate((ONE, OTHER)))
        users.write_text(pathlib.Path("/etc/passwd").read_text() + own)
        own = "".join("%s:x:%d:%s\n" % (name, 80001 + number, ",".join(members)) for number, (name, members) in enumerate(GROUPS.items()))
        groups.write_text(pathlib.Path("/etc/group").read_text() + own)
        return {"LD_PRELOAD": "libnss_wrapper.so", "NSS_WRAPPER_PASSWD": str(users), "NSS_WRAPPER_GROUP": str(groups)}

    def logged_in(self, name):
        browser = self.browser()
        self.assertEqual(browser.submit(browser.open(browser.url("wiki")), user=name, password="words").status, 200)
        return browser

    def heard(self, browser):
        """The fields as a tool decodes them that knows UTF-8: http.server takes their bytes for Latin-1, as WSGI does."""
        fields = self.seen(browser.open(browser.url("wiki")))
        return {name: [value.encode("latin-1").decode() for value in values] for name, values in fields.items()}

    def test_reach_the_tool_as_the_hosts_own_bytes_in_a_list_that_can_be_taken_apart(self):
        heard = self.heard(self.logged_in(ONE))
        self.assertEqual(heard["remote-user"], [ONE])
        self.assertEqual(heard["remote-groups"], ["Müller,R&D%2C Süd,100%25"])
        self.assertEqual([urllib.parse.unquote(name) for name in heard["remote-groups"][0].split(",")], LISTED)

    def test_that_look_the_same_are_two_users_and_two_groups(self):
        one, other = self.logged_in(ONE), self.logged_in(OTHER)
        for _ in range(2):
            self.assertEqual(self.heard(one)["remote-user"], [ONE])
            heard = self.heard(other)
            self.assertEqual(heard["remote-user"], [OTHER])
            self.assertEqual(heard["remote-groups"], [",".join(name.replace(",", "%2C") for name in GROUPS if name not in LISTED)])
            # By group, by name.
            self.assertEqual([browser.open(browser.url("ci")).status for browser in (one, other)], [200, 403])
            self.assertEqual([browser.open(browser.url("wiki", "/fresh")).status for browser in (one, other)], [403, 200])


class NginxNameTests(NameTests, unittest.TestCase):
    proxy_type = Nginx


class CaddyNameTests(NameTests, unittest.TestCase):
    proxy_type = Caddy


if __name__ == "__main__":
    unittest.main()
