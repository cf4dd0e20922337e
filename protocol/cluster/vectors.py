#!/usr/bin/python3
"""Writes sealed.json beside it: /usr/bin/python3 protocol/cluster/vectors.py

What stands in the store is computed here with Python's hashlib and cryptography (OpenSSL), never by Usher.
"""
import base64
import hashlib
import hmac
import json
import pathlib
import struct

from cryptography.hazmat.primitives.ciphers.aead import AESSIV

HERE = pathlib.Path(__file__).parent
CLUSTER = b"corp"
KEYS = {7: bytes(range(32)), 200: bytes(255 - i for i in range(32))}


def derive(key, label, count):
    """HKDF-SHA256 without salt, RFC 5869."""
    extracted, made, block = hmac.digest(bytes(32), key, "sha256"), b"", b""
    for counter in range(1, 256):
        if len(made) >= count:
            break
        block = hmac.digest(extracted, block + b"usher 1 " + label + bytes([counter]), "sha256")
        made += block
    return made[:count]


def line(number):
    return b"%d %s\n" % (number, base64.urlsafe_b64encode(KEYS[number]).rstrip(b"="))


def pseudonym(key, text):
    return 1 << 31 | struct.unpack(">I", hmac.digest(derive(key, b"user", 32), text, "sha256")[:4])[0]


def purpose(name):
    return b"usher 1 " + name + b"\0" + bytes([len(CLUSTER)]) + CLUSTER


def seal(number, random, data, plain):
    nonce = random + derive(KEYS[number], b"mark", 8)[4:]
    return nonce + AESSIV(derive(KEYS[number], b"seal", 64)).encrypt(plain, [data, nonce])


def session(created, authenticated, uid, origin, proof, *parts):
    head = struct.pack(">BIIIIB", 1, created, authenticated, 0xFFFFFFFF if uid is None else uid, origin, proof)
    return head + b"".join(struct.pack(">H", len(part)) + part for part in parts)


def record(name, number, random, fields, values):
    digest, idle, absolute, version, bucket, realm, tag = fields
    data = purpose(b"record") + digest + struct.pack(">BIIQII8s", number, idle, absolute, version, bucket, realm, tag)
    return {"name": name, "key": number, "random": random.hex(), "digest": digest.hex(), "idle": idle,
            "absolute": absolute, "version": version, "bucket": bucket, "realm": realm, "tag": tag.hex(),
            "session": {"created": values[0], "authenticated": values[1], "uid": values[2], "origin": values[3],
                        "proof": values[4], "parts": [part.hex() for part in values[5:]]},
            "sealed": seal(number, random, data, session(*values)).hex()}


def note(name, number, random, text):
    sealed = bytes([number]) + seal(number, random, purpose(b"note") + bytes([number]), text)
    return {"name": name, "key": number, "random": random.hex(), "text": text.hex(), "sealed": sealed.hex()}


def token(name, number, random, end):
    mask = hmac.digest(derive(KEYS[number], b"end", 32), random, "sha256")
    start = random + struct.pack(">I", end ^ struct.unpack(">I", mask[:4])[0])
    made = start + hmac.digest(derive(KEYS[number], b"token", 32), purpose(b"token") + start, "sha256")[:8]
    return {"name": name, "key": number, "random": random.hex(), "end": end,
            "token": base64.urlsafe_b64encode(made).rstrip(b"=").decode()}


DIGEST = hashlib.sha256(b"token").digest()[:16]
FIELDS = (DIGEST, 3600, 2_000_000_000, 5, 0x80000001, 0x80000002, b"\1\2\3\4\5\6\7\x08")
PARTS = [b"default", b"wiki", "Ada Lovelace é".encode(), b"\1\2", b'{"source":"192.0.2.7"}', b'{"theme":"dark"}']
files = [{"name": "one key", "file": line(7).decode(), "check": derive(KEYS[7], b"check", 8).hex()},
         {"name": "two keys: the lowest number's makes names and check", "file": (line(200) + line(7)).decode(),
          "check": derive(KEYS[7], b"check", 8).hex()}]
names = [{"realm": realm, "user": user, "bucket": pseudonym(KEYS[7], realm.encode() + b"\0" + user.encode())}
         for realm, user in [("default", "ada"), ("default", "Ada"), ("default", ""), ("", "ada"), ("réalm", "é")]]
realms = [{"realm": realm, "bucket": pseudonym(KEYS[7], realm.encode())} for realm in ["default", "", "réalm"]]
records = [
    record("a session", 7, bytes(range(12)), FIELDS, (1_790_000_000, 1_790_000_100, 1000, 0xDEADBEEF, 2, *PARTS)),
    record("without an account", 7, bytes(12), FIELDS, (0, 0, None, 0, 0, *PARTS)),
    record("with empty parts", 7, b"\xff" * 12, FIELDS, (1, 2, 0, 3, 1, b"", b"", b"", b"", b"", b"")),
    record("with much data", 7, bytes(range(12)), FIELDS, (1, 2, 3, 4, 1, *PARTS[:5], bytes(i % 251 for i in range(8192)))),
    record("under another key", 200, bytes(range(12)), FIELDS, (1, 2, 3, 4, 1, *PARTS)),
]
notes = [note("a note", 7, bytes(range(12)), b"ada default wiki"), note("a note of one byte", 7, bytes(12), b"x"),
         note("under another key", 200, bytes(range(12)), b"ada")]
tokens = [token("a token", 7, bytes(range(20)), 2_000_000_000), token("of no end", 7, bytes(20), 0),
          token("of the last end", 7, b"\xff" * 20, 0xFFFFFFFF),
          token("under another key", 200, bytes(range(20)), 2_000_000_000)]
made = {"cluster": CLUSTER.decode(), "files": files, "names": names, "realms": realms, "records": records, "notes": notes,
        "tokens": tokens}


def text():
    rows = ",\n".join('"%s": %s' % (key, "[\n%s\n]" % ",\n".join(map(json.dumps, value)) if isinstance(value, list)
                      else json.dumps(value)) for key, value in made.items())
    return "{\n%s\n}\n" % rows


if __name__ == "__main__":
    (HERE / "sealed.json").write_text(text())
