"""The host that the tests change as its admin would: packages, accounts, configuration, services, the journal."""
import json
import os
import pathlib
import subprocess
import time

from usher_login import Refused, Usher

SOCKET = "/run/usher/usher.sock"
SOCKETS = ["usher-pam.socket", "usherd.socket"]
# What the tools of the system write there is theirs.
OTHERS = ("/etc/.pwd.lock", "/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow", "/etc/subuid", "/etc/subgid",
          "/run/systemd/", "/run/log/", "/run/dbus/", "/var/lib/dpkg/", "/var/lib/systemd/catalog/", "/var/log/",
          "/var/cache/")
# The package and, of the same build, its successor.
PACKAGES = sorted((str(path) for path in pathlib.Path("/box").glob("*.deb")), key=len)
TOOLS = """
[[client]]
user = "root"
roles = ["login", "validate", "issue", "watch", "admin"]
services = ["usher"]
"""


def run(*command, input=None, check=True):
    """Runs a command; its output, standard error included."""
    done = subprocess.run(
        command, input=input, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    if check and done.returncode != 0:
        raise AssertionError("%s: %d\n%s" % (" ".join(command), done.returncode, done.stdout))
    return done.stdout


def status(*command, input=None):
    """The exit status of a command."""
    return subprocess.run(command, input=input, text=True, capture_output=True, timeout=120).returncode


def eventually(condition, what, seconds=60):
    """Waits until `condition` holds; its value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("not within %d s: %s" % (seconds, what))
        time.sleep(0.02)


def install(configuration=TOOLS):
    """Installs the package and gives root every role."""
    run("dpkg", "--install", PACKAGES[0])
    if configuration is not None:
        configure(configuration)


def configure(text, name="test.toml"):
    """Writes a drop-in of the configuration; the daemon reads it when it starts or reloads."""
    path = pathlib.Path("/etc/usher/usherd.d") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def paths():
    """Every path where a package may leave something."""
    found = set()
    for top in ["/etc", "/run", "/usr", "/var"]:
        for directory, directories, files in os.walk(top):
            found.update(os.path.join(directory, name) for name in directories + files)
    return {path for path in found if not path.startswith(OTHERS)}


def account(name, password, method="SHA512"):
    """A real account."""
    run("useradd", "--create-home", "--shell", "/bin/sh", name)
    run("chpasswd", "--crypt-method", method, input="%s:%s\n" % (name, password))


def connect():
    return Usher(SOCKET)


def login(user, password):
    """The token of a new session, as an admin gets it at the command line."""
    return run("usherctl", "login", "--password-stdin", "--print-token", user, input=password + "\n").splitlines()[-1]


def valid(token):
    """Whether the session holds, asked on a connection of its own."""
    return connect().ask("session.validate", token=token)["valid"]


def show(unit, name):
    """A property of a unit, as systemd says it."""
    return run("systemctl", "show", "--value", "--property", name, unit).strip()


def sockets(verb):
    """What `systemctl VERB` says about both sockets."""
    return run("systemctl", verb, *SOCKETS, check=False).split()


def pid(unit="usherd.service"):
    """The main process of a service that runs."""
    number = int(show(unit, "MainPID"))
    if number == 0:
        raise AssertionError(unit + " does not run")
    return number


def successor(old, unit="usherd.service"):
    """Waits for another main process than `old` that is ready."""

    def there():
        return int(show(unit, "MainPID")) not in (0, old) and show(unit, "ActiveState") == "active"

    eventually(there, unit + " runs again")
    return pid(unit)


def kill(signal, unit="usherd.service"):
    """Sends the main process of a service a signal and waits for its successor."""
    old = pid(unit)
    os.kill(old, signal)
    return successor(old, unit)


def journal(**fields):
    """The journal's entries that have these fields, oldest first."""
    run("journalctl", "--sync")
    matches = ["%s=%s" % field for field in fields.items()]
    lines = run("journalctl", "--output=json", "--all", "--quiet", *matches, check=False).splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]
