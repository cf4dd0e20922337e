"""The schemas, openrpc.json and the vectors say the same: python3 -m unittest discover Tests/Protocol"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import jsonschema

PROTOCOL = pathlib.Path(__file__).parents[2] / "protocol"
sys.path.insert(0, str(PROTOCOL / "schema"))
sys.dont_write_bytecode = True
import openrpc  # noqa: E402

OPENRPC = json.loads((PROTOCOL / "openrpc.json").read_text())
METHODS = {method["name"]: method for method in OPENRPC["methods"]}


def resolve(schema):
    """A schema with the document's components beside it, by which its references are found."""
    return {"$defs": {}, **({"allOf": [schema]} if schema is not True else {}), "components": OPENRPC["components"]}


def judge(schema):
    return jsonschema.Draft202012Validator(resolve(schema))


def vectors():
    for path in sorted((PROTOCOL / "vectors").glob("*.json")):
        family = json.loads(path.read_text())
        for vector in family["vectors"]:
            yield family["family"] + ": " + vector["name"], vector, bytes.fromhex(vector["hex"])[4:]


class Schema(unittest.TestCase):
    def test_openrpc_is_made_from_the_schemas_and_the_page(self):
        with tempfile.TemporaryDirectory() as directory:
            copy = pathlib.Path(directory, "protocol")
            subprocess.run(["cp", "-r", PROTOCOL, copy], check=True)
            (copy / "openrpc.json").unlink()
            subprocess.run([sys.executable, copy / "schema/openrpc.py"], check=True)
            self.assertEqual((copy / "openrpc.json").read_text(), (PROTOCOL / "openrpc.json").read_text())

    def test_every_reference_is_there_and_every_schema_is_one(self):
        references = []

        def walk(value):
            if isinstance(value, dict):
                references.extend([value["$ref"]] if "$ref" in value else [])
                value = list(value.values())
            for each in value if isinstance(value, list) else []:
                walk(each)

        walk(OPENRPC)
        self.assertGreater(len(references), 100)
        for reference in set(references):
            kind, name = reference.removeprefix("#/components/").split("/")
            self.assertIn(name, OPENRPC["components"][kind], reference)
        for name, schema in OPENRPC["components"]["schemas"].items():
            with self.subTest(name):
                jsonschema.Draft202012Validator.check_schema(schema)

    def test_every_method_says_what_it_is_for_and_how_it_is_refused(self):
        for name, method in METHODS.items():
            with self.subTest(name):
                self.assertGreater(len(method["description"]), 10)
                self.assertTrue(method["errors"])
        self.assertEqual({each["$ref"].split("/")[-1] for each in METHODS["auth.respond"]["errors"]} & {"1001", "1013"},
                         {"1001", "1013"})

    def test_what_the_vectors_accept_is_valid(self):
        seen = set()
        for name, vector, body in vectors():
            expect = vector["expect"]
            with self.subTest(name):
                if "request" in expect and expect["request"]["method"] in METHODS:
                    method = expect["request"]["method"]
                    judge(openrpc.definitions()[method + ".params"]).validate(json.loads(body).get("params", {}))
                    seen.add(method + ".params")
                elif "result" in expect and "method" in vector:
                    judge(METHODS[vector["method"]]["result"]["schema"]).validate(json.loads(body)["result"])
                    seen.add(vector["method"] + ".result")
                elif "event" in expect:
                    judge({"$ref": "#/components/schemas/event"}).validate(json.loads(body)["params"])
                    seen.add("event")
        self.assertEqual({name + ".params" for name in METHODS} - seen, set())
        self.assertIn("event", seen)

    def test_results_that_the_vectors_call_broken_are_invalid(self):
        refused = {}
        for name, vector, body in vectors():
            if vector["expect"] == {"broken": True} and vector.get("method") in METHODS:
                try:
                    result = json.loads(body)["result"]
                except (ValueError, KeyError, TypeError):
                    continue
                refused[name] = not judge(METHODS[vector["method"]]["result"]["schema"]).is_valid(result)
        self.assertEqual([name for name, is_refused in refused.items() if not is_refused], [])


if __name__ == "__main__":
    unittest.main()
