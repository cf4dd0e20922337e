"""Descriptors whose closing takes as long as their sender likes, from a user without any right."""
import array
import os
import signal
import socket
import struct
import time
import unittest

import host
from steady import Steady

LINGER = 30
NOBODY = 65534
WATCHDOG = "/run/systemd/system/usherd.service.d/watchdog.conf"
COMMAND = "/run/systemd/system/usherd.service.d/command.conf"
# A wait of the length of LINGER is the end of usherd.
SERVICE = "[Service]\nWatchdogSec=4\nTimeoutAbortSec=2\n"
OLD_KERNEL = "[Service]\nExecStart=\nExecStart=/usr/sbin/usherd --ignore-passrights\n"


class Lingering:
    """A TCP connection over the loopback whose near end is slow to close: nobody reads at the far end."""

    def __init__(self):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            listener.bind(("127.0.0.1", 0))
            listener.listen(1)
            self.near = socket.create_connection(listener.getsockname())
            self.far = listener.accept()[0]
        self.near.setblocking(False)
        try:
            while True:
                self.near.send(bytes(65536))
        except BlockingIOError:
            pass
        self.near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, LINGER))

    def pass_on(self, client):
        """Passes the near end with one byte, and closes it here; false where the kernel refuses it."""
        try:
            rights = array.array("i", [self.near.fileno()])
            client.sendmsg([b"\0"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
            return True
        except PermissionError:
            self.near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 0, 0))
            return False
        finally:
            self.near.close()


def drop_in(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    host.run("systemctl", "daemon-reload")


def connect_as_nobody(clients):
    """Connects; the kernel tells usherd the uid of this moment."""
    os.seteuid(NOBODY)
    try:
        for client in clients:
            client.connect(host.SOCKET)
    finally:
        os.seteuid(0)


def attack(connected=10, waiting=20):
    """Queues descriptors on connections, as many as a user without a role may have, most of which usherd has not accepted, while it is stopped; how many got through."""
    held, passed = [], 0
    pid = host.pid()
    clients = [socket.socket(socket.AF_UNIX) for _ in range(connected + waiting)]
    connect_as_nobody(clients[:connected])
    os.kill(pid, signal.SIGSTOP)
    try:
        connect_as_nobody(clients[connected:])
        for client in clients:
            held.append(Lingering())
            passed += held[-1].pass_on(client)
    finally:
        os.kill(pid, signal.SIGCONT)
    return clients, held, passed


class Descriptors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        host.run("ip", "link", "set", "lo", "up", check=False)
        host.install()
        host.account("ada", "correct horse")

    def tearDown(self):
        for path in (WATCHDOG, COMMAND):
            if os.path.exists(path):
                os.remove(path)
        host.run("systemctl", "daemon-reload")
        host.run("systemctl", "restart", "usherd.service")

    def outlasts(self, least):
        token = host.login("ada", "correct horse")
        drop_in(WATCHDOG, SERVICE)
        host.run("systemctl", "restart", "usherd.service")
        pid, restarts = host.pid(), host.show("usherd.service", "NRestarts")
        with Steady(token) as client:
            host.eventually(lambda: client.answers > 10, "the client asks")
            for _ in range(4):
                start = time.monotonic()
                clients, held, passed = attack()
                answered = client.answers
                host.eventually(lambda: client.answers > answered + 10, "the client is answered", LINGER / 2)
                self.assertTrue(host.valid(token))
                print("%d descriptors passed, served again after %.2f s" % (passed, time.monotonic() - start))
                self.assertGreaterEqual(passed, least)
                del clients, held
        self.assertEqual((client.failures, client.retries), ([], 0))
        self.assertEqual((host.pid(), host.show("usherd.service", "NRestarts")), (pid, restarts))
        children = "/proc/%d/task/%d/children" % (pid, pid)
        host.eventually(lambda: not open(children).read(), "no child of usherd is left")
        return token

    def test_the_kernel_refuses_them_where_it_can(self):
        self.outlasts(0)

    def test_they_wait_for_nobody_on_an_older_kernel(self):
        drop_in(COMMAND, OLD_KERNEL)
        token = self.outlasts(30)
        entries = host.journal(MESSAGE_ID="a6da1afd73594151bd56145ae31977b6", USHER_WHAT="descriptor")
        self.assertTrue(entries)
        # The attack goes on while usherd is killed: the next one adopts, and serves.
        for _ in range(4):
            clients, held, passed = attack(5, 20)
            host.kill(signal.SIGKILL)
            self.assertTrue(host.valid(token))
            del clients, held

    def test_watchdog_kills_after_the_adoption_drop_no_session(self):
        token = host.login("ada", "correct horse")
        drop_in(WATCHDOG, "[Service]\nWatchdogSec=1\nTimeoutAbortSec=1\n")
        host.run("systemctl", "restart", "usherd.service")
        for _ in range(5):
            old = host.pid()
            os.kill(old, signal.SIGSTOP)
            host.successor(old)
        self.assertTrue(host.valid(token))
        self.assertFalse(host.journal(MESSAGE_ID="96c544a935244cc4977cca2d43f4787c"))


if __name__ == "__main__":
    unittest.main()
