"""What usher-gate costs behind nginx, beside nginx alone and nginx's own auth_pam, in one run: a table with what is to be reached.

Each figure is the median of several rounds, in which all that is compared is measured one after the other. Processor time is the
kernel's account of the process (proc_pid_stat(5)); wrk asks. As root it also measures auth_pam, with an account that exists in a
mount namespace of its own. Tests/Benchmarks/web builds and starts it.
"""
import argparse
import concurrent.futures
import contextlib
import getpass
import json
import os
import pathlib
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from gate import GATE, Browser, Gate, free_port
from tool import NAVIGATION, OWN, Daemon, eventually

AUTH_PAM = "/usr/lib/nginx/modules/ngx_http_auth_pam_module.so"
CONFIGURATION = """
[gate]
portal = "http://localhost:{port}"
proxies = ["{user}"]
[[site]]
origin = "http://localhost:{port}"
rules = ["all"]
[[rule]]
name = "all"
headers = ["Remote-User", "Remote-Session"]
"""
NGINX = """
{module}
user root; worker_processes 1; daemon off; pid nginx.pid; error_log error.log;
events {{ worker_connections 2048; }}
http {{
    access_log off; keepalive_requests 1000000000; {paths}
    include usher-gate.conf;
    server {{
        listen 127.0.0.1:{port}; server_name localhost; root files;
        include usher.site;
        location /alone/ {{ }}
        location /gate/ {{ include usher.rule; }}
        {pam}
    }}
}}
"""
# wrk tells whole figures only to its script.
REPORT = """
function done(summary, latency)
    local errors = summary.errors
    io.write(string.format("figures %d %d %d %d %d\\n", summary.requests, summary.duration, latency:percentile(50),
        latency:percentile(99), errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
"""
PACE = "function delay() return 10 end\n"
# Each request shows the next of the cookies.
CROWD = """
local cookies, last = {{}}, 0
for line in io.lines("{file}") do cookies[#cookies + 1] = line end
function request()
    last = last % #cookies + 1
    wrk.headers["Cookie"] = cookies[last]
    return wrk.format("GET")
end
"""


