#!/usr/bin/env python3
"""Chooses the corpus from the vectors: python3 Tests/Fuzz/Corpus/wire/make.py

One file a vector, small ones only: all that are accepted, the answers, and a few refusals of each family.
"""
import json
import pathlib

HERE = pathlib.Path(__file__).parent
VECTORS = HERE.parents[3] / "protocol" / "vectors"
for old in HERE.glob("*.bin"):
    old.unlink()
for path in sorted(VECTORS.glob("*.json")):
    file = json.loads(path.read_text())
    methods = set()
    refusals = 0
    for index, vector in enumerate(file["vectors"]):
        data = bytes.fromhex(vector["hex"])
        request = vector["expect"].get("request")
        method = request["method"] if request else vector.get("method", "")
        wanted = method and method not in methods
        if not method and refusals < 3 or file["family"] == "json" and index % 8 == 0:
            wanted = True
            refusals += 1
        if wanted and len(data) <= 1024:
            methods.add(method)
            (HERE / ("%s-%03d.bin" % (file["family"], index))).write_bytes(data)
