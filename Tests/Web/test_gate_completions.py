"""What Tab offers behind usher-gate in bash, zsh and fish, typed at a terminal."""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from gate import GATE
from tool import ROOT

sys.path.append(str(ROOT / "Tests" / "Completions"))
import test_completions  # noqa: E402


class CompletionTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = pathlib.Path(tempfile.mkdtemp(prefix="usher-completions-"))
        cls.addClassCleanup(shutil.rmtree, cls.place, ignore_errors=True)
        (cls.place / "zsh").mkdir()
        for shell, name in [("bash", "bash"), ("zsh", "zsh/_usher-gate"), ("fish", "fish")]:
            script = subprocess.run([GATE, "--generate-completion-script", shell], text=True, capture_output=True, check=True, timeout=60).stdout
            (cls.place / name).write_text(script)
        (cls.place / "some.toml").write_text("")

    def completes_in(self, shell):
        terminal = test_completions.Terminal(shell, self.place, str(self.place), GATE.parent)
        self.addCleanup(terminal.close)
        terminal.completes("usher-gate do", "doctor")
        terminal.completes("usher-gate --print ", "nginx", "caddy", "limits", "key")
        terminal.completes("usher-gate --config %s/so" % self.place, "some.toml")
        terminal.completes("usher-gate doctor --ca", "--cacert")

    def test_bash(self):
        self.completes_in("bash")

    def test_zsh(self):
        self.completes_in("zsh")

    def test_fish(self):
        self.completes_in("fish")


if __name__ == "__main__":
    unittest.main()
