"""Entries read back by field, as an admin searches for them."""
import unittest

import host


class Journal(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        host.install(host.TOOLS + '\n[[service]]\nname = "usher"\nfloor = "100ms"\n')
        host.account("ada", "correct horse")

    def test_login_and_its_end(self):
        token = host.login("ada", "correct horse")
        session = host.connect().ask("session.validate", token=token)["session"]
        host.connect().ask("session.revoke", token=token)
        entries = host.journal(USHER_HANDLE=session["handle"])
        self.assertEqual([entry["USHER_USER"] for entry in entries], ["ada", "ada"])
        self.assertEqual([entry["USHER_PEER_UID"] for entry in entries], ["0", "0"])
        ids = [entry["MESSAGE_ID"] for entry in entries]
        self.assertEqual(len(set(ids)), 2)
        explained = host.run("journalctl", "--catalog", "MESSAGE_ID=" + ids[0])
        self.assertIn("Subject: A person logged in", explained)

    def test_refusal_and_what_was_typed(self):
        before = len(host.journal(_SYSTEMD_UNIT="usherd.service"))
        self.assertEqual(host.status("usherctl", "login", "--password-stdin", "my secret password", input="x\n"), 1)
        lines = host.eventually(
            lambda: host.journal(_SYSTEMD_UNIT="usherd.service")[before:], "the refusal is written")
        self.assertTrue(any(entry.get("USHER_PEER_UID") == "0" for entry in lines), lines)
        self.assertNotIn("my secret password", host.run("journalctl", "--unit=usherd.service", "--output=verbose"))

    def test_a_name_forges_nothing(self):
        usher = host.connect()
        usher.ask("session.create", user="evil name", methods=["pwd"])
        try:
            usher.ask("session.create", user="evil\nMESSAGE=forged", methods=["pwd"])
        except host.Refused:
            pass
        self.assertEqual(host.journal(MESSAGE="forged"), [])
        self.assertEqual(len(host.journal(USHER_USER="evil name")), 1)

    def test_lines_of_the_modules_belong_to_a_login(self):
        self.assertEqual(host.status("usherctl", "login", "--password-stdin", "ada", input="wrong\n"), 1)
        refused = host.eventually(lambda: host.journal(USHER_REASON="denied"), "the refusal is written")[-1]
        lines = host.journal(_PID=refused["USHER_WORKER_PID"])
        self.assertTrue([line for line in lines if "authentication failure" in line["MESSAGE"]], lines)


if __name__ == "__main__":
    unittest.main()