def processor_time(pid):
    """Seconds that the process has run."""
    fields = pathlib.Path("/proc/%d/stat" % pid).read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid):
    """MiB of memory that the process has in use."""
    return int(pathlib.Path("/proc/%d/statm" % pid).read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


class Load:
    """What wrk says of one load, and what the programs ran for a request, in µs."""

    def __init__(self, text, before, after):
        line = next((line for line in text.splitlines() if line.startswith("figures ")), None)
        assert line, text
        self.requests, duration, self.p50, self.p99, errors = map(int, line.split()[1:])
        assert errors == 0 and self.requests > 0, text
        self.rate = self.requests / duration * 1e6
        self.cost = {name: (after[name] - before[name]) / self.requests * 1e6 for name in before}


class Scene:
    """usherd, usher-gate and nginx; nginx sees an account of this run's own where that is possible."""

    def __init__(self, stack):
        self.daemon = Daemon(limits="sessions_per_user = 20000")
        stack.callback(self.daemon.close)
        self.port = free_port()
        started = time.monotonic()
        self.gate = Gate(self.daemon, port=self.port, text=CONFIGURATION.format(port=self.port, user=getpass.getuser()))
        stack.callback(self.gate.close)
        self.ask_gate("auth")
        self.start_time = time.monotonic() - started
        self.directory = pathlib.Path(self.daemon.directory, "nginx")
        for name in ("alone", "gate", "pam"):
            (self.directory / "files" / name).mkdir(parents=True)
            (self.directory / "files" / name / "page").write_text("x" * 512)
        self.write("report.lua", REPORT)
        self.write("pace.lua", PACE + REPORT)
        self.write("crowd.lua", CROWD.format(file=self.directory / "cookies") + REPORT)
        self.has_pam = os.geteuid() == 0 and os.path.exists(AUTH_PAM)
        self.start_nginx(stack)
        self.cookie, self.handle = self.log_in()

    def write(self, name, text):
        path = self.directory / name
        path.write_text(text)
        return path

    def start_nginx(self, stack):
        origin = "http://localhost:%d" % self.port
        self.write("usher-gate.conf", self.gate.lines("nginx"))
        self.write("usher.site", self.gate.lines("nginx", "--site", origin))
        self.write("usher.rule", self.gate.lines("nginx", "--rule", "all"))
        names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        self.write("nginx.conf", NGINX.format(
            port=self.port, paths="".join("%s_temp_path temporary; " % name for name in names),
            module="load_module %s;" % AUTH_PAM if self.has_pam else "",
            pam='location /pam/ { auth_pam "x"; auth_pam_service_name usher-figures; }' if self.has_pam else ""))
        command = ["nginx", "-p", str(self.directory), "-c", "nginx.conf"]
        if self.has_pam:
            command = ["unshare", "--mount", "--propagation", "private", "sh", "-ec", self.own_account() + 'exec "$@"', "sh"] + command
        log = stack.enter_context(open(self.directory / "log", "wb"))
        self.nginx = subprocess.Popen(command, stdout=log, stderr=log)
        stack.callback(self.nginx.wait)
        stack.callback(self.nginx.terminate)
        eventually("nginx listens", self.listens)
        self.worker = int(pathlib.Path("/proc/%d/task/%d/children" % (self.nginx.pid, self.nginx.pid)).read_text().split()[0])

    def own_account(self):
        """Lines that put an account with a password of Debian's usual cost, and a PAM service, over the host's for one process."""
        self.account = ("usherfigures", "correct horse")
        hashed = subprocess.run(["perl", "-e", "print crypt($ARGV[0], q($y$j9T$abcdefghijklmnopqrstu.))", self.account[1]],
                                check=True, capture_output=True, text=True).stdout
        assert hashed.startswith("$y$"), hashed
        service = self.directory / "pam.d"
        service.mkdir()
        (service / "usher-figures").write_text("auth required pam_unix.so\naccount required pam_unix.so\n")
        files = {"passwd": "%s:x:64999:64999::/:/bin/false\n", "shadow": "%s:" + hashed.replace("%", "%%") + ":19000:0:99999:7:::\n"}
        lines = "mount --bind '%s' /etc/pam.d\n" % service
        for name, line in files.items():
            path = self.write(name, pathlib.Path("/etc", name).read_text() + line % self.account[0])
            path.chmod(0o600 if name == "shadow" else 0o644)
            lines += "mount --bind '%s' /etc/%s\n" % (path, name)
        return lines

    def listens(self):
        assert self.nginx.poll() is None, (self.directory / "log").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def own(self, *fields):
        return [("X-Original-URL", "http://localhost:%d/gate/page" % self.port), ("X-Original-Method", "GET"),
                ("X-Real-IP", "127.0.0.1"), *fields]

    def ask_gate(self, question, *fields):
        return self.gate.ask("/%s/nginx/all" % question, self.own(*fields))

    def log_in(self):
        """A session: its cookie, and its public name."""
        cookie = self.new_cookie()
        answer = self.ask_gate("auth", ("Cookie", cookie))
        assert answer.status == 200
        return cookie, answer.header("Remote-Session")

    def new_cookie(self):
        page = self.gate.ask("/pages/nginx/login", self.own())
        cookies = "; ".join(cookie.split(";")[0] for cookie in page.cookies)
        body = urllib.parse.urlencode({**page.form.fields, "user": self.daemon.user, "password": self.daemon.password}).encode()
        fields = [*OWN.items(), ("Cookie", cookies), ("Content-Type", "application/x-www-form-urlencoded")]
        page = self.gate.ask("/pages/nginx/login", self.own(*fields), "POST", body)
        assert page.status == 303, page.body
        return next(cookie for cookie in page.cookies if cookie.startswith("__Host-usher=")).split(";")[0]

    def load(self, path, connections, seconds, cookie=None, script="report.lua", fields=()):
        """Lets wrk ask for a page."""
        programs = {"gate": self.gate.process.pid, "nginx": self.worker, "usherd": self.daemon.process.pid}
        command = ["wrk", "-t1", "-c%d" % connections, "-d%ds" % seconds, "--timeout", "30s", "-s", str(self.directory / script)]
        for field in ["Cookie: " + (cookie or self.cookie), *fields]:
            command += ["-H", field]
        before = {name: processor_time(pid) for name, pid in programs.items()}
        done = subprocess.run(command + ["http://127.0.0.1:%d%s" % (self.port, path), "-H", "Host: localhost:%d" % self.port],
                              check=True, capture_output=True, text=True)
        return Load(done.stdout + done.stderr, before, {name: processor_time(pid) for name, pid in programs.items()})


class Table:
    """Lines of what was measured, and what is to be reached."""

    def __init__(self):
        self.isMet = True
        print("%-66s %12s  %s" % ("work", "figure", "to reach"))

    def line(self, work, figure, limit=None, least=None, digits=2):
        target, verdict = "", ""
        if limit is not None or least is not None:
            met = (limit is None or figure <= limit) and (least is None or figure >= least)
            self.isMet = self.isMet and met
            verdict = "met    " if met else "NOT MET"
            target = "at most %g" % limit if least is None else "at least %g" % least
        print("%-66s %12s  %s %s" % (work, format(figure, ",.%df" % digits), verdict, target), flush=True)


class Figures:
    def __init__(self, scene, rounds, seconds):
        self.scene, self.rounds, self.seconds, self.table = scene, rounds, seconds, Table()

    def median(self, values):
        return statistics.median(values)

    def measure(self):
        scene, line = self.scene, self.table.line
        line("usher-gate: start to its first answer, ms", scene.start_time * 1e3, limit=200, digits=0)
        line("usher-gate: idle RSS, MiB", resident(scene.gate.process.pid), limit=24, digits=1)
        with tempfile.NamedTemporaryFile() as stripped:
            subprocess.run(["strip", "-o", stripped.name, GATE], check=True)
            line("usher-gate: stripped, MB", os.path.getsize(stripped.name) / 1e6, limit=30, digits=1)
        page = scene.gate.ask("/pages/nginx/login", scene.own())
        line("login page, bytes", len(page.body.encode()), limit=8192, digits=0)
        self.costs()
        if scene.has_pam:
            self.auth_pam()
        else:
            print("nginx's auth_pam: not measured, it takes root and libnginx-mod-http-auth-pam")
        self.pages()
        self.half_open()
        self.revocations()
        self.crowd()
        line("usher-gate: RSS after all this, MiB", resident(scene.gate.process.pid), limit=40, digits=1)

    def costs(self):
        """nginx alone and with the gate, at 16 connections and at one."""
        load, line, seconds = self.scene.load, self.table.line, self.seconds
        for path in ("/alone/page", "/gate/page"):
            load(path, 16, 1)
        rounds = [[load(path, count, seconds) for count in (16, 1) for path in ("/alone/page", "/gate/page")] for _ in range(self.rounds)]
        self.busy = rounds
        line("nginx alone, 16 connections: requests/s", self.median([alone.rate for alone, _, _, _ in rounds]), digits=0)
        line("nginx alone: CPU of nginx for a request, us", self.median([alone.cost["nginx"] for alone, _, _, _ in rounds]))
        line("nginx + usher-gate, 16 connections: requests/s", self.median([gate.rate for _, gate, _, _ in rounds]), digits=0)
        line("  CPU of nginx for a request, us", self.median([gate.cost["nginx"] for _, gate, _, _ in rounds]))
        line("  CPU of usher-gate for a request, us", self.median([gate.cost["gate"] for _, gate, _, _ in rounds]))
        line("  CPU of usher-gate / nginx's", self.median([gate.cost["gate"] / gate.cost["nginx"] for _, gate, _, _ in rounds]), limit=1.1)
        line("  requests/s with / without", self.median([gate.rate / alone.rate for alone, gate, _, _ in rounds]), least=0.3)
        line("nginx alone, 1 connection: p50, us", self.median([alone.p50 for _, _, alone, _ in rounds]), digits=0)
        line("  added by usher-gate: p50, us", self.median([gate.p50 - alone.p50 for _, _, alone, gate in rounds]), limit=120, digits=0)
        self.rate = self.median([gate.rate for _, gate, _, _ in rounds])
        self.p99 = self.median([gate.p99 for _, gate, _, _ in rounds])

    def auth_pam(self):
        """What people do without a gate: the password with every request."""
        import base64
        field = "Authorization: Basic " + base64.b64encode(":".join(self.scene.account).encode()).decode()
        rounds = [self.scene.load("/pam/page", 16, max(self.seconds, 3), fields=[field]) for _ in range(min(self.rounds, 3))]
        rate = self.median([load.rate for load in rounds])
        self.table.line("nginx + auth_pam, yescrypt: requests/s", rate, digits=1)
        self.table.line("  CPU of nginx for a request, us", self.median([load.cost["nginx"] for load in rounds]), digits=0)
        self.table.line("  requests/s with usher-gate / with auth_pam", self.rate / rate, least=1000, digits=0)

    def pages(self):
        """The login page while a thousand requests a second are checked."""
        scene, times = self.scene, []
        loads = []
        asker = threading.Thread(target=lambda: loads.append(scene.load("/gate/page", 10, max(self.seconds, 3), script="pace.lua")))
        asker.start()
        time.sleep(0.5)
        while asker.is_alive():
            start = time.monotonic()
            assert scene.gate.ask("/pages/nginx/login", scene.own()).status in (200, 303)
            times.append((time.monotonic() - start) * 1e3)
            time.sleep(0.005)
        asker.join()
        self.table.line("login page while %.0f requests/s are checked: p99, ms" % loads[0].rate, sorted(times)[len(times) * 99 // 100], limit=5)

    def half_open(self):
        """Connections of the proxy that ask half a question."""
        scene = self.scene
        with contextlib.ExitStack() as stack:
            for _ in range(500):
                half = stack.enter_context(socket.socket(socket.AF_UNIX))
                half.connect(scene.daemon.directory + "/gate.sock")
                half.sendall(b"GET /auth/nginx/all HTTP/1.1\r\nX-Original-")
            loads = [scene.load("/gate/page", 16, self.seconds) for _ in range(self.rounds)]
        self.table.line("500 half questions open: p99 / p99 without", self.median([load.p99 for load in loads]) / self.p99, limit=2)

    def crowd(self, count=10_000):
        """Sessions that all are remembered, each of which asks in its turn."""
        scene, line, seconds = self.scene, self.table.line, self.seconds
        started = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(16) as threads:
            cookies = list(threads.map(lambda _: scene.new_cookie(), range(count)))
        line("%d logins through usher-gate: logins/s" % count, count / (time.monotonic() - started), digits=0)
        scene.write("cookies", "\n".join(cookies) + "\n")
        scene.load("/gate/page", 16, max(seconds, 3), script="crowd.lua")
        rounds = [[scene.load("/gate/page", 1, seconds, script=script) for script in ("report.lua", "crowd.lua")] for _ in range(self.rounds)]
        line("usher-gate: RSS with %d sessions remembered, MiB" % count, resident(scene.gate.process.pid), limit=40, digits=1)
        line("  1 connection: p50, us", self.median([crowd.p50 for _, crowd in rounds]), digits=0)
        line("  p50 / with one session", self.median([crowd.p50 / one.p50 for one, crowd in rounds]), limit=1.3)
        line("  CPU of usherd for a request, us", self.median([crowd.cost["usherd"] for _, crowd in rounds]), limit=1)

    def revocations(self, rounds=20, questions=5000):
        """Questions from the moment on in which the daemon has answered a revocation, while wrk asks as well."""
        late = 0
        for _ in range(rounds):
            cookie, handle = self.scene.log_in()
            load = threading.Thread(target=self.until_refused, args=(cookie,))
            load.start()
            late += self.late(cookie, handle, questions)
            load.join()
        self.table.line("yes after a revocation, in %d questions" % (rounds * questions), late, limit=0, digits=0)

    def until_refused(self, cookie):
        # wrk counts the refusals, which are meant to be there.
        subprocess.run(["wrk", "-t1", "-c8", "-d1s", "-H", "Cookie: " + cookie, "-H", "Host: localhost:%d" % self.scene.port,
                        "http://127.0.0.1:%d/gate/page" % self.scene.port], check=True, capture_output=True)

    def late(self, cookie, handle, questions):
        fields = "".join("%s: %s\r\n" % field for field in self.scene.own(("Cookie", cookie)))
        question = ("GET /auth/nginx/all HTTP/1.1\r\nHost: localhost\r\n%s\r\n" % fields).encode()
        with contextlib.ExitStack() as stack:
            askers = []
            for _ in range(4):
                asker = stack.enter_context(socket.socket(socket.AF_UNIX))
                asker.connect(self.scene.daemon.directory + "/gate.sock")
                askers.append(asker)
                assert status(asker, question) == 200
            daemon = stack.enter_context(socket.socket(socket.AF_UNIX))
            daemon.connect(self.scene.daemon.directory + "/usher.sock")
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "session.revoke", "params": {"handle": handle}}).encode()
            time.sleep(0.2)
            daemon.sendall(struct.pack(">I", len(body)) + body)
            answer = daemon.recv(65536)
            yes = sum(status(askers[index % 4], question) == 200 for index in range(questions))
            assert json.loads(answer[4:])["result"]["revoked"] == 1, answer
            return yes


def status(connection, question):
    connection.sendall(question)
    answer = b""
    while b"\r\n\r\n" not in answer:
        piece = connection.recv(65536)
        assert piece, "the gate has closed the connection"
        answer += piece
    return int(answer[9:12])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each measurement")
    parser.add_argument("--seconds", type=int, default=2, help="seconds of each load")
    parser.add_argument("--assert", dest="asserts", action="store_true", help="end with 1 where something is not reached")
    arguments = parser.parse_args()
    for program in ("wrk", "nginx"):
        if not shutil.which(program):
            sys.exit("%s is missing: Tests/Benchmarks/web installs it" % program)
    with contextlib.ExitStack() as stack:
        figures = Figures(Scene(stack), arguments.rounds, arguments.seconds)
        figures.measure()
    return 0 if figures.table.isMet or not arguments.asserts else 1


if __name__ == "__main__":
    sys.exit(main())
