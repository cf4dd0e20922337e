"""What Tab offers behind usherctl in bash, zsh and fish, typed at a terminal, against a daemon with a session."""
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = pathlib.Path(os.environ.get("USHER_PROGRAMS", ROOT / ".build" / "debug"))
# Colours, moves of the cursor, titles of windows, and other sequences of a terminal (ECMA-48).
SEQUENCES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[()][A-Z0-9]|[=>78A-Z])")
# How each shell is started, and the line that makes it complete as a login shell would, with a prompt to wait for.
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"],
             "bind 'set bell-style none'; bind 'set show-all-if-ambiguous on'; source {scripts}/bash; PS1=ready'> '"),
    "zsh": (["zsh", "-f", "-i"],
            "fpath=({scripts}/zsh $fpath); autoload -Uz compinit; compinit -u -d {scripts}/dump; PROMPT=ready'> '"),
    "fish": (["fish", "--no-config", "--interactive"],
             "source {scripts}/fish; set fish_color_autosuggestion normal; function fish_prompt; echo -n ready'> '; end"),
}


class Terminal:
    """A shell at a terminal of its own."""

    def __init__(self, shell, scripts, directory, programs=PROGRAMS):
        command, prepare = SHELLS[shell]
        environment = {"PATH": "%s:/usr/bin:/bin" % programs, "HOME": str(scripts), "TERM": "xterm", "LANG": "C.UTF-8",
                       "USHER_SOCKET": directory + "/usher.sock", "XDG_DATA_HOME": str(scripts)}
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, environment)
        self.type(prepare.format(scripts=scripts) + "\r")
        self.wait("ready> ")

    def type(self, text):
        os.write(self.terminal, text.encode())

    def wait(self, *words, seconds=60):
        """Reads until each of these has been shown; all that has been."""
        shown, end = "", time.monotonic() + seconds
        while not all(word in SEQUENCES.sub("", shown) for word in words):
            ready, _, _ = select.select([self.terminal], [], [], 0.2)
            if ready:
                shown += os.read(self.terminal, 65536).decode(errors="replace")
            if time.monotonic() > end:
                raise AssertionError("%s: not shown: %s" % (words, SEQUENCES.sub("", shown)))
        return SEQUENCES.sub("", shown)

    def completes(self, line, *words):
        """Types the start of a line and presses Tab; each of these comes. The line is thrown away."""
        self.type(line + "\t")
        shown = self.wait(*words)
        self.type("\x15\r")
        self.wait("ready> ")
        return shown

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


class Completions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = pathlib.Path(tempfile.mkdtemp(prefix="usher-completions-"))
        cls.addClassCleanup(shutil.rmtree, cls.place, ignore_errors=True)
        cls.directory = str(cls.place / "d")
        cls.daemon = subprocess.Popen(
            [PROGRAMS / "usherd", "--dev", "--directory", cls.directory], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(cls.daemon.wait)
        cls.addClassCleanup(cls.daemon.terminate)
        login = cls.wait_for_login()
        done = subprocess.run(
            [PROGRAMS / "usherctl", "login", login["user"], "--password-stdin", "--json", "--directory", cls.directory],
            input=login["password"] + "\n", text=True, capture_output=True, check=True, timeout=60)
        cls.user, cls.handle = login["user"], json.loads(done.stdout)["session"]["handle"]
        (cls.place / "zsh").mkdir()
        for shell, name in [("bash", "bash"), ("zsh", "zsh/_usherctl"), ("fish", "fish")]:
            script = subprocess.run([PROGRAMS / "usherctl", "--generate-completion-script", shell], text=True,
                                    capture_output=True, check=True, timeout=60).stdout
            (cls.place / name).write_text(script)

    @classmethod
    def wait_for_login(cls):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                if os.path.exists(cls.directory + "/usher.sock"):
                    return json.loads(pathlib.Path(cls.directory, "login.json").read_text())
            except (FileNotFoundError, ValueError):
                pass
            time.sleep(0.05)
        raise AssertionError("usherd --dev does not start")

    def completes_in(self, shell):
        terminal = Terminal(shell, self.place, self.directory)
        self.addCleanup(terminal.close)
        terminal.completes("usherctl li", "list", "limiter")
        terminal.completes("usherctl cluster ", "status", "check", "forget", "library")
        there = " --directory " + self.directory
        terminal.completes("usherctl list%s --user " % there, self.user)
        terminal.completes("usherctl revoke%s h_" % there, self.handle)
        terminal.completes("usherctl watch --kind rev", "revoked")

    def test_bash(self):
        self.completes_in("bash")

    def test_zsh(self):
        self.completes_in("zsh")

    def test_fish(self):
        self.completes_in("fish")


if __name__ == "__main__":
    unittest.main()
