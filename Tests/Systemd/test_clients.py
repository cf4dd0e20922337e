"""README's two tools, in Flask and in C, word for word, against the installed daemon, and what their packages leave."""
import html
import http.client
import pathlib
import re
import shutil
import subprocess
import unittest
import urllib.parse

import host

HERE = pathlib.Path("/clients")
# Who reads README is an administrator; here it is root already.
SUDO = """#!/bin/sh
if [ "$1" = -u ]; then user=$2; shift 2; exec runuser -u "$user" -- "$@"; fi
exec "$@"
"""
FORM = {"content-type": "application/x-www-form-urlencoded", "origin": "http://localhost:5000",
        "sec-fetch-site": "same-origin"}
PAGE = {"accept": "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


def commands(title):
    """The commands of README that follow **title**."""
    text = (HERE / "README.md").read_text()
    block = re.search(r"\*\*%s\*\*:\n\n((?:    .+\n)+)" % re.escape(title), text)
    return [line[4:] for line in block.group(1).splitlines()]


class Clients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        shutil.copytree("/box/clients", HERE)
        HERE.chmod(0o777)
        sudo = pathlib.Path("/usr/local/bin/sudo")
        sudo.write_text(SUDO)
        sudo.chmod(0o755)
        # Who answers apt(8)'s question.
        pathlib.Path("/etc/apt/apt.conf.d/90yes").write_text('APT::Get::Assume-Yes "true";\n')
        host.install()
        host.account("ada", "correct horse")
        host.login("ada", "correct horse")

    def start(self, title, names):
        """Does what README says, in one shell, and leaves the last command running."""
        lines = commands(title)
        for name, value in names.items():
            lines = [line.replace(name, value) for line in lines]
        done = subprocess.run(
            ["bash", "-ec", "\n".join(lines[:-1])], cwd=HERE, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout)
        tool = subprocess.Popen(
            ["bash", "-c", "exec " + lines[-1]], cwd=HERE, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(tool.stdout.close)
        self.addCleanup(tool.wait)
        self.addCleanup(tool.kill)
        return tool

    def until(self, tool, pattern):
        """Reads what the tool says, up to a line."""
        said = []
        for line in tool.stdout:
            said.append(line)
            if re.search(pattern, line):
                return
        self.fail("".join(said))

    def log_in(self, ask):
        """Logs ada in as a browser would, and gives the session's cookie."""
        _, fields, page = ask("GET", "/login", PAGE)
        cookie = fields["set-cookie"].split(";")[0]
        form = {"csrf": html.unescape(re.search('name="csrf" value="([^"]*)"', page).group(1)), "user": "ada",
                "password": "correct horse", "return_to": "/"}
        status, fields, page = ask("POST", "/login", FORM | {"cookie": cookie}, urllib.parse.urlencode(form))
        self.assertEqual(status, 303, page)
        return next(
            one.split(";")[0] for one in fields.get_all("set-cookie") if one.startswith("__Host-session="))

    def test_a_tool_in_flask(self):
        self.until(self.start("A tool in Flask", {}), "Running on http://127.0.0.1:5000")
        connection = http.client.HTTPConnection("127.0.0.1", 5000, timeout=60)

        def ask(method, path, fields, body=None):
            connection.request(method, path, body, fields)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()

        self.assertEqual(ask("GET", "/", PAGE)[0], 303)
        cookie = self.log_in(ask)
        status, _, page = ask("GET", "/", PAGE | {"cookie": cookie})
        self.assertEqual((status, "Hello ada" in page), (200, True))
        host.run("usherctl", "revoke-all", "--user", "ada")
        self.assertEqual(ask("GET", "/", PAGE | {"cookie": cookie})[0], 303)

    def test_a_daemon_in_c(self):
        tool = self.start("A daemon in C", {"NAME PASSWORD": "ada 'correct horse'"})
        self.until(tool, "^valid ada$")
        host.run("usherctl", "revoke-all", "--user", "ada")
        self.until(tool, "^revoked$")
        self.assertEqual(tool.wait(timeout=60), 0)

    def test_the_packages_leave_nothing(self):
        names = ("python3-usher", "libusher-dev", "libusher0")
        host.run("dpkg", "--purge", *names, check=False)
        before = host.paths()
        host.run("apt-get", "install", *(str(path) for path in HERE.glob("*.deb")))
        modules = pathlib.Path("/usr/lib/python3/dist-packages/usher")
        self.assertTrue(list(modules.glob("__pycache__/_client.*.pyc")))
        self.assertIn("admin", host.run("/usr/bin/python3", "-c", "import usher; print(usher.Client().hello())"))
        self.assertIn("usher_validate", host.run("man", "3", "libusher"))
        host.run("dpkg", "--purge", *names)
        left = {path for path in host.paths() - before if not path.startswith("/var/lib/apt/")}
        self.assertEqual(left, set())


if __name__ == "__main__":
    unittest.main()
