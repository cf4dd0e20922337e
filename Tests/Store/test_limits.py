import re
import struct
import time
import unittest

from store import CONTRACT, PREFIX, Refused, StoreCase, name, record
from test_epochs import STRICT

FAR = 2**32 - 1


class Limits(StoreCase):
    def state(self):
        """All keys but the library's, as the server serializes them."""
        return {k: self.raw("DUMP", k) for k in self.raw("KEYS", "*")}

    # By function and place: numbers of 32 bits; arguments that may be empty; and those that may be any short text.
    short = {("end", 5), ("end", 6), ("endall", 2), ("endall", 4), ("endrealm", 2), ("sweep", 0), ("list", 0), ("touch", 1),
             ("claim", 2)}
    empty = {("join", 4), ("forget", 0), ("end", 3), ("end", 4), ("endall", 3), ("list", 2), ("restore_all", 4),
             ("restore_ends", 4)}
    text = {("join", 3), ("put", 6), ("end", 8), ("endall", 5), ("endrealm", 4), ("move", 5)}

    def wrong(self, place, value):
        yield b"\0" * 200_000
        if place not in self.text:
            yield from [b"-1", b"1e3", b"99007199254740993", b"x" * 5] + [b""] * (place not in self.empty)
        if isinstance(value, int):
            yield b"9007199254740993"
        if place in self.short:
            yield b"4294967296"

    def test_wrong_arguments_change_nothing(self):
        self.put()
        before = self.state()
        for function, arguments in STRICT.items():
            for i, right in enumerate(arguments):
                for wrong in self.wrong((function, i), right):
                    with self.subTest(function, argument=i, value=wrong[:20]):
                        self.refused("BAD", function, *arguments[:i], wrong, *arguments[i + 1:])
            with self.subTest(function, missing=True):
                self.refused("BAD", function, *arguments[:-1], *([b"x"] if len(arguments) == 1 else []))
        self.assertEqual(self.state(), before)
        for keys in ((), (b"x", b"y")):
            with self.assertRaises(Refused) as caught:
                self.raw("FCALL", "usher_hello", len(keys), *keys)
            self.assertEqual(caught.exception.code, "BAD")

    def test_only_new_sessions_and_data_are_refused_when_memory_is_full(self):
        digest, rec, _ = self.put()
        self.raw("CONFIG", "SET", "maxmemory", 1)
        try:
            self.refused("OOM", "put", name(16), record(), 0, 0, self.ordinal, self.n(), b"")
            self.refused("OOM", "change", self.a, digest, 1, self.ordinal, record(version=2))
            self.assertEqual(self.beat(self.a)[0], 1)
            self.assertEqual(self.get(digest)[:1], b"L")
            self.call("touch", digest, 0)
            new = name(16)
            self.call("move", self.a, digest, new, self.ordinal, rec, b"")
            self.assertEqual(self.end(self.a, new, b"", 7, FAR, 0, b"")[1], 1)
            self.call("endall", self.a, self.joined(self.a), 7, b"", FAR, b"")
            self.join(name(16))
            self.call("trim", 10)
            self.bare("hello")
            self.bare("probe")
        finally:
            self.raw("CONFIG", "SET", "maxmemory", 0)
        self.server.restart("now")
        self.load()
        self.raw("CONFIG", "SET", "maxmemory", 1)
        self.bare("open", self.epoch, 0, b"0000000b", 10000, b"key")
        self.raw("CONFIG", "SET", "maxmemory", 0)

    def test_a_replica_refuses_all_calls(self):
        self.raw("CONFIG", "SET", "replica-serve-stale-data", "yes")
        self.raw("REPLICAOF", "127.0.0.1", 1)
        try:
            for function, arguments in STRICT.items():
                with self.subTest(function):
                    self.refused("READONLY", function, *arguments)
        finally:
            self.raw("REPLICAOF", "NO", "ONE")
        # It may have lost what the primary had: it is another run.
        self.refused("EPOCH", "get", name(16))

    def test_the_rights_that_the_contract_names_suffice(self):
        rights = re.search(r"ACL SETUSER usher-link (.*?)\n(?:\n|$)", CONTRACT.read_text(), re.S)[1].split()
        self.raw("ACL", "SETUSER", "usher-link", "reset",
                 *(word.replace("PASSWORD", "secret").replace("NAME", "test") for word in rights))
        self.raw("AUTH", "usher-link", "secret")
        try:
            digest, rec, _ = self.put(limit=3)
            self.put(limit=1, evict=1)
            for function, arguments in STRICT.items():
                try:
                    self.call(function, *arguments)
                except Refused as refused:
                    self.assertNotIn("permission", str(refused).lower(), function)
                    self.assertNotIn("NOPERM", str(refused), function)
            self.bare("hello")
            self.bare("probe")
            for words in (("KEYS", "*"), ("GET", "other"), ("FLUSHALL",), ("CONFIG", "GET", "*"), ("FUNCTION", "LIST"),
                          ("EVAL", "return 1", 0)):
                with self.assertRaises(Refused) as caught:
                    self.raw(*words)
                self.assertEqual(caught.exception.code, "NOPERM")
        finally:
            self.raw("AUTH", "default", "")
            self.raw("ACL", "DELUSER", "usher-link")

    def test_entries_that_no_longer_matter_are_trimmed_and_a_gap_is_told(self):
        past = int(time.time()) - 200
        n = self.end(self.a, name(16), name(8), 7, past, 0, b"")[0]
        kept = self.end(self.a, name(16), name(8), 7, FAR, 0, b"")[0]
        self.settle()
        # The joins, which all have; the end that is over; not the long one, which does not block what is behind it.
        later = self.end(self.a, name(16), name(8), 7, past, 0, b"")[0]
        self.assertEqual(self.call("trim", 4), [4, self.ordinal, n])
        self.assertEqual(self.call("trim", 4), [0, self.ordinal, n])
        self.settle()
        self.assertEqual(self.call("trim", 4), [1, self.ordinal, later])
        self.assertEqual(self.numbers_left(), [kept])
        self.assertEqual(self.bare("hello")[8:10], [b"%d" % self.ordinal, b"%d" % later])
        self.assertEqual(self.call("trim", 4), [0, self.ordinal, later])

    def test_joins_stay_until_all_have_them(self):
        self.join(name(16))
        self.assertEqual(self.call("trim", 100)[0], 3)

    def test_a_newcomer_that_has_read_less_than_all_others_misses_nothing(self):
        self.join(self.b)
        self.settle()
        newcomer = name(16)
        self.call("join", newcomer, 1, 2, b"host", b"", 0, 0)
        self.call("trim", 100)
        self.assertEqual(self.numbers_left(), [3, 4, 5])

    def test_every_kind_of_entry_goes_when_it_is_over(self):
        past = int(time.time()) - 200
        self.call("endall", self.a, self.joined(self.a), 7, b"", past, b"note")
        self.call("endrealm", self.a, self.joined(self.a), 7, past, b"note")
        self.call("restore_changes", name(16), 2, 1, name(8), past)
        self.put(limit=1, evict=1, rec=record(bucket=9))
        self.settle()
        self.call("trim", 100)
        self.assertEqual(self.raw("XLEN", PREFIX + b"s"), 0)

    def changed(self, digest, rec, version):
        """Another version of a record; the number of its entry."""
        rec = rec[:16] + struct.pack(">Q", version) + rec[24:64] + name(16) + bytes(80)
        return rec, self.call("change", self.a, digest, version - 1, self.ordinal, rec)[0]

    def numbers_left(self):
        return [int(i.split(b"-")[1]) for i, _ in self.raw("XRANGE", PREFIX + b"s", "-", "+")]

    def test_a_change_goes_once_all_have_a_newer_one_and_the_newest_stays(self):
        digest, rec, _ = self.put()
        rec, first = self.changed(digest, rec, 2)
        self.settle()
        self.call("trim", 100)
        self.assertEqual(self.numbers_left(), [first])
        rec, second = self.changed(digest, rec, 3)
        self.beat(self.a)
        self.beat(self.b, first)
        self.call("trim", 100)
        self.assertEqual(self.numbers_left(), [second])
        rec, third = self.changed(digest, rec, 4)
        self.beat(self.a)
        self.assertEqual(self.call("trim", 100), [0, 0, 0])
        self.settle()
        # Who has missed a change that is gone finds the newer one: no host need drop what it has.
        self.assertEqual(self.call("trim", 100), [1, 0, 0])
        self.assertEqual(self.numbers_left(), [third])

    def test_a_change_goes_once_its_session_has_ended_and_stays_where_the_store_lacks_the_session(self):
        (ended, one, _), (moved, two, _), (lost, three, _) = self.put(), self.put(), self.put()
        self.changed(ended, one, 2)
        two, _ = self.changed(moved, two, 2)
        _, kept = self.changed(lost, three, 2)
        n = self.end(self.a, ended, b"", 7, FAR, 1, b"")[0]
        m = self.call("move", self.a, moved, name(16), self.ordinal, two, b"")[0]
        self.raw("DEL", PREFIX + b"t:" + lost)
        self.settle()
        self.assertEqual(self.call("trim", 100)[1:], [0, 0])
        self.assertEqual(self.numbers_left(), [kept, n, m])

    def test_a_change_goes_where_a_newer_record_is_known_to_be_lost(self):
        digest, rec, _ = self.put()
        _, first = self.changed(digest, rec, 2)
        self.call("restore_changes", digest, 3, self.ordinal, name(8), FAR)
        self.settle()
        self.call("trim", 100)
        self.assertEqual(self.numbers_left(), [first + 1])

    def test_entries_of_an_older_epoch_go_as_those_of_this_one(self):
        digest, rec, _ = self.put()
        rec, _ = self.changed(digest, rec, 2)
        past = int(time.time()) - 200
        end = self.ordinal, self.end(self.a, name(16), name(8), 7, past, 0, b"")[0]
        old, ordinal = self.reopen("now")
        self.join(self.a, old, ordinal, 1, [self.a, self.b])
        self.beat(self.a)
        self.assertEqual(self.call("trim", 100)[1:], list(end))
        self.assertEqual([entry[:17] for entry in self.entries()], [b"\x03" + digest])
        self.call("change", self.a, digest, 2, ordinal, rec[:16] + struct.pack(">Q", 3) + rec[24:])
        self.beat(self.a)
        self.call("trim", 100)
        self.assertEqual([entry[:33] for entry in self.entries()],
                         [b"\x03" + digest + struct.pack(">QQ", 3, self.ordinal)])

    def used(self):
        return int(self.raw("INFO", "memory").split(b"used_memory:")[1].split(b"\r")[0])

    def test_memory_for_a_session_an_end_and_the_plain_record(self):
        count = 2_000
        records = [record(bucket=i // 20 + 100, sealed=name(16) + bytes(184)) for i in range(count)]
        start = self.used()
        digests = [self.put(rec=r)[0] for r in records]
        session = (self.used() - start) / count
        start = self.used()
        for digest in digests:
            self.end(self.a, digest, b"", 7, FAR, 0, bytes(60))
        ended = (self.used() - start) / count
        start = self.used()
        for i, r in enumerate(records):
            self.raw("SET", b"plain:" + name(16), r, "EX", 3600)
        plain = (self.used() - start) / count
        print(f"\na session {session:.0f} B, a plain record of {len(records[0])} B {plain:.0f} B, "
              f"ratio {session / plain:.2f}; ended it is {session + ended:.0f} B with its entry")
        self.assertLess(session / plain, 1.6)


if __name__ == "__main__":
    unittest.main()
