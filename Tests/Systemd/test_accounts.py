"""Sessions end when the account does: real accounts, the tools that administrators use, within five seconds (ASVS 7.4.2)."""
import os
import pathlib
import shutil
import time
import unittest

import host

PASSWORD = "correct horse"
CONFIGURATION = """
[[client]]
user = "root"
roles = ["login", "validate", "issue", "watch", "admin"]
services = ["usher", "keeper", "remote", "rules", "debian", "forgetful", "clumsy"]
relays_source = true
[[service]]
name = "usher"
floor = "100ms"
[[service]]
name = "keeper"
pam = "usher"
floor = "100ms"
on_password_change = "keep"
[[service]]
name = "clumsy"
pam = "usher-clumsy"
floor = "100ms"
[[service]]
name = "forgetful"
pam = "usher"
floor = "100ms"
unknown_ends = false
[[service]]
name = "remote"
pam = "usher-remote"
floor = "100ms"
account_check = "1m"
[[service]]
name = "rules"
pam = "usher-rules"
floor = "100ms"
[[service]]
name = "debian"
pam = "usher-debian"
floor = "100ms"
"""
CLUMSY = "auth required pam_unix.so\naccount required pam_unix.so\n"
STATE = pathlib.Path("/run/usherhang")
LIMIT = 5.0


def stack(name, text):
    """Makes `text` the service file `name`, as editors do: another file under the same name."""
    path = pathlib.Path("/etc/pam.d", name)
    path.with_suffix(".new").write_text(text)
    path.with_suffix(".new").rename(path)


def login(user, service="usher", address=None, password=PASSWORD):
    """The token of a new session."""
    context = {"context": {"remote_ip": address}} if address else {}
    return host.connect().ask("auth.start", user=user, password=password, service=service, **context)["token"]


def details(user):
    """What the journal says that ended sessions of `user`."""
    return [entry["USHER_DETAIL"] for entry in host.journal(USHER_REASON="account", USHER_USER=user)]


