"""How much of a request usher-gate takes."""
import http.client

import test_gate


class LimitTests(test_gate.GateTest):
    def auth(self, fields):
        try:
            return self.gate.nginx("auth", fields=fields).status
        except (http.client.HTTPException, OSError):
            return None

    def test_of_fields_are_those_of_nginx(self):
        """nginx hands on four buffers of 8 KiB."""
        self.assertEqual(self.auth([("Cookie", "other=" + "x" * 8000)] * 4), 401)
        for fields in ([("Cookie", "other=" + "x" * 17 * 1024)], [("Cookie", "other=" + "x" * 8000)] * 6):
            self.assertIn(self.auth(fields), (None, 400, 431))
        self.assertEqual(self.auth([]), 401)

    def test_of_the_way_back_leave_the_start_of_the_site(self):
        for length, to in ((2000, "%2Fxxx"), (3000, "%2F&")):
            page = self.gate.nginx("refused", path="/" + "x" * length, fields=test_gate.NAVIGATION.items())
            self.assertEqual(page.status, 302)
            self.assertIn(to, page.header("Location").split("corp.test%3A")[1])

    def test_of_an_answers_fields_are_those_that_the_printed_lines_ask_of_nginx(self):
        """Each symbol takes three bytes in the address of the login."""
        page = self.gate.nginx("refused", path="/" + "&" * 1990, fields=test_gate.NAVIGATION.items())
        self.assertEqual((page.status, page.header("Location").count("%26")), (302, 1990))
        self.assertLess(sum(len(name) + len(value) + 4 for name, value in page.fields), 8000)
        self.assertIn("proxy_buffer_size 8k;", self.gate.lines("nginx", "--site", "https://wiki.corp.test:%d" % self.gate.port))
