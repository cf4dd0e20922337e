"""usher-gate as its package installs it: started by the first question, without a network, and with cookies that outlive it."""
import contextlib
import glob
import html.parser
import http.client
import os
import pathlib
import signal
import socket
import subprocess
import threading
import unittest
import urllib.parse

import host

PACKAGE = next(iter(glob.glob("/box/gate/*.deb")), None)
SOCKET = "/run/usher-gate/http.sock"
PORTAL = "https://login.corp.test"
CONFIGURATION = pathlib.Path("/etc/usher/usher-gate.toml")
GATE = """
[gate]
portal = "%s"
proxies = ["root"]
[[site]]
origin = "%s"
rules = ["all", "staff"]
[[rule]]
name = "all"
[[rule]]
name = "staff"
groups = ["staff"]
""" % (PORTAL, PORTAL)
# Prints whether the socket lets somebody in.
CONNECT = "import socket; print(socket.socket(socket.AF_UNIX).connect_ex('%s'))" % SOCKET


class Fields(html.parser.HTMLParser):
    """The fields of a page's form."""

    def __init__(self, page):
        super().__init__()
        self.found = {}
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "input":
            self.found[attributes["name"]] = attributes.get("value", "")


def ask(path, cookie="", body=None, name=SOCKET):
    """Asks as a proxy does; the answer and its body."""
    with contextlib.closing(http.client.HTTPConnection("gate", timeout=60)) as connection:
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(60)
        connection.sock.connect(name)
        fields = {"X-Original-URL": PORTAL + "/", "X-Original-Method": "GET", "X-Real-IP": "192.0.2.7", "Cookie": cookie,
                  "Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("GET" if body is None else "POST", path, body and urllib.parse.urlencode(body), fields)
        answer = connection.getresponse()
        return answer, answer.read().decode()


def status(rule, cookie=""):
    return ask("/auth/nginx/" + rule, cookie)[0].status


def log_in(user, password):
    """The cookie of a new session."""
    answer, page = ask("/pages/nginx/login")
    cookie = answer.getheader("Set-Cookie").split(";")[0]
    answer, page = ask("/pages/nginx/login", cookie, {**Fields(page).found, "user": user, "password": password})
    if answer.status != 303:
        raise AssertionError("%d\n%s" % (answer.status, page))
    return answer.getheader("Set-Cookie").split(";")[0]


@unittest.skipUnless(PACKAGE, "there is no package of usher-gate")
class Gateway(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        host.install()
        # It brings the user that the daemon's configuration names, and says what that needs.
        host.run("dpkg", "--install", PACKAGE)
        needed = [line.removeprefix("#   ") for line in CONFIGURATION.read_text().splitlines() if line.startswith("#   ")]
        host.configure(host.TOOLS + '[[service]]\nname = "usher"\n' + "\n".join(needed))
        host.account("ada", "right-word")
        host.account("eve", "right-word")
        host.run("usermod", "--append", "--groups", "staff", "ada")
        host.run("systemctl", "restart", "usherd.service")
        CONFIGURATION.write_text(GATE)
        host.run("systemctl", "enable", "--now", "usher-gate.socket", "usher-gate-ops.socket")

    def test_is_started_by_the_first_question(self):
        host.run("systemctl", "stop", "usher-gate.service")
        self.assertEqual(host.show("usher-gate.service", "ActiveState"), "inactive")
        self.assertEqual(status("all"), 401)
        self.assertEqual(host.show("usher-gate.service", "ActiveState"), "active")
        host.eventually(lambda: ask("/health", name="/run/usher-gate/ops.sock")[0].status == 200, "usherd greets")

    def test_asks_the_host_for_groups(self):
        ada, eve = log_in("ada", "right-word"), log_in("eve", "right-word")
        self.assertEqual([status("staff", ada), status("staff", eve), status("all", eve)], [200, 403, 200])
        answer, _ = ask("/auth/nginx/staff", ada)
        self.assertEqual((answer.getheader("Remote-User"), answer.getheader("Remote-Groups")), ("ada", "staff"))

    def test_lets_proxies_alone_connect(self):
        seen = os.stat(SOCKET)
        group = int(host.run("getent", "group", "www-data").split(":")[2])
        self.assertEqual((seen.st_mode & 0o7777, seen.st_uid, seen.st_gid), (0o660, 0, group))
        for user in ("nobody", "eve"):
            self.assertNotEqual(host.run("runuser", "-u", user, "--", "python3", "-c", CONNECT).strip(), "0", user)
        # The group of the socket lets it connect, and the configuration does not name it.
        asked = subprocess.run(
            ["runuser", "-u", "www-data", "--", "python3", "-c",
             "import socket; s = socket.socket(socket.AF_UNIX); s.connect('%s'); s.settimeout(30)\n"
             "try: s.sendall(b'GET /x HTTP/1.1\\r\\nHost: g\\r\\n\\r\\n'); print(s.recv(100))\nexcept OSError: print(b'')" % SOCKET],
            capture_output=True, text=True, timeout=120)
        self.assertEqual(asked.stdout.strip(), "b''", asked)
        host.run("journalctl", "--sync")
        self.assertIn("proxy refused peer_pid", host.run("journalctl", "--unit=usher-gate.service", "--no-pager"))

    def test_is_in_a_sandbox_without_a_network(self):
        status("all")
        line = host.run("systemd-analyze", "security", "--no-pager", "usher-gate.service").splitlines()[-1]
        score = float(line.split(":")[1].split()[0])
        self.assertLessEqual(score, 0.7, line)
        process = host.pid("usher-gate.service")
        self.assertNotEqual(os.readlink("/proc/%d/ns/net" % process), os.readlink("/proc/self/ns/net"))
        state = dict(line.split(":\t", 1) for line in pathlib.Path("/proc/%d/status" % process).read_text().splitlines())
        self.assertEqual([state[name] for name in ("CapEff", "CapBnd", "NoNewPrivs")], ["0" * 16, "0" * 16, "1"])
        limits = pathlib.Path("/proc/%d/limits" % process).read_text()
        self.assertRegex(limits, r"Max core file size +0 +0")

    def test_starts_without_complaints(self):
        host.run("systemctl", "restart", "usher-gate.service")
        self.assertEqual(status("all"), 401)
        host.run("journalctl", "--sync")
        process = host.pid("usher-gate.service")
        told = host.run("journalctl", "_PID=%d" % process, "--output=cat", "--no-pager")
        self.assertNotIn("thread priority", told)

    def test_cookies_outlive_a_crash_a_restart_and_usherds_restart_but_no_stop(self):
        cookie = log_in("ada", "right-word")
        self.assertEqual(status("all", cookie), 200)
        for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM):
            host.kill(number, "usher-gate.service")
            self.assertEqual(status("all", cookie), 200, number)
        old = host.pid("usher-gate.service")
        host.run("systemctl", "restart", "usher-gate.service")
        host.successor(old, "usher-gate.service")
        self.assertEqual(status("all", cookie), 200)
        host.kill(signal.SIGKILL)
        self.assertEqual(status("all", cookie), 200)
        host.run("systemctl", "stop", "usher-gate.service")
        self.assertEqual(status("all", cookie), 401)

    def test_no_question_is_lost_while_it_crashes_and_restarts(self):
        cookie, seen, stop = log_in("ada", "right-word"), [], threading.Event()

        def go_on():
            while not stop.is_set():
                # A connection that is cut off is the proxy's to repeat; nginx does so.
                try:
                    seen.append(status("all", cookie))
                except (ConnectionError, http.client.HTTPException):
                    seen.append(None)
        askers = [threading.Thread(target=go_on) for _ in range(2)]
        for asker in askers:
            asker.start()
        for _ in range(3):
            host.kill(signal.SIGKILL, "usher-gate.service")
            host.run("systemctl", "restart", "usher-gate.service")
            before = len(seen)
            host.eventually(lambda: seen[before:].count(200) > 10, "it answers again")
        stop.set()
        for asker in askers:
            asker.join()
        # Those that were asked of the process that ended, two at each of six ends.
        self.assertEqual(set(seen) - {200, None}, set())
        self.assertLessEqual(seen.count(None), 12, seen)

    def test_a_revoked_session_is_refused_by_the_next_question(self):
        cookie = log_in("ada", "right-word")
        self.assertEqual(status("all", cookie), 200)
        host.connect().ask("session.revoke_all", user="ada")
        self.assertEqual(status("all", cookie), 401)


if __name__ == "__main__":
    unittest.main()
