"""The style sheet and the logo of usher-gate's pages."""
import pathlib
import re
import unittest

import test_gate
import test_gate_reload
from gate import Gate
from tool import NAVIGATION, Daemon

PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg"><circle r="4"/></svg>'


class ThemeTests(unittest.TestCase):
    portal = test_gate.GateTest.portal
    reload = test_gate_reload.ReloadTest.reload
    told = test_gate_reload.ReloadTest.told

    def setUp(self):
        self.daemon = Daemon()
        self.addCleanup(self.daemon.close)
        self.style, self.logo = (pathlib.Path(self.daemon.directory, name) for name in ("gate.css", "gate.svg"))
        self.style.write_text("h1 { color: teal }\n")
        self.logo.write_bytes(PICTURE)
        self.gate = Gate(self.daemon, more='style = "%s"\nlogo = "%s"' % (self.style, self.logo))
        self.addCleanup(self.gate.close)

    def names(self):
        page = self.portal("login", NAVIGATION.items()).body
        return re.search(r'<link rel="stylesheet" href="/\.usher/(style-[0-9a-f]{16}\.css)">', page).group(1), \
            re.search(r'<img src="/\.usher/(logo-[0-9a-f]{16}\.svg)" alt="Corp &lt;Test&gt;">', page).group(1)

    def test_is_loaded_by_every_page_of_every_site_and_may_be_kept(self):
        style, logo = self.names()
        for host in ("login.corp.test", "wiki.corp.test"):
            page = self.portal(style, host=host)
            self.assertEqual((page.status, page.header("Content-Type"), page.body), (200, "text/css; charset=utf-8", "h1 { color: teal }\n"))
            self.assertIn("immutable", page.header("Cache-Control"))
        page = self.portal(logo)
        self.assertEqual((page.status, page.header("Content-Type"), page.body.encode()), (200, "image/svg+xml", PICTURE))
        self.assertIn("sandbox", page.header("Content-Security-Policy"))
        self.assertEqual(self.portal("style-0123456789abcdef.css").status, 404)
        self.assertEqual(self.portal(style, method="POST", body={}).status, 404)

    def test_changes_with_a_reload_under_another_name(self):
        before, _ = self.names()
        self.style.write_text("h1 { color: navy }\n")
        self.assertEqual(self.portal(before).body, "h1 { color: teal }\n")
        self.assertIn("configuration reloaded", self.reload("Corp", "Corp"))
        after, _ = self.names()
        self.assertNotEqual(after, before)
        self.assertEqual((self.portal(after).body, self.portal(before).status), ("h1 { color: navy }\n", 404))
        self.style.unlink()
        self.assertRegex(self.reload("Corp", "Corp"), "configuration refused.*gate.style: .*cannot be read")
        self.assertEqual(self.portal(after).status, 200)
