"""Chromium as a person has it: without rights, in a home of its own that trusts the authorities of the run, driven by chromedriver."""
import contextlib
import html
import http.server
import json
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest
import urllib.parse

import gate
from gate import Gate, free_port
from tool import Daemon, eventually

try:
    from selenium import webdriver
    from selenium.common.exceptions import StaleElementReferenceException, TimeoutException, WebDriverException
    from selenium.webdriver.chromium.remote_connection import ChromiumRemoteConnection
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait
except ImportError:
    webdriver = None

PATIENCE = 60
CODE = "246810"
LONG = "w" * 200
USERS = ["%s:words" % name for name in ("tabs", "pair", "amy", "jürgen", LONG)] + ["bob:words,otp=" + CODE, "twice:words,otp=" + CODE, "eve:old words,expired"]
# A picture wider than a small screen.
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="20"><rect width="600" height="20"/></svg>'
PROGRAMS = ("chromium", "chromedriver", "certutil", "nginx", "caddy")


def demand_programs():
    """Skips where Debian's packages are missing; where CI is set, that is a failure."""
    missing = [program for program in PROGRAMS if not shutil.which(program)] + (["python3-selenium"] if webdriver is None else [])
    if not missing:
        return
    what = "%s missing: Tests/prepare installs it" % ", ".join(missing)
    assert not os.environ.get("CI"), what
    print("skipped the tests in a browser:", what)
    raise unittest.SkipTest(what)


