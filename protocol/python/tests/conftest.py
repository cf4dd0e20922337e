"""A `usherd --dev` for all tests: USHER_PROGRAMS names the directory of the programs, USHER_LIBRARY the library."""
import os
import pathlib
import signal
import subprocess
import time
from collections.abc import Sequence

import pytest

import usher

PROGRAMS = pathlib.Path(os.environ.get("USHER_PROGRAMS", pathlib.Path(__file__).parents[3] / ".build/debug"))
PASSWORD = "correct horse"
# eve's password, of which each letter is one higher: the tests search their memory for it.
CODED = b"votqplfoxpsetpgfwf"
# A login that was cancelled keeps one of its user's four places for a second: tests that cancel have a user each.
WITH_A_CODE = ("bob", "carol", "dave", "erin")


class Daemon:
    """A daemon, and how to kill it and start it again with its sessions."""

    def __init__(self, directory: pathlib.Path, keep: Sequence[str] = ("--keep-sessions",)) -> None:
        self.directory, self.keep = str(directory), keep
        directory.mkdir(mode=0o700, exist_ok=True)
        directory.chmod(0o700)
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        log = open(f"{self.directory}.log", "wb")
        self.process = subprocess.Popen(
            ["sh", "-c", f'exec "$@" --user "eve:$(echo {CODED.decode()} | tr b-z a-y)"', "sh", PROGRAMS / "usherd",
             "--dev", "--directory", self.directory, *self.keep,
             "--user", f"ada:{PASSWORD}", *(
                 word for user in WITH_A_CODE
                 for word in ("--user", f"{user}:battery staple,otp=123456"))], stdout=log, stderr=log)
        with usher.Client(development=self.directory) as client:
            for _ in range(300):
                try:
                    return client.ping()
                except usher.Unreachable:
                    assert self.process.poll() is None, open(f"{self.directory}.log").read()
                    time.sleep(0.1)
        raise AssertionError("usherd does not answer")

    def stop(self, number: int = signal.SIGTERM) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait()


@pytest.fixture(scope="session")
def daemon(tmp_path_factory):
    daemon = Daemon(tmp_path_factory.mktemp("usher"))
    yield daemon
    daemon.stop()


@pytest.fixture
def client(daemon):
    with usher.Client(development=daemon.directory) as client:
        yield client


@pytest.fixture
def token(client):
    return client.login("ada", PASSWORD, context={"remote_ip": "192.0.2.7"}).token
