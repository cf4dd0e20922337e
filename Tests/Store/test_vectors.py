import json
import unittest

import vectors
from store import Server


class Vectors(unittest.TestCase):
    def test_a_server_answers_what_the_vectors_say(self):
        server = Server()
        self.addCleanup(server.close)
        said = json.loads(vectors.FILE.read_text())
        found = vectors.run(server)
        self.assertEqual(len(found["vectors"]), len(said["vectors"]))
        for one, other in zip(found["vectors"], said["vectors"]):
            for place in one.get("volatile", []):
                self.assertIs(type(one["answer"][place]), str)
                one["answer"][place] = other["answer"][place]
            self.assertEqual(one, other, one["name"])
        self.assertEqual(found["stream"], said["stream"])

    def test_each_function_of_a_host_has_a_vector(self):
        functions = {call[1] for call in vectors.calls()}
        self.assertEqual(
            functions,
            {"hello", "probe", "open", "join", "beat", "leave", "get", "put", "end", "endall", "endrealm", "sweep", "move",
             "change", "touch", "list", "restore_ends", "restore_all", "restore_changes", "again", "claim", "trim"})
