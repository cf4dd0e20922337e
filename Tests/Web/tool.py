"""A usherd of its own, the example tool beside it, and a browser that knows cookies and forms."""
import html.parser
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
# `release` where figures are measured.
BUILT = ROOT / ".build" / os.environ.get("USHER_BUILT", "debug")
TOOL = ROOT / ".build-web" / "debug" / "WebExample"
NAVIGATION = {"Accept": "text/html,*/*;q=0.8", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document",
              "Sec-Fetch-Site": "none"}
OWN = {"Sec-Fetch-Site": "same-origin"}
SCRIPT = {"Accept": "*/*", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-origin"}


def eventually(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < end, what
        time.sleep(0.05)


class Daemon:
    """A usherd --dev with the service `ask`, which asks for two answers after the password; `more` stands in its service `default`.

    `users` are further ones, as `--user` names them; `limits` are lines of its table of limits.
    """

    def __init__(self, more="", users=(), limits=""):
        self.directory = tempfile.mkdtemp(prefix="usher-web-")
        os.mkdir(self.directory + "/pam.d", 0o700)
        chaos = "%s/libpam_usher_chaos.so" % BUILT
        stack = "auth required {0} prompts=3\naccount required {0} prompts=3\n".format(chaos)
        pathlib.Path(self.directory, "pam.d", "ask").write_text(stack)
        config = pathlib.Path(self.directory, "usherd.toml")
        config.write_text('[limits]\nlogins_per_source = 64\n' + limits + '\n[[service]]\nname = "default"\nallow_no_account = true\nfloor = "50ms"\n'
                          + more + '\n[[service]]\nname = "ask"\nallow_no_account = true\nfloor = "50ms"\n')
        for path in (config, pathlib.Path(self.directory, "pam.d", "ask")):
            path.chmod(0o600)
        self.arguments = [BUILT / "usherd", "--dev", "--directory", self.directory, "--config", config]
        self.arguments += [part for user in ("dev", *users) for part in ("--user", user)]
        self.log = open(self.directory + "/log", "wb")
        self.start()
        login = json.loads(pathlib.Path(self.directory, "login.json").read_text())
        self.user, self.password = login["user"], login["password"]

    def start(self):
        self.process = subprocess.Popen(self.arguments, stdout=self.log, stderr=self.log)
        eventually("usherd starts", lambda: self.listens() and os.path.exists(self.directory + "/login.json"))

    def listens(self):
        assert self.process.poll() is None, pathlib.Path(self.directory, "log").read_text()
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(self.directory + "/usher.sock") == 0

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.log.close()
        shutil.rmtree(self.directory)


class Tool:
    """The example tool, on a port that nobody has."""

    def __init__(self, daemon, service="default"):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.origin = "http://localhost:%d" % self.port
        self.process = subprocess.Popen([TOOL, daemon.directory, str(self.port), service], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        eventually("the tool listens", self.listens)

    def listens(self):
        assert self.process.poll() is None, "the tool ended"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def close(self):
        self.process.kill()
        self.process.wait()


class Form(html.parser.HTMLParser):
    """The fields of the forms of a page, and its text."""

    def __init__(self, page):
        super().__init__()
        self.fields, self.action, self.text = {}, None, ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.action = attributes["action"]
        if tag in ("input", "button") and "name" in attributes:
            self.fields.setdefault(attributes["name"], attributes.get("value", ""))

    def handle_data(self, data):
        self.text += data


class Page:
    def __init__(self, answer):
        self.status, self.body = answer.status, answer.read().decode()
        self.cookies = answer.headers.get_all("Set-Cookie", [])
        self.fields = answer.headers.items()
        self.header = answer.headers.get
        self.form = Form(self.body)


class Browser:
    """Keeps cookies as a browser does: the last one of a name, until it is deleted."""

    def __init__(self, tool, agent="Test/1 <b>\"'"):
        self.tool, self.agent, self.jar = tool, agent, {}

    def ask(self, method, path, body=None, headers=NAVIGATION, cookie=None):
        fields = {"User-Agent": self.agent, **headers}
        shown = "; ".join("%s=%s" % pair for pair in self.jar.items()) if cookie is None else cookie
        if shown:
            fields["Cookie"] = shown
        if body is not None:
            fields["Content-Type"] = "application/x-www-form-urlencoded"
            body = urllib.parse.urlencode(body) if isinstance(body, dict) else body
        connection = http.client.HTTPConnection("127.0.0.1", self.tool.port, timeout=60)
        connection.request(method, path, body, fields)
        page = Page(connection.getresponse())
        connection.close()
        for cookie in page.cookies:
            name, value = cookie.split(";")[0].split("=", 1)
            self.jar.pop(name, None) if "Max-Age=0" in cookie else self.jar.update({name: value})
        return page

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, body, headers=None, **more):
        return self.ask("POST", path, body, {**NAVIGATION, **OWN, "Origin": self.tool.origin} if headers is None else headers, **more)

    def submit(self, page, **answers):
        return self.post(page.form.action, {**page.form.fields, **answers})

    def log_in(self, daemon, path="/login"):
        return self.submit(self.get(path), user=daemon.user, password=daemon.password)
