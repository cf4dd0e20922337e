#!/usr/bin/env python3
"""Writes ../openrpc.json, the OpenRPC 1.3 document of the protocol: python3 protocol/schema/openrpc.py

Everything in it comes from the schemas beside this file and from PROTOCOL.md: descriptions are the first paragraph of a
method's section, errors the rows of the table. OpenRPC has no notifications of a server, so `event` is a schema only.
"""
import json
import pathlib
import re

HERE = pathlib.Path(__file__).parent
PAGE = HERE.parent / "PROTOCOL.md"
FILES = ["values", "auth", "session", "server", "events"]


def definitions():
    """All definitions by name, with references that point into the document."""
    found = {}
    for file in FILES:
        text = (HERE / (file + ".json")).read_text()
        text = re.sub(r'"(\w+\.json)?#/\$defs/', '"#/components/schemas/', text)
        for name, schema in json.loads(text)["$defs"].items():
            assert name not in found, name
            found[name] = schema
    return found


def sections(page):
    """The first paragraph of each method's section, and the codes that it says the method is refused with."""
    found = {}
    methods = page.split("\n## Methods\n")[1].split("\n## Compatibility\n")[0]
    for section in re.split(r"\n### ", methods)[1:]:
        heading, text = section.split("\n", 1)
        refusals = re.findall(r"refusals: (.*?)(?:\n\n|$)", text, re.DOTALL)
        codes = {"1011"} if "Role: none" not in text else set()
        for line in refusals:
            for other in re.findall(r"as `([\w.]+)`", line):
                codes.update(found[other][1])
            for first, last in re.findall(r"\b(\d{4})(?: to (\d{4}))?\b", line):
                codes.update(str(code) for code in range(int(first), int(last or first) + 1))
        description = " ".join(re.split(r"\n\n|\nparams:", text.strip(), maxsplit=1)[0].split())
        for name in heading.split(", "):
            found[name.strip()] = (description, sorted(codes))
    return found


def errors(page):
    """The daemon's errors by code."""
    rows = re.findall(r"^\| (−?\d+) \| `(\w+)` \| (.*?) \| (.*?) \|$", page, re.MULTILINE)
    found = {}
    for code, reason, meaning, remedy in rows:
        number = int(code.replace("−", "-"))
        found[str(number)] = {"code": number, "message": "%s: %s; %s" % (reason, meaning, remedy)}
    return found


def params(schema):
    """OpenRPC's list of parameters, all by name."""
    if schema is True or "properties" not in schema:
        return []
    required = schema.get("required", [])
    return [{"name": name, "required": name in required, "schema": value}
            for name, value in schema["properties"].items()]


def document():
    page = PAGE.read_text()
    schemas, texts = definitions(), sections(page)
    names = json.loads((HERE / "envelope.json").read_text())["$defs"]["request"]["properties"]["method"]["enum"]
    methods = []
    for name in names:
        description, codes = texts[name]
        methods.append({
            "name": name, "description": description, "paramStructure": "by-name",
            "params": params(schemas.pop(name + ".params")),
            "result": {"name": "result", "schema": schemas.pop(name + ".result")},
            "errors": [{"$ref": "#/components/errors/" + code} for code in ["-32602"] + codes]})
    return {
        "openrpc": "1.3.2",
        "info": {"title": "Usher", "version": "1",
                 "description": "Frames of a Unix stream socket: 4 bytes of length, big-endian, then a JSON-RPC 2.0 "
                                "request. PROTOCOL.md is the contract; this file has what a generator can use of it."},
        "methods": methods, "components": {"schemas": schemas, "errors": errors(page)}}


if __name__ == "__main__":
    (HERE.parent / "openrpc.json").write_text(json.dumps(document(), indent=1, ensure_ascii=False) + "\n")
