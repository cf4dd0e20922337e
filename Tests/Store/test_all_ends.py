import struct
import time
import unittest

from store import PREFIX, Head, StoreCase, name, record

FAR = 2**32 - 1


class AllEnds(StoreCase):
    def endall(self, bucket=7, spared=b"", until=FAR, expected=0):
        return self.call("endall", self.a, bucket, spared, until, expected, b"note")

    def endrealm(self, realm=1, until=FAR, expected=0):
        return self.call("endrealm", self.a, realm, until, expected, b"note")

    def test_all_sessions_of_a_user_end_and_no_others(self):
        mine, other = [self.put()[0] for _ in range(3)], self.put(rec=record(bucket=8))[0]
        self.assertEqual(self.endall(), [4, 3, 0, 3])
        self.assertEqual({self.get(d) for d in mine}, {b"X"})
        self.assertEqual(self.get(other)[:1], b"L")
        kind, bucket, ordinal, n, spared, until = struct.unpack(">BIQQ8sI", self.entries()[-1][:33])
        self.assertEqual((kind, bucket, ordinal, n, spared, until), (4, 7, self.ordinal, 4, bytes(8), FAR))

    def test_one_may_be_spared_and_not_by_the_next_one(self):
        ended, (kept, rec, _) = self.put()[0], self.put()
        n = self.endall(spared=Head(rec).tag)[0]
        self.assertEqual((self.get(ended), Head(self.get(kept)).n), (b"X", n))
        self.endall(spared=name(8))
        self.assertEqual(self.get(kept), b"X")

    def test_what_was_put_after_it_lives(self):
        self.endall()
        digest, _, _ = self.put()
        self.assertEqual(self.get(digest)[:1], b"L")

    def test_a_login_that_began_before_it_is_cancelled(self):
        for end in (self.endall, self.endrealm):
            began = (self.ordinal, self.n())
            end()
            self.refused("CANCELLED", "put", name(16), record(), 0, 0, *began, b"")
            self.put(rec=record(bucket=9, realm=2), begun=began)

    def test_a_login_of_an_older_epoch_is_cancelled(self):
        began = (self.ordinal, self.n())
        self.reopen("now")
        self.refused("CANCELLED", "put", name(16), record(), 0, 0, *began, b"")

    def test_it_goes_on_in_pieces_under_the_same_number(self):
        digests = [self.put()[0] for _ in range(1200)]
        n, removed, left, _ = self.endall()
        self.assertGreater(left, 0)
        self.assertEqual({self.get(d) for d in digests}, {b"X"})
        pieces = 1
        while left:
            again, more, left, _ = self.endall(expected=n)
            removed, pieces = removed + more, pieces + 1
            self.assertEqual(again, n)
        self.assertEqual((removed, self.n()), (1200, n))
        self.assertGreater(pieces, 2)

    def test_a_repeat_that_the_store_has_lost_is_told_anew(self):
        for state, epoch in (("empty", b"0000000b"), ("now", b"0000000c")):
            before = self.endall()[0]
            self.reopen(state, epoch)
            n = self.n() + 1
            self.assertEqual(self.endall(expected=min(before, 1))[0], n)
            self.assertEqual(self.entries()[-1][0], 4)

    def test_index_entries_without_a_session_are_passed_over(self):
        digest, rec, _ = self.put()
        self.raw("DEL", PREFIX + b"t:" + digest)
        before = self.n()
        self.assertEqual(self.endall(), [before + 1, 1, 0, 3])
        self.assertEqual(self.raw("EXISTS", PREFIX + b"t:" + digest), 0)

    def test_the_index_lasts_as_long_as_the_end_of_all(self):
        until = int(time.time()) + 90000
        self.endall(until=until)
        self.assertEqual(self.raw("EXPIRETIME", PREFIX + b"u:00000007"), until + 60)

    def test_everybody_in_a_realm_ends_and_nobody_else(self):
        mine = [self.put(rec=record(bucket=b))[0] for b in (7, 8, 9)]
        other = self.put(rec=record(bucket=10, realm=2))[0]
        n = self.n() + 1
        self.assertEqual(self.endrealm(), [n, 3])
        self.assertEqual({self.get(d) for d in mine}, {b"X"})
        self.assertEqual(self.get(other)[:1], b"L")
        self.assertEqual(struct.unpack(">BIQQI", self.entries()[-1][:25]), (8, 1, self.ordinal, n, FAR))
        self.assertEqual(self.endrealm(expected=n), [n, 3])
        self.assertEqual(self.put(limit=1)[2][0], n)
        self.refused("ENDED", "move", self.a, mine[0], name(16), self.ordinal, record(), b"")
        self.assertEqual(self.call("touch", mine[0], 1), [[], [mine[0]]])

    def test_a_session_that_it_ended_is_not_put_back(self):
        rec = record(stamp=(self.ordinal, self.n()))
        for end in (self.endall, self.endrealm):
            end()
            self.assertEqual(self.call("again", b"d" * 16, rec), [[b"d" * 16], []])


if __name__ == "__main__":
    unittest.main()