class Chromedriver:
    """chromedriver and the home of its browsers. Root's are the user nobody's."""

    def __init__(self, authorities):
        self.home, self.port = tempfile.mkdtemp(prefix="usher-chromium-"), free_port()
        self.identity = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.home, nobody.pw_uid, nobody.pw_gid)
            self.identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self.environment = {"HOME": self.home, "TMPDIR": self.home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        trusted = os.path.join(self.home, ".pki", "nssdb")
        self.run("mkdir", "-p", trusted)
        self.run("certutil", "-d", "sql:" + trusted, "-N", "--empty-password")
        for number, authority in enumerate(authorities):
            with open(authority) as file:
                self.run("certutil", "-d", "sql:" + trusted, "-A", "-n", str(number), "-t", "C,,", stdin=file)
        # Where the kernel gives a user no namespaces, as in some containers, Chromium cannot confine its own processes.
        self.confines = subprocess.run(["unshare", "--user", "true"], capture_output=True, **self.options).returncode == 0
        self.log = open(os.path.join(self.home, "chromedriver.log"), "wb")
        self.process = subprocess.Popen(["chromedriver", "--port=%d" % self.port], stdout=self.log, stderr=self.log, **self.options)
        eventually("chromedriver listens", self.listens)

    @property
    def options(self):
        return {"env": self.environment, "cwd": self.home, **self.identity}

    def run(self, *command, stdin=subprocess.DEVNULL):
        subprocess.run(command, check=True, stdin=stdin, capture_output=True, **self.options)

    def listens(self):
        assert self.process.poll() is None, pathlib.Path(self.log.name).read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def close(self):
        self.process.terminate()
        self.process.wait(60)
        self.log.close()
        shutil.rmtree(self.home, ignore_errors=True)


class Chromium:
    """One profile. `port` is the proxy's; names below corp.test are this host's. With `scripts` False no page may run one."""

    def __init__(self, driver, port, scripts=True):
        self.port = port
        options = webdriver.ChromeOptions()
        for argument in ("headless=new", "host-resolver-rules=MAP *.corp.test 127.0.0.1", "no-first-run", "no-proxy-server", "disable-gpu",
                         "disable-dev-shm-usage", "disable-background-networking", "disable-component-update", "disable-sync", "lang=en",
                         "user-data-dir=%s/profile-%d" % (driver.home, scripts)):
            options.add_argument("--" + argument)
        if not driver.confines:
            options.add_argument("--no-sandbox")
        if not scripts:
            options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        connection = ChromiumRemoteConnection("http://127.0.0.1:%d" % driver.port, "goog", "chrome", ignore_proxy=True)
        self.web = webdriver.Remote(connection, options=options)
        self.web.set_page_load_timeout(PATIENCE)
        self.violations, self.requests = [], []
        self.first = self.web.current_window_handle

    def close(self):
        self.web.quit()

    def cdp(self, command, **parameters):
        return self.web.execute("executeCdpCommand", {"cmd": command, "params": parameters})["value"]

    def fresh(self):
        """One empty tab, no cookies, and nothing noted."""
        for window in self.web.window_handles:
            if window != self.first:
                self.web.switch_to.window(window)
                self.web.close()
        self.web.switch_to.window(self.first)
        self.web.get("about:blank")
        self.cdp("Network.clearBrowserCookies")
        self.note()
        self.violations, self.requests = [], []

    def note(self):
        """Reads the logs: violations of a Content-Security-Policy, and requests as pairs of method and address."""
        self.violations += [entry["message"] for entry in self.web.get_log("browser") if "Content Security Policy" in entry["message"]]
        for entry in self.web.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                request = message["params"]["request"]
                self.requests.append((request["method"], request["url"]))

    def url(self, host, path="/"):
        return "https://%s.corp.test:%d%s" % (host, self.port, path)

    def open(self, host, path="/"):
        self.web.get(self.url(host, path))

    def until(self, what, condition, seconds=PATIENCE):
        """Waits for a condition, during whose reading a page may go away."""
        def asks(_):
            try:
                return condition()
            except (StaleElementReferenceException, WebDriverException):
                return None
        try:
            return WebDriverWait(self.web, seconds, 0.05).until(asks)
        except TimeoutException:
            raise AssertionError("%s: %s %r" % (what, self.web.current_url, self.text)) from None

    def at(self, host, path="/"):
        self.until("is at %s%s" % (host, path), lambda: self.web.current_url == self.url(host, path) and self.ready)

    def titled(self, title):
        """Waits for a page of the gate with this title."""
        self.until("a page %s" % title, lambda: self.web.title.startswith(title) and self.ready)

    @property
    def ready(self):
        return self.script("return document.readyState") == "complete"

    def script(self, text, *arguments):
        return self.web.execute_script(text, *arguments)

    def all(self, selector):
        return self.web.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.until(selector, lambda: self.all(selector))[0]

    @property
    def text(self):
        with contextlib.suppress(WebDriverException):
            return self.web.find_element(By.CSS_SELECTOR, "body").text
        return ""

    def fill(self, **fields):
        for name, value in fields.items():
            field = self.one('[name="%s"]' % name)
            field.clear()
            field.send_keys(value)

    def submit(self, **fields):
        """Fills the form in, presses its button, and waits for the next page."""
        self.fill(**fields)
        self.press("button:not([value])")

    def press(self, selector):
        element = self.one(selector)
        element.click()
        self.until("%s leads on" % selector, lambda: self.is_gone(element) and self.ready)

    def is_gone(self, element):
        try:
            element.is_enabled()
        except StaleElementReferenceException:
            return True
        return False

    def back(self):
        self.web.back()
        self.until("the page before", lambda: self.ready)

    def cookies(self):
        """Cookies of all hosts: their values by host and name."""
        found = self.cdp("Network.getAllCookies")["cookies"]
        return {(cookie["domain"], cookie["name"]): cookie for cookie in found}


class PageServer(http.server.ThreadingHTTPServer):
    daemon_threads = True


class PageTool:
    """A tool with pages for people: who asks, a form, and scripts. It says what reached it as a tool decodes it that knows UTF-8."""

    def __init__(self):
        self.server = PageServer(("127.0.0.1", 0), PageHandler)
        self.server.asked = self.asked = []
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class PageHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Tool</title><link rel="icon" href="data:,">
<p id="user">%s</p><p id="path">%s</p><p id="sent">%s</p><noscript><p id="unscripted">runs no script</p></noscript>
<script>addEventListener("pageshow", event => document.documentElement.dataset.kept = event.persisted)</script>
<form method="post" action="/save"><textarea name="text"></textarea><button>Save</button></form></html>"""

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.server.asked.append(self.command + " " + self.path)
        user = self.headers.get("Remote-User", "").encode("latin-1").decode()
        if self.path == "/data":
            return self.send(json.dumps({"user": user}), "application/json")
        sent = urllib.parse.parse_qs(body).get("text", [""])[0]
        page = self.PAGE % tuple(map(html.escape, (user, self.path, sent)))
        if self.path == "/violation":
            return self.send(page, "text/html", ("Content-Security-Policy", "default-src 'none'"))
        self.send(page, "text/html", *([] if self.path == "/kept" else [("Cache-Control", "no-store")]))

    def send(self, text, kind, *fields):
        data = text.encode()
        self.send_response(200)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(data))), *fields):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


class BrowserCase(unittest.TestCase):
    """One stack and one browser for all tests of a class, with an empty jar of cookies for each."""
    plain = None

    @classmethod
    def setUpClass(cls):
        demand_programs()
        cls.daemon = Daemon(users=USERS)
        cls.addClassCleanup(cls.daemon.close)
        style, logo = (pathlib.Path(cls.daemon.directory, name) for name in ("gate.css", "gate.svg"))
        style.write_text("h1 { letter-spacing: 3px }\n")
        logo.write_text(PICTURE)
        cls.gate = Gate(cls.daemon, more='style = "%s"\nlogo = "%s"' % (style, logo))
        cls.addClassCleanup(cls.gate.close)
        cls.tool = PageTool()
        cls.addClassCleanup(cls.tool.close)
        cls.proxy = cls.proxy_type(cls.gate, cls.tool)
        cls.addClassCleanup(cls.proxy.close)
        cls.driver = Chromedriver([cls.proxy.certificate])
        cls.addClassCleanup(cls.driver.close)
        cls.browser = Chromium(cls.driver, cls.gate.port)
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        self.browsers = [self.browser] + [self.plain] * bool(self.plain)
        for browser in self.browsers:
            browser.fresh()

    def tearDown(self):
        for browser in self.browsers:
            browser.note()
            self.assertEqual(browser.violations, [])

    def log_in(self, browser, user, password="words", path="/"):
        browser.open("wiki", path)
        browser.titled("Log in")
        browser.submit(user=user, password=password)

    def visit(self, user="amy", path="/", browser=None):
        browser = browser or self.browser
        self.log_in(browser, user, path=path)
        browser.at("wiki", path)
        self.assertEqual(browser.one("#user").text, user)
        return browser

    def end_all(self, user):
        """Ends the user's sessions, as another browser of theirs may."""
        other = gate.Browser(self.proxy)
        page = other.submit(other.open(other.url("login", "/.usher/login")), user=user, password="words")
        page = other.follow(other.post(page.url, {"csrf": page.form.fields["csrf"], "end": "others"}))
        self.assertEqual(page.status, 200)
        other.submit(other.open(other.url("login", "/.usher/logout")))
