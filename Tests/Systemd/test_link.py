"""usher-link as its package installs it: started by usherd's connection, in a sandbox that has the store's network alone."""
import glob
import os
import pathlib
import signal
import socket
import struct
import subprocess
import unittest

import host

PACKAGE = next(iter(glob.glob("/box/link/*.deb")), None)
SOCKET = "/run/usher-link.sock"
PASSWORD = pathlib.Path("/etc/usher/store-password")
PREFIX = b"usher:{box}:"
GREETING, UP, AWAY = b"\x41\0\1", b"\x42", b"\x48"
# Prints whether the socket lets somebody in.
CONNECT = "import socket; print(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect_ex('%s'))" % SOCKET


def connect():
    """A connection as usherd's, with the store behind it."""
    link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    link.settimeout(60)
    link.connect(SOCKET)
    link.sendall(b"\1" + struct.pack(">HHI", 1, 0, len(PREFIX)) + PREFIX)
    received = [link.recv(1024), link.recv(1024)]
    if received != [GREETING, UP]:
        raise AssertionError(received)
    return link


def receive(link):
    """The next message, but for those that say why the store is away."""
    while (message := link.recv(1024))[:1] == AWAY:
        pass
    return message


def hello(link):
    """Calls the function hello; the kind of the answer."""
    link.sendall(b"\2" + struct.pack(">QBBII", 7, 1, 0, 0, 0))
    return link.recv(65536)[:9]


