"""Every disagreement about the name of a guard is found: one at a time is made in a copy of the texts."""
import importlib.machinery
import importlib.util
import shutil
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOADER = importlib.machinery.SourceFileLoader("names", str(ROOT / "Tests/Model/names"))
SPEC = importlib.util.spec_from_loader("names", LOADER)
names = importlib.util.module_from_spec(SPEC)
LOADER.exec_module(names)

CORE, CONTRACT, STORE = "Sources/UsherCluster/ClusterGuard.swift", "protocol/CLUSTER.md", "protocol/cluster/usher.lua"
WORLD, GUARDS, EXCEPTIONS = "Tests/ClusterSimulation/WorldGuard.swift", "Tests/Model/guards", "Tests/Model/exceptions"


class NamesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for part in ["Tests/Model", "Tests/ClusterSimulation", "Sources/UsherCluster", "protocol/cluster"]:
            shutil.copytree(ROOT / part, self.root / part)
        shutil.copy(ROOT / CONTRACT, self.root / CONTRACT)

    def complain(self, path, old, new):
        file = self.root / path
        text = file.read_text()
        self.assertIn(old, text)
        file.write_text(text.replace(old, new))
        return list(names.Names(self.root).complaints())

    def test_the_names_agree(self):
        self.assertEqual(list(names.Names(self.root).complaints()), [])

    def test_a_guard_that_only_one_of_them_has_is_found(self):
        for path, old, new in [
            (CORE, "    case fence\n", "    case fence\n    case unheardOf\n"),
            (CORE, "    case fence\n", ""),
            (CONTRACT, "`fence`", ""),
            (CONTRACT, "`fence`", "`fence`, `unheardOf`"),
            (STORE, "`strictCalls`", "strictCalls"),
            (STORE, "`strictCalls`", "`strictCalls`, `unheardOf`"),
            (WORLD, "strictCalls, ", ""),
            (WORLD, "strictCalls, ", "strictCalls, unheardOf, "),
            (GUARDS, "fence                  |", "fense                  |"),
            ("Tests/Model/board.pml", "WITHOUT_leaseBeforeSlot", "WITHOUT_slotFirst"),
        ]:
            with self.subTest(path=path, new=new):
                self.assertNotEqual(self.complain(path, old, new), [])
            shutil.copy(ROOT / path, self.root / path)

    def test_a_guard_that_is_named_and_not_obeyed_is_found(self):
        found = self.complain("Sources/UsherCluster/ClusterHost+Time.swift", "guards.has(.leaseFromSending)", "true")
        self.assertEqual(found, ["what the core obeys: leaseFromSending is missing, which ClusterGuard has"])

    def test_a_guard_of_another_model_is_found(self):
        found = self.complain(GUARDS, "strictCalls            | stream", "strictCalls            | board ")
        self.assertEqual(found, ["Tests/Model/guards: the model board does not have strictCalls"])

    def test_an_exception_that_is_missing_or_not_needed_is_found(self):
        text = (ROOT / EXCEPTIONS).read_text()
        line = next(line for line in text.splitlines() if line.startswith("joinInCount"))
        self.assertNotEqual(self.complain(EXCEPTIONS, line, ""), [])
        shutil.copy(ROOT / EXCEPTIONS, self.root / EXCEPTIONS)
        self.assertNotEqual(self.complain(EXCEPTIONS, line, line + "\nfence | code | It is needed for nothing at all."), [])
        shutil.copy(ROOT / EXCEPTIONS, self.root / EXCEPTIONS)
        self.assertNotEqual(self.complain(EXCEPTIONS, line, line.rpartition("|")[0] + "| no"), [])


if __name__ == "__main__":
    unittest.main()
