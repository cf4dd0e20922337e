"""What hosts seal, as protocol/cluster/sealed.json has it, is what Python's cryptography makes of it."""
import importlib.util
import pathlib
import unittest

FOLDER = pathlib.Path(__file__).parents[2] / "protocol/cluster"
SPEC = importlib.util.spec_from_file_location("vectors", FOLDER / "vectors.py")
vectors = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(vectors)


class Sealed(unittest.TestCase):
    def test_the_vectors_are_those_of_the_program_beside_them(self):
        self.assertEqual((FOLDER / "sealed.json").read_text(), vectors.text())


if __name__ == "__main__":
    unittest.main()