@unittest.skipUnless(PACKAGE, "there is no package of usher-link")
class Link(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        host.install()
        host.run("dpkg", "--install", PACKAGE)
        cls.store = subprocess.Popen(
            ["redis-server", "--port", "6390", "--bind", "127.0.0.1", "--save", "", "--requirepass", "store word"],
            stdout=subprocess.DEVNULL)
        cls.addClassCleanup(cls.store.kill)
        PASSWORD.write_text("store word\n")
        PASSWORD.chmod(0o600)
        pathlib.Path("/etc/default/usher-link").write_text('OPTIONS="--store 127.0.0.1:6390"\n')
        host.run("systemctl", "enable", "--now", "usher-link.socket")

    def test_is_started_by_a_connection_and_reaches_the_store(self):
        host.run("systemctl", "stop", "usher-link.service")
        self.assertEqual(host.show("usher-link.service", "ActiveState"), "inactive")
        with connect() as link:
            self.assertEqual(hello(link), b"\x44" + struct.pack(">Q", 7))
        self.assertEqual(host.show("usher-link.service", "ActiveState"), "active")
        host.run("journalctl", "--sync")
        entries = host.run("journalctl", "--catalog", "--no-pager", "--unit=usher-link.service")
        self.assertIn("connected with the store", entries)
        self.assertIn("The store is 127.0.0.1:6390.", entries)

    def test_lets_usherd_alone_connect(self):
        seen = os.stat(SOCKET)
        self.assertEqual((seen.st_mode & 0o7777, seen.st_uid), (0o600, int(host.run("id", "-u", "usher"))))
        for user in ("nobody", "usher-link"):
            self.assertNotEqual(host.run("runuser", "-u", user, "--", "python3", "-c", CONNECT).strip(), "0", user)
        self.assertEqual(host.run("runuser", "-u", "usher", "--", "python3", "-c", CONNECT).strip(), "0")

    def test_is_in_a_sandbox_and_has_the_password_in_no_argument_and_no_variable(self):
        with connect():
            line = host.run("systemd-analyze", "security", "--no-pager", "usher-link.service").splitlines()[-1]
            self.assertLessEqual(float(line.split(":")[1].split()[0]), 1.8, line)
            process = pathlib.Path("/proc/%d" % host.pid("usher-link.service"))
            state = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines())
            self.assertEqual([state[name] for name in ("CapEff", "CapBnd", "NoNewPrivs")], ["0" * 16, "0" * 16, "1"])
            self.assertRegex((process / "limits").read_text(), r"Max core file size +0 +0")
            for name in ("cmdline", "environ"):
                self.assertNotIn(b"store word", (process / name).read_bytes())

    def test_is_back_at_once_after_it_was_killed(self):
        connect().close()
        for number in (signal.SIGKILL, signal.SIGSEGV):
            host.kill(number, "usher-link.service")
            with connect() as link:
                self.assertEqual(hello(link)[:1], b"\x44")

    def test_a_store_that_is_away_is_told_and_waited_for(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as link:
            link.settimeout(60)
            self.store.send_signal(signal.SIGSTOP)
            link.connect(SOCKET)
            link.sendall(b"\1" + struct.pack(">HHI", 1, 0, len(PREFIX)) + PREFIX)
            self.assertEqual(link.recv(1024), GREETING)
            host.eventually(self.is_away, "the journal says so")
            self.assertEqual(link.recv(1024)[:1], AWAY)
            self.store.send_signal(signal.SIGCONT)
            self.assertEqual(receive(link), UP)

    def is_away(self):
        host.run("journalctl", "--sync")
        return "no connection with the store" in host.run("journalctl", "--no-pager", "--unit=usher-link.service")

    def test_reaches_a_store_by_tls_through_a_socket_that_nobody_else_can_open(self):
        certify = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                   "-subj", "/CN=store", "-addext", "subjectAltName=DNS:store.box", "-keyout", "/run/store.key", "-out", "/run/store.pem"]
        host.run(*certify)
        store = subprocess.Popen(
            ["redis-server", "--port", "0", "--tls-port", "6391", "--bind", "127.0.0.1", "--save", "", "--requirepass", "store word",
             "--tls-auth-clients", "no", "--tls-cert-file", "/run/store.pem", "--tls-key-file", "/run/store.key",
             "--tls-ca-cert-file", "/run/store.pem"], stdout=subprocess.DEVNULL)
        self.addCleanup(store.kill)
        text = pathlib.Path("/usr/share/doc/usher-link/store-tls.conf").read_text()
        for before, after in (("valkey.example:6380", "127.0.0.1:6391"), ("/etc/ssl/certs/ca-certificates.crt", "/run/store.pem"),
                              ("checkHost = valkey.example", "checkHost = store.box")):
            self.assertIn(before, text)
            text = text.replace(before, after)
        configuration = pathlib.Path("/etc/usher/store-tls.conf")
        self.use("/run/usher-link-tls/store.sock")
        configuration.write_text(text)
        host.run("systemctl", "start", "usher-link-tls.service")
        with connect() as link:
            self.assertEqual(hello(link)[:1], b"\x44")
        for user in ("nobody", "usher"):
            program = CONNECT.replace("SEQPACKET", "STREAM").replace(SOCKET, "/run/usher-link-tls/store.sock")
            refused = subprocess.run(["runuser", "-u", user, "--", "python3", "-c", program], capture_output=True, text=True)
            self.assertNotEqual(refused.stdout.strip(), "0", user)
        line = host.run("systemd-analyze", "security", "--no-pager", "usher-link-tls.service").splitlines()[-1]
        self.assertLessEqual(float(line.split(":")[1].split()[0]), 1.8, line)
        # A store with a certificate for another name is not believed.
        configuration.write_text(text.replace("store.box", "other.box"))
        host.run("systemctl", "restart", "usher-link-tls.service")
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as link:
            link.settimeout(60)
            link.connect(SOCKET)
            link.sendall(b"\1" + struct.pack(">HHI", 1, 0, len(PREFIX)) + PREFIX)
            self.assertEqual(link.recv(1024), GREETING)
            host.eventually(self.is_refused, "stunnel says so")
            link.setblocking(False)
            self.assertRaises(BlockingIOError, receive, link)

    def use(self, place):
        """Names another store in the options, until the test is over."""
        options = pathlib.Path("/etc/default/usher-link")
        usual = options.read_text()

        def write(text):
            options.write_text(text)
            host.run("systemctl", "stop", "usher-link.service")
        self.addCleanup(write, usual)
        write('OPTIONS="--store %s"\n' % place)

    def is_refused(self):
        host.run("journalctl", "--sync")
        return "CERT: Subject checks failed" in host.run("journalctl", "--no-pager", "--unit=usher-link-tls.service")

    def test_zz_a_purge_leaves_nothing(self):
        host.run("dpkg", "--purge", "usher-link")
        for path in (SOCKET, PASSWORD, "/etc/default/usher-link", "/usr/lib/usher/usher-link", "/usr/share/usher/cluster"):
            self.assertFalse(os.path.exists(path), path)
        self.assertEqual(host.show("usher-link.service", "LoadState"), "not-found")
