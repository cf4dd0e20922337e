import re
import unittest

from store import CONTRACT, PREFIX, StoreCase, Refused, name, record

STRICT = {
    "join": [name(16), 9, 0, b"h", b"", 0, 0], "beat": [name(16), 9, 0, 0, 0], "leave": [name(16)], "forget": [name(16)],
    "get": [name(16)], "put": [name(16), record(), 0, 0, 1, 1, b""], "end": [name(16), 1, 0, name(16), b"", 7, 99, 0, b""],
    "endall": [name(16), 1, 7, b"", 99, b""], "endrealm": [name(16), 1, 7, 99, b""], "sweep": [7, 0],
    "move": [name(16), name(16), name(16), 1, record(), b""], "change": [name(16), name(16), 1, 1, record()],
    "touch": [name(16), 1], "list": [7, 0, b"", 10], "restore_ends": [name(16), name(8), 7, 99, b""],
    "restore_all": [4, 7, 1, 1, b"", 99], "restore_changes": [name(16), 2, 1, name(8), 99], "again": [name(16), record()],
    "claim": [name(16), 1, 99], "trim": [10],
}


class Epochs(StoreCase):
    def test_hello_says_what_is_there(self):
        v, epoch, ordinal, run, lease, check, this, n, to, tn, seconds, micros, policy = self.bare("hello")
        self.assertEqual((v, epoch, lease, check, policy), (b"1", self.epoch, b"10000", b"key", b"noeviction"))
        self.assertEqual(int(ordinal), self.ordinal)
        self.assertEqual(run, this)
        self.assertEqual(len(this), 80)
        self.assertEqual((int(n), to, tn), (self.n(), b"0", b"0"))

    def test_all_functions_but_four_are_strict(self):
        listed = self.raw("FUNCTION", "LIST")[0]
        names = {dict(zip(f[::2], f[1::2]))[b"name"].decode()[6:] for f in listed[listed.index(b"functions") + 1]}
        self.assertEqual(names, set(STRICT) | {"edition", "hello", "probe", "open"})
        table = CONTRACT.read_text().split("## Functions")[1].split("## Rights")[0]
        self.assertEqual(names, set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`[^|]*) \|", table, re.M)))))

    def test_strict_calls_are_refused_in_another_epoch(self):
        before = self.raw("DEBUG", "DIGEST") if self.debug() else None
        self.epoch = b"0000000c"
        for function, arguments in STRICT.items():
            with self.subTest(function):
                self.refused("EPOCH", function, *arguments)
        if before:
            self.assertEqual(self.raw("DEBUG", "DIGEST"), before)

    def test_strict_calls_are_refused_by_a_run_that_nobody_opened(self):
        self.server.restart("now")
        self.load()
        for function, arguments in STRICT.items():
            with self.subTest(function):
                self.refused("EPOCH", function, *arguments)
        self.assertEqual(self.bare("probe"), 1)
        self.assertEqual(self.bare("hello")[1], self.epoch)

    def debug(self):
        try:
            return self.raw("DEBUG", "DIGEST")
        except Refused:
            return None

    def test_only_one_opens_a_run(self):
        with self.assertRaises(Refused):
            self.bare("open", self.epoch, 0, b"0000000b", 10000, b"key")
        self.server.restart("now")
        self.load()
        with self.assertRaises(Refused):
            self.bare("open", b"0000000d", 0, b"0000000b", 10000, b"key")
        with self.assertRaises(Refused):
            self.bare("open", self.epoch, 0, self.epoch, 10000, b"key")
        ordinal, n = self.bare("open", self.epoch, 0, b"0000000b", 10000, b"key")
        self.assertGreater(ordinal, self.ordinal)
        self.assertEqual(n, 1)
        with self.assertRaises(Refused):
            self.bare("open", self.epoch, 0, b"0000000e", 10000, b"key")

    def test_the_ordinal_is_above_what_the_opener_knows_and_the_clock(self):
        self.server.restart("empty")
        self.load()
        known = self.ordinal + 10**12
        self.assertEqual(self.bare("open", b"", known, b"0000000b", 10000, b"key")[0], known + 1)
        self.server.restart("empty")
        self.load()
        self.assertGreater(self.bare("open", b"", 0, b"0000000c", 10000, b"key")[0], self.ordinal)

    def test_entries_of_the_older_epoch_stay_before_those_of_the_new_one(self):
        old = self.ordinal
        self.reopen("now")
        ids = [i.split(b"-") for i, _ in self.raw("XRANGE", PREFIX + b"s", "-", "+")]
        self.assertEqual([int(o) for o, _ in ids], [old] * 3 + [self.ordinal])
        self.assertEqual(self.n(), 1)

    def test_an_epoch_is_complete_when_all_that_are_needed_have_come(self):
        old, ordinal = self.reopen("now")
        self.assertEqual(self.join(self.a, old, ordinal, 0, [self.a])[1], b"0")
        self.assertEqual(self.raw("HGET", PREFIX + b"root", "whole"), b"0")
        self.assertEqual(self.join(self.b, old, ordinal, 0, [self.b])[1], b"2")
        self.assertEqual(self.raw("HGET", PREFIX + b"root", "whole"), b"1")

    def test_those_are_needed_whom_a_host_that_came_last_knew(self):
        old, ordinal = self.reopen("empty")
        c = name(16)
        self.assertEqual(self.join(self.a, old, ordinal, 0, [self.a, c])[1], b"0")
        self.assertEqual(self.join(self.b, old, ordinal, 0, [self.b])[1], b"0")
        self.assertEqual(self.join(c, old, ordinal, 0, [])[1], b"2")

    def test_a_host_that_has_brought_a_still_older_epoch_counts_as_come(self):
        old, ordinal = self.reopen("empty")
        c = name(16)
        self.join(self.a, old, ordinal, 0, [self.a, c])
        for other, brought, whole in ((b"0000f000", ordinal, b"0"), (b"0000f001", ordinal - 1, b"1")):
            self.join(c, other, brought, 0, [])
            self.assertEqual(self.raw("HGET", PREFIX + b"root", "whole"), whole)

    def test_an_epoch_that_all_members_come_past_is_complete(self):
        still_older, earlier = self.reopen("now")
        self.join(self.a)
        self.reopen("now", b"0000000c")
        self.assertEqual(self.join(self.a, still_older, earlier, 1, [self.a, self.b])[1], b"1")
        self.assertEqual(self.raw("HGET", PREFIX + b"root", "whole"), b"1")

    def test_an_epoch_is_complete_when_a_host_that_is_sure_has_come(self):
        old, ordinal = self.reopen("now")
        self.assertEqual(self.join(self.a, old, ordinal, 1, [self.a, self.b])[1], b"1")
        # Another host has still to come, and may bring sessions.
        self.assertEqual([self.beat(self.a)[3], self.raw("HGET", PREFIX + b"root", "all")], [1, b"0"])
        self.join(self.b, old, ordinal, 0, [self.b])
        self.assertEqual(self.beat(self.a)[3], 2)

    def test_a_newcomer_completes_nothing(self):
        self.reopen("now")
        self.join(name(16))
        self.assertEqual(self.raw("HGET", PREFIX + b"root", "whole"), b"0")

    def test_an_epoch_without_a_known_member_waits_for_one_that_remembers_it(self):
        self.call("leave", self.a)
        self.call("leave", self.b)
        old, ordinal = self.reopen("now")
        self.join(name(16))
        self.assertEqual(self.raw("HGET", PREFIX + b"root", "whole"), b"0")
        self.assertEqual(self.join(self.a, old, ordinal, 0, [])[1], b"2")

    def test_an_epoch_that_nobody_was_in_is_complete_when_a_host_that_is_sure_comes_past_it(self):
        still_older, earlier = self.reopen("now")
        empty = self.epoch
        for sure, whole in ((0, b"0"), (1, b"1")):
            self.reopen("now", b"0000000%x" % (12 + sure))
            self.join(self.a, still_older, earlier, sure, [self.a])
            self.assertEqual(self.raw("HGET", PREFIX + b"from", empty), whole)
            self.assertEqual(self.raw("HGET", PREFIX + b"root", "whole"), whole)
        # Who was there is not known: somebody may come back with sessions.
        self.assertEqual(self.raw("HGET", PREFIX + b"root", "all"), b"0")

    def test_a_host_that_is_sure_completes_no_epoch_of_before_its_own_and_none_with_members(self):
        self.call("leave", self.a)
        self.call("leave", self.b)
        still_older, _ = self.reopen("now")
        self.join(self.a)
        old, ordinal = self.reopen("now", b"0000000c")
        self.join(self.b)
        later, _ = self.reopen("now", b"0000000d")
        self.join(self.a, old, ordinal, 1, [self.a])
        complete = [self.raw("HGET", PREFIX + b"from", epoch) for epoch in (still_older, old, later)]
        self.assertEqual(complete, [b"0", b"2", b"0"])

    def test_hosts_that_have_all_lost_their_memory_are_forgotten_together(self):
        self.put()
        self.reopen("now")
        c = name(16)
        self.join(c)
        self.refused("CONFLICT", "forget", c)
        for gone in (self.a, self.b):
            self.assertEqual(self.call("forget", gone)[1], 0)
        self.assertEqual(self.call("forget", b"")[1], 2)
        self.assertEqual(self.raw("HGET", PREFIX + b"root", "whole"), b"1")

    def test_nobody_is_a_member_of_a_new_epoch_before_its_join(self):
        self.reopen("now")
        self.refused("EXPELLED", "beat", self.a, 9, 0, 0, 0)
        self.join(self.b)
        self.assertEqual(self.beat(self.b)[:3], [1, 2, 2])

    def test_an_epoch_that_nobody_remembers_is_complete_once_it_is_forgotten(self):
        old, ordinal = self.reopen("now")
        self.join(self.a, old, ordinal, 0, [self.a, self.b])
        self.assertEqual(self.call("forget", self.b)[1], 2)

    def test_a_member_is_not_forgotten_and_one_that_has_left_is(self):
        old, ordinal = self.reopen("now")
        self.join(self.a, old, ordinal, 0, [self.a, self.b])
        self.join(self.b)
        self.refused("CONFLICT", "forget", self.b)
        self.assertEqual(self.beat(self.b)[1], 3)
        self.call("leave", self.b)
        self.assertEqual(self.call("forget", self.b), [4, 2])

    def test_memory_that_is_not_of_an_older_epoch_is_refused(self):
        self.refused("BEHIND", "join", name(16), 1, 0, b"h", b"0000000f", self.ordinal, 1)

    def test_what_nobody_deletes_ends_by_itself(self):
        self.put()
        old, ordinal = self.reopen("now")
        self.join(self.a, old, ordinal, 0, [self.a, self.b])
        for key in (b"from", b"born", b"came", b"need:" + old, b"here:" + old):
            self.assertGreater(self.raw("TTL", PREFIX + key), 36000, key)


if __name__ == "__main__":
    unittest.main()