class Accounts(unittest.TestCase):
    numbers = 0

    @classmethod
    def setUpClass(cls):
        libraries = next(path.parent for path in pathlib.Path("/lib").glob("*/libc.so.6"))
        shutil.copy("/box/libnss_usherhang.so.2", libraries)
        switch = pathlib.Path("/etc/nsswitch.conf")
        lines = [
            line + " usherhang" if line.startswith("passwd:") else line for line in switch.read_text().splitlines()]
        switch.write_text("\n".join(lines) + "\n")
        stack("usher-debian", "@include common-auth\n@include common-account\n")
        stack("usher-remote", "auth required pam_permit.so\naccount required pam_permit.so\n")
        stack("usher-clumsy", CLUMSY)
        stack("usher-rules", "auth required pam_unix.so\naccount required pam_unix.so\naccount required pam_access.so\n"
              "account required pam_time.so\n")
        host.install(CONFIGURATION)
        host.run("systemctl", "start", "usherd.service", "usher-pam.service")

    def setUp(self):
        STATE.unlink(missing_ok=True)

    def user(self):
        """An account of its own."""
        Accounts.numbers += 1
        name = "person%d" % Accounts.numbers
        host.account(name, PASSWORD)
        return name

    def ends(self, token, what):
        """How long it takes until the session is refused."""
        start = time.monotonic()
        host.eventually(lambda: not host.valid(token), "the session ends: " + what)
        taken = time.monotonic() - start
        print("%-44s %.2f s" % (what, taken), flush=True)
        self.assertLess(taken, LIMIT, what)

    def stays(self, token, what, seconds=4):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.assertTrue(host.valid(token), what)
            time.sleep(0.2)

    def test_asvs_7_4_1_an_ended_session_is_refused_on_every_connection(self):
        user, old = self.user(), host.connect()
        token = login(user)
        self.assertTrue(old.ask("session.validate", token=token)["valid"])
        host.run("usermod", "--lock", user)
        self.ends(token, "usermod -L")
        self.assertFalse(old.ask("session.validate", token=token)["valid"])
        self.assertFalse(host.connect().ask("session.validate", token=token)["valid"])
        self.assertEqual(host.connect().ask("session.list", user=user)["sessions"], [])

    def test_asvs_7_4_2_sessions_end_with_the_account(self):
        for what, detail, commands in [
                ("usermod -L", "locked", [["usermod", "--lock", "USER"]]),
                ("passwd -l", "locked", [["passwd", "--lock", "USER"]]),
                ("chage -E 0", "expired", [["chage", "--expiredate", "0", "USER"]]),
                ("usermod -e", "expired", [["usermod", "--expiredate", "2001-01-01", "USER"]]),
                ("userdel", "unknown", [["userdel", "USER"]]),
                ("usermod -u", "uid", [["usermod", "--uid", "61000", "USER"]]),
                ("usermod -l (rename)", "unknown", [["usermod", "--login", "renamed", "USER"]]),
        ]:
            with self.subTest(what):
                user = self.user()
                tokens = [login(user), login(user, "keeper")]
                for command in commands:
                    host.run(*[user if word == "USER" else word for word in command])
                for token in tokens:
                    self.ends(token, what)
                self.assertEqual(set(details(user)), {detail})

    def test_asvs_7_4_3_a_new_password_ends_the_sessions_before_it(self):
        user = self.user()
        tokens = [login(user), login(user, "keeper")]
        host.run("chpasswd", input="%s:battery staple\n" % user)
        self.ends(tokens[0], "chpasswd, on_password_change = end")
        self.stays(tokens[1], "on_password_change = keep")
        self.assertEqual(details(user), ["password"])
        fresh = login(user, password="battery staple")
        self.stays(fresh, "a session of the new password")
        host.run("passwd", "--delete", user)
        self.ends(fresh, "passwd -d")

    def test_who_logs_in_by_a_new_password_ends_the_old_sessions_at_once(self):
        user = self.user()
        token = login(user)
        host.run("systemctl", "stop", "usher-pam.service")  # nobody sees the change of the file
        host.run("chpasswd", input="%s:battery staple\n" % user)
        fresh = login(user, password="battery staple")
        self.assertFalse(host.valid(token))
        self.assertTrue(host.valid(fresh))

    def test_a_uid_that_somebody_else_gets(self):
        user = self.user()
        uid = host.run("id", "--user", user).strip()
        token = login(user)
        host.run("userdel", user)
        host.run("useradd", "--uid", uid, "heir" + uid)
        self.ends(token, "userdel and useradd of the same uid")
        self.assertEqual(details(user), ["unknown"])
        again = self.user()
        number = host.run("id", "--user", again).strip()
        kept = login(again, "keeper")
        host.run("userdel", again)
        host.run("useradd", "--uid", number, again)
        self.ends(kept, "userdel and useradd of the same name and uid")

    def test_a_uid_that_somebody_else_gets_where_a_directory_may_forget(self):
        user = self.user()
        uid = host.run("id", "--user", user).strip()
        token = login(user, "forgetful")
        host.run("useradd", "--uid", uid, "--non-unique", "alias" + uid)
        self.stays(token, "another name for the same uid", 2)
        host.run("userdel", "alias" + uid)
        host.run("userdel", user)
        self.stays(token, "unknown_ends = false", 3)
        host.run("useradd", "--uid", uid, "heir" + uid)
        self.ends(token, "useradd of the uid of a name that is gone")
        self.assertEqual(details(user), ["uid"])

    def test_files_replaced_as_by_vipw(self):
        user, other = self.user(), self.user()
        tokens = [login(user), login(other)]
        for name in ["passwd", "shadow"]:
            path = pathlib.Path("/etc", name)
            lines = [line for line in path.read_text().splitlines() if not line.startswith(user + ":")]
            edited = path.with_suffix(".edit")
            edited.write_text("\n".join(lines) + "\n")
            shutil.copystat(path, edited)
            os.chown(edited, path.stat().st_uid, path.stat().st_gid)
            edited.rename(path)
        self.ends(tokens[0], "another /etc/passwd and /etc/shadow")
        self.stays(tokens[1], "another account")

    def test_rules_of_pam_access_and_pam_time(self):
        user = self.user()
        near, far = login(user, "rules", "192.0.2.1"), login(user, "rules", "198.51.100.1")
        access = pathlib.Path("/etc/security/access.conf")
        before = access.read_text()
        access.write_text(before + "-:%s:192.0.2.1\n" % user)
        self.ends(near, "pam_access, of one address")
        self.stays(far, "a session from elsewhere", 2)
        access.write_text(before)
        rules = pathlib.Path("/etc/security/time.conf")
        kept = rules.read_text()
        rules.write_text(kept + "usher-rules;*;%s;!Al0000-2400\n" % user)
        self.ends(far, "pam_time")
        rules.write_text(kept)
        self.assertEqual(details(user), ["denied", "denied"])

    def test_shadow_that_cannot_be_read_ends_nobody(self):
        user = self.user()
        tokens = [login(user), login(user, "debian")]
        host.run("chmod", "0600", "/etc/shadow")
        host.run("chown", "root:root", "/etc/shadow")
        try:
            for token in tokens:
                self.stays(token, "nobody can tell")
            told = host.journal(USHER_SERVICE="usher", MESSAGE_ID=self.message("accountsUnchecked"))
            self.assertEqual(len(told), 1, told)
        finally:
            host.run("chown", "root:shadow", "/etc/shadow")
            host.run("chmod", "0640", "/etc/shadow")
        host.run("usermod", "--lock", user)
        for token in tokens:
            host.eventually(lambda: not host.valid(token), "the session ends", 60)

    def test_the_stack_of_debian_which_denies_whatever_pam_unix_does_not_let_pass(self):
        for what, detail, command in [
                ("chage -E 0, by common-account", "denied", ["chage", "--expiredate", "0"]),
                ("usermod -L, by common-account", "locked", ["usermod", "--lock"]),
                ("userdel, by common-account", "unknown", ["userdel"])]:
            with self.subTest(what):
                user = self.user()
                token = login(user, "debian")
                host.run(*command, user)
                self.ends(token, what)
                self.assertEqual(details(user), [detail])

    def test_a_service_file_that_is_broken_ends_nobody(self):
        users = [self.user() for _ in range(4)]
        tokens = [login(user, "clumsy") for user in users]
        held = self.message("accountsHeld")
        for broken in ["", CLUMSY.replace("account required", "account requird")]:
            with self.subTest(broken):
                before = len(host.journal(USHER_SERVICE="clumsy", MESSAGE_ID=held))
                stack("usher-clumsy", broken)
                for token in tokens:
                    self.stays(token, "everybody is denied", 2)
                self.assertEqual(len(host.journal(USHER_SERVICE="clumsy", MESSAGE_ID=held)), before + 1)
                self.assertEqual(host.connect().ask("server.stats")["account_services_held"], 1)
                stack("usher-clumsy", CLUMSY)
                host.eventually(
                    lambda: host.connect().ask("server.stats")["account_services_held"] == 0, "it is let go", 10)
        self.assertEqual([details(user) for user in users], [[]] * len(users))
        stack("usher-clumsy", "")
        self.stays(tokens[0], "everybody is denied", 2)
        host.run("usermod", "--lock", users[0])
        self.ends(tokens[0], "usermod -L, while everybody is denied")
        stack("usher-clumsy", CLUMSY + "account required pam_succeed_if.so quiet user != %s\n" % users[1])
        self.ends(tokens[1], "a rule in the file that replaces the broken one")
        self.stays(tokens[2], "another account", 2)

    def message(self, title):
        """The MESSAGE_ID of an entry, by the words of its catalog."""
        words = {"accountsUnchecked": "Accounts of a service cannot be checked",
                 "accountsHeld": "A PAM service denies everybody",
                 "accountsCheckedAgain": "Accounts of a service can be checked again"}[title]
        catalog = pathlib.Path("/usr/lib/systemd/catalog/usher.catalog").read_text()
        return next(part.split()[0] for part in catalog.split("-- ") if words in part)

    def test_a_directory_that_hangs_or_is_away_ends_nobody(self):
        user = self.user()
        token, remote = login(user), login("remote-tool", "remote")
        STATE.write_text("hang")
        host.run("usermod", "--lock", user)
        self.ends(token, "usermod -L, beside a directory that hangs")
        STATE.write_text("away")
        self.stays(remote, "the directory is away", 3)
        host.eventually(
            lambda: host.journal(USHER_SERVICE="remote", MESSAGE_ID=self.message("accountsUnchecked")),
            "it is told", 40)
        STATE.unlink()
        host.eventually(
            lambda: host.journal(USHER_SERVICE="remote", MESSAGE_ID=self.message("accountsCheckedAgain")),
            "it is told that the directory answers again", 90)
        self.assertTrue(host.valid(remote))
        STATE.write_text("gone")
        host.eventually(lambda: not host.valid(remote), "an account of a directory ends with the interval", 150)
        self.assertEqual(details("remote-tool"), ["unknown"])

    def test_a_restart_of_the_broker_or_the_daemon_ends_nobody_and_forgets_nothing(self):
        user = self.user()
        token = login(user)
        host.run("systemctl", "restart", "usher-pam.service")
        self.stays(token, "the broker was restarted")
        host.run("systemctl", "restart", "usherd.service")
        self.stays(token, "the daemon was restarted", 2)
        host.run("chpasswd", input="%s:battery staple\n" % user)
        self.ends(token, "chpasswd, after a restart of both")

    def test_what_is_told(self):
        user = self.user()
        watcher = host.connect()
        watcher.ask("events.subscribe", user=user)
        token = login(user)
        before = host.connect().ask("server.stats")
        host.run("usermod", "--lock", user)
        self.ends(token, "usermod -L")
        after = host.connect().ask("server.stats")
        self.assertEqual(after["sessions_account_locked"] - before["sessions_account_locked"], 1)
        self.assertIn("usher_sessions_ended_total{reason=\"account_locked\"}", host.run("usherctl", "stats", "--prometheus"))
        entry = host.journal(USHER_REASON="account", USHER_USER=user)[-1]
        self.assertEqual((entry["USHER_DETAIL"], entry["USHER_COUNT"]), ("locked", "1"))
        self.assertIn("ended with the account", host.run("journalctl", "--catalog", "USHER_USER=" + user))


if __name__ == "__main__":
    unittest.main()
