#!/usr/bin/env python3
"""Chooses the corpus from the vectors of web tools: python3 Tests/Fuzz/Corpus/web/make.py

One file a vector, every fourth one; its first byte says what the rest is read as (FuzzWeb.swift).
"""
import json
import pathlib

HERE = pathlib.Path(__file__).parent
VECTORS = HERE.parents[3] / "protocol" / "vectors" / "web"
for old in HERE.glob("*.bin"):
    old.unlink()
for choice, family in enumerate(["return_to", "cookie", "form", "origin"]):
    for index, vector in enumerate(json.loads((VECTORS / (family + ".json")).read_text())["vectors"]):
        data = bytes.fromhex("".join(vector.get("fields", []))) if family == "cookie" else bytes.fromhex(vector["hex"])
        if index % 4 == 0 and len(data) <= 1024:
            (HERE / ("%s-%03d.bin" % (family, index))).write_bytes(bytes([choice]) + data)
