"""usher-gate with a usherd of its own, real proxies with the lines that it prints, an echoing tool behind them, and a browser."""
import contextlib
import getpass
import http.client
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import urllib.parse

from cgi_tool import CGITool, fastcgi, scgi, uwsgi
from tool import BUILT, NAVIGATION, OWN, ROOT, Daemon, Page, eventually

GATE = ROOT / ".build-web" / BUILT.name / "usher-gate"
CONFIGURATION = """
[gate]
portal = "https://login.corp.test:{port}"
proxies = ["{user}"]
title = "Corp <Test>"
{gate}
[[site]]
origin = "https://wiki.corp.test:{port}"
name = "Wiki"
rules = ["wiki", "admin", "members", "public", "fresh"]
[[site]]
origin = "https://ci.corp.test:{port}"
rules = ["ci"]
[[rule]]
name = "wiki"
[[rule]]
name = "ci"
headers = ["Remote-User", "Remote-Groups", "Remote-Email", "Remote-Session", "Remote-Auth-Time", "Remote-Auth-Methods"]
email = "{{user}}@corp.test"
[[rule]]
name = "admin"
users = ["nobody-at-all"]
[[rule]]
name = "members"
groups = ["daemon"]
[[rule]]
name = "public"
anonymous = true
[[rule]]
name = "fresh"
max_age = "2s"
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Gate:
    """A gate for the sites behind the port of a proxy, or for those of the configuration `text`."""

    def __init__(self, daemon, service="default", port=None, more="", proxies=None, text=None, environment=None):
        self.daemon, self.port, self.environment = daemon, port or free_port(), {**os.environ, **(environment or {})}
        self.configuration = pathlib.Path(daemon.directory, "gate.toml")
        usual = CONFIGURATION.format(port=self.port, user=proxies or getpass.getuser(), gate='service = "%s"\n%s' % (service, more))
        self.configuration.write_text(text or usual)
        self.log = pathlib.Path(daemon.directory, "gate.log")
        self.start()

    @property
    def arguments(self):
        return [GATE, "--directory", self.daemon.directory, "--config", self.configuration]

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.arguments, stdout=log, stderr=log, env=self.environment)
        eventually("the gate listens", self.listens)

    def listens(self):
        assert self.process.poll() is None, self.log.read_text()
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(self.daemon.directory + "/gate.sock") == 0

    def lines(self, *arguments):
        return subprocess.run(self.arguments + ["--print", *arguments], check=True, capture_output=True, text=True).stdout

    def ask(self, path, fields=(), method="GET", body=None, name="gate.sock"):
        """Asks as a proxy does. `fields` are pairs, so that a field can be there twice."""
        with contextlib.closing(http.client.HTTPConnection("gate", timeout=60)) as connection:
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.settimeout(60)
            connection.sock.connect(self.daemon.directory + "/" + name)
            connection.putrequest(method, path)
            for field, value in fields:
                connection.putheader(field, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            return Page(connection.getresponse())

    def nginx(self, kind, name="wiki", path="/", host="wiki.corp.test", method="GET", fields=()):
        address = "https://%s:%d%s" % (host, self.port, path)
        own = [("X-Original-URL", address), ("X-Original-Method", method), ("X-Real-IP", "192.0.2.7")]
        return self.ask("/%s/nginx/%s" % (kind, name), own + list(fields))

    def close(self):
        self.process.kill()
        self.process.wait()


class Echo(http.server.BaseHTTPRequestHandler):
    """Says what reached it."""
    protocol_version = "HTTP/1.1"

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        size = len(self.rfile.read(length))
        if self.headers.get("Transfer-Encoding") == "chunked":
            while True:
                chunk = int(self.rfile.readline(), 16)
                size += len(self.rfile.read(chunk))
                self.rfile.readline()
                if not chunk:
                    break
        body = json.dumps({"path": self.path, "method": self.command, "fields": self.headers.items(), "size": size}).encode()
        self.server.reached += 1
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_HEAD = do_PUT = do_OPTIONS = answer

    def log_message(self, *_):
        pass


class Tool:
    """The echoing tool."""

    def __init__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
        self.server.daemon_threads = True
        self.server.reached = 0
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def reached(self):
        return self.server.reached

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Proxy:
    """A proxy of the distribution with TLS in front of a gate and a tool."""

    def __init__(self, gate, tool):
        self.gate, self.tool, self.directory = gate, tool, pathlib.Path(gate.daemon.directory, self.program)
        self.directory.mkdir()
        self.certificate = self.directory / "authority.pem"
        self.sign("authority", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign")
        self.sign("certificate", "subjectAltName=DNS:*.corp.test\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth",
                  "-CA", self.certificate, "-CAkey", self.directory / "authority.key")
        self.context = ssl.create_default_context(cafile=str(self.certificate))
        self.log = open(self.directory / "log", "wb")
        self.process = subprocess.Popen(self.command(), stdout=self.log, stderr=self.log, cwd=self.directory,
                                        env={**os.environ, "HOME": str(self.directory)})
        eventually("%s listens" % self.program, self.listens)

    def sign(self, name, extensions, *signer):
        """Makes a key and its certificate, which it signs itself where nobody else does."""
        configuration = self.directory / (name + ".cnf")
        configuration.write_text("[req]\ndistinguished_name=name\nx509_extensions=extensions\n[name]\n[extensions]\n" + extensions)
        subprocess.run(["openssl", "req", "-x509", "-config", configuration, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-subj", "/CN=%s.corp.test" % name, *signer, "-keyout", self.directory / (name + ".key"),
                        "-out", self.directory / (name + ".pem")], check=True, capture_output=True)

    def listens(self):
        assert self.process.poll() is None, (self.directory / "log").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.gate.port)) == 0

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self.log.close()

    def connect(self, host="wiki.corp.test"):
        plain = socket.create_connection(("127.0.0.1", self.gate.port), timeout=60)
        return self.context.wrap_socket(plain, server_hostname=host)

    def raw(self, text, host="wiki.corp.test"):
        """Sends bytes as they are, and gives status and body of the answer."""
        with self.connect(host) as connection:
            connection.sendall(text.encode("latin-1"))
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            return answer.status, answer.read().decode()


class Nginx(Proxy):
    program = "nginx"

    def command(self):
        write = lambda name, text: (self.directory / name).write_text(text)
        write("usher-gate.conf", self.gate.lines("nginx"))
        for site in ("wiki", "ci", "login"):
            write(site + ".site", self.gate.lines("nginx", "--site", "https://%s.corp.test:%d" % (site, self.gate.port)))
        for rule in ("wiki", "admin", "public", "fresh", "ci"):
            write(rule + ".rule", self.gate.lines("nginx", "--rule", rule))
        location = lambda path, rule: "location %s { include %s.rule; proxy_pass http://127.0.0.1:%d; }\n" % (path, rule, self.tool.port)
        server = lambda name, locations: """
            server { listen 127.0.0.1:%d ssl; server_name %s.corp.test; ssl_certificate certificate.pem; ssl_certificate_key certificate.key;
            client_max_body_size 8m; include %s.site;
            %s }\n""" % (self.gate.port, name, name, "".join(locations))
        wiki = [location("/", "wiki"), location("/admin", "admin"), location("/public", "public"), location("/fresh", "fresh")]
        self.plain = free_port()
        # Without an index nginx itself refuses the directory.
        (self.directory / "files" / "files").mkdir(parents=True)
        wiki.append("location /files/ { include wiki.rule; root files; }\n")
        # The gate's lines stand behind those of the distribution, as usher-gate(8) has it.
        self.cgi = {read.__name__: CGITool(read) for read in (fastcgi, uwsgi, scgi)}
        for kind, tool in self.cgi.items():
            for path, rule in ((kind, "wiki"), (kind + "-public", "public")):
                wiki.append("location /%s/ { include /etc/nginx/%s_params; include %s.rule; %s_pass 127.0.0.1:%d; }\n" % (
                    path, kind, rule, kind, tool.port))
        http = "server { listen 127.0.0.1:%d; server_name wiki.corp.test; include wiki.site; %s }" % (self.plain, location("/", "wiki"))
        paths = "".join("%s_temp_path temporary; " % name for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        write("nginx.conf", """
            %s daemon off; pid nginx.pid; error_log error.log; events {}
            http { access_log off; %s include usher-gate.conf; %s }""" % (
            "user root;" if os.geteuid() == 0 else "", paths,
            server("wiki", wiki) + server("ci", [location("/", "ci")]) + server("login", []) + http))
        return ["nginx", "-p", self.directory, "-c", "nginx.conf"]

    def close(self):
        super().close()
        for tool in self.cgi.values():
            tool.close()


class Caddy(Proxy):
    program = "caddy"

    def command(self):
        (self.directory / "usher-gate.caddy").write_text(self.gate.lines("caddy"))
        handle = lambda path, rule: "handle %s {\nroute {\nimport usher_%s\nreverse_proxy 127.0.0.1:%d\n}\n}\n" % (path, rule, self.tool.port)
        server = lambda name, handles: "https://%s.corp.test:%d {\nbind 127.0.0.1\ntls certificate.pem certificate.key\nimport usher_pages\n%s}\n" % (
            name, self.gate.port, "".join(handles))
        wiki = [handle("/admin*", "admin"), handle("/public*", "public"), handle("/fresh*", "fresh"), handle("", "wiki")]
        (self.directory / "Caddyfile").write_text(
            "{\nadmin off\nauto_https disable_redirects\nstorage file_system %s\n}\nimport usher-gate.caddy\n" % self.directory
            + server("wiki", wiki) + server("ci", [handle("", "ci")]) + server("login", []))
        return ["caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"]


class Browser:
    """Keeps cookies of each host unless they are blocked, and follows redirects with GET as a browser does."""

    def __init__(self, proxy, agent="Test/1 <b>\"'", blocks_cookies=False):
        self.proxy, self.agent, self.jars, self.blocks_cookies = proxy, agent, {}, blocks_cookies

    def url(self, host, path="/"):
        return "https://%s.corp.test:%d%s" % (host, self.proxy.gate.port, path)

    def jar(self, host):
        return self.jars.setdefault(host + ".corp.test", {})

    def ask(self, method, url, body=None, fields=NAVIGATION):
        address = urllib.parse.urlsplit(url)
        assert address.port == self.proxy.gate.port, url
        jar = self.jars.setdefault(address.hostname, {})
        connection = http.client.HTTPSConnection(address.hostname, address.port, timeout=60)
        connection.sock = self.proxy.connect(address.hostname)
        connection.putrequest(method, url[url.index("/", 8):], skip_accept_encoding=True)
        pairs = list(fields.items()) if isinstance(fields, dict) else list(fields)
        for name, value in [("User-Agent", self.agent)] + pairs:
            connection.putheader(name, value)
        if jar and not any(name == "Cookie" for name, _ in pairs):
            connection.putheader("Cookie", "; ".join("%s=%s" % pair for pair in jar.items()))
        if isinstance(body, dict):
            body = urllib.parse.urlencode(body).encode()
            connection.putheader("Content-Type", "application/x-www-form-urlencoded")
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        page = Page(connection.getresponse())
        connection.close()
        page.url = url
        for cookie in page.cookies if not self.blocks_cookies else []:
            name, value = cookie.split(";")[0].split("=", 1)
            jar.pop(name, None) if "Max-Age=0" in cookie else jar.update({name: value})
        return page

    def open(self, url, **more):
        return self.follow(self.ask("GET", url, **more))

    def follow(self, page):
        page.trail = [page.url]
        while page.status in (301, 302, 303):
            assert len(page.trail) < 8, page.trail
            trail, place = page.trail, urllib.parse.urljoin(page.url, page.header("Location"))
            page = self.ask("GET", place)
            page.trail = trail + [place]
        return page

    def post(self, url, body):
        origin = "https://" + urllib.parse.urlsplit(url).netloc
        return self.ask("POST", url, body, {**NAVIGATION, **OWN, "Origin": origin})

    def submit(self, page, **answers):
        return self.follow(self.post(urllib.parse.urljoin(page.url, page.form.action), {**page.form.fields, **answers}))

    def log_in(self, url):
        daemon = self.proxy.gate.daemon
        return self.submit(self.open(url), user=daemon.user, password=daemon.password)


class ProxyCase:
    """What tests with a proxy share: a class of tests names its `proxy_type`."""

    @classmethod
    def setUpClass(cls):
        assert shutil.which(cls.proxy_type.program), "%s is missing: Tests/prepare installs it" % cls.proxy_type.program
        cls.daemon = Daemon()
        cls.addClassCleanup(cls.daemon.close)
        cls.gate = Gate(cls.daemon)
        cls.addClassCleanup(cls.gate.close)
        cls.tool = Tool()
        cls.addClassCleanup(cls.tool.close)
        cls.proxy = cls.proxy_type(cls.gate, cls.tool)
        cls.addClassCleanup(cls.proxy.close)

    def browser(self, **more):
        return Browser(self.proxy, **more)

    def logged_in(self):
        browser = self.browser()
        self.assertEqual(browser.log_in(browser.url("wiki")).status, 200)
        return browser

    def seen(self, page):
        """The identity fields that reached the tool, whatever they are spelt like: PHP, CGI and WSGI take them all for one."""
        self.assertEqual(page.status, 200, page.body)
        found = {}
        for name, value in json.loads(page.body)["fields"]:
            spelt = name.lower().replace("_", "-").replace(".", "-")
            if spelt.startswith("remote-"):
                found.setdefault(spelt, []).append(value)
        return found
