import struct
import time
import unittest

from store import PREFIX, Head, StoreCase, name, record

FAR = 2**32 - 1


class AllEnds(StoreCase):
    def endall(self, bucket=7, spared=b"", until=FAR):
        return self.call("endall", self.a, self.joined(self.a), bucket, spared, until, b"note")

    def endrealm(self, realm=1, until=FAR):
        return self.call("endrealm", self.a, self.joined(self.a), realm, until, b"note")

    def sweep(self):
        """Calls until the cursor is 0 again; how often."""
        calls, cursor = 1, self.call("sweep", 7, 0)
        while cursor:
            calls, cursor = calls + 1, self.call("sweep", 7, cursor)
        return calls

    def index(self):
        """The sessions in the index of the user."""
        return [tag for tag in self.raw("HKEYS", PREFIX + b"u:00000007") if len(tag) == 8]

    def test_all_sessions_of_a_user_end_and_no_others(self):
        mine, other = [self.put()[0] for _ in range(3)], self.put(rec=record(bucket=8))[0]
        self.assertEqual(self.endall(), [4, 3])
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

    def test_many_end_at_once_and_are_swept_in_pieces(self):
        # So many that a table from which the first half is gone has more empty places than one scan passes.
        digests = [self.put()[0] for _ in range(12_000)]
        n = self.endall()[0]
        self.assertEqual({self.get(d) for d in digests[::100]}, {b"X"})
        self.assertGreater(self.sweep(), 10)
        self.assertEqual((self.index(), self.n()), ([], n))
        self.assertEqual(self.raw("GET", PREFIX + b"t:" + digests[0])[:1], b"X")

    def test_a_session_that_was_put_meanwhile_is_not_swept(self):
        self.put()
        self.endall()
        digest, rec, _ = self.put()
        self.assertEqual((self.sweep(), self.index()), (1, [Head(rec).tag]))
        self.assertEqual(self.get(digest)[:1], b"L")

    def test_who_ends_what_was_swept_waits_for_all_that_is_told(self):
        digest, rec, _ = self.put()
        self.endall()
        self.put(rec=record(bucket=8))
        n = self.endrealm(realm=2)[0]
        self.sweep()
        self.assertEqual(self.end(self.a, digest, Head(rec).tag, 7, FAR, 1, b"")[0], n)

    def test_index_entries_without_a_session_are_swept(self):
        digest, rec, _ = self.put()
        self.raw("DEL", PREFIX + b"t:" + digest)
        self.endall()
        self.sweep()
        self.assertEqual((self.index(), self.raw("EXISTS", PREFIX + b"t:" + digest)), ([], 0))

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
        self.assertEqual(self.put(limit=1)[2][0], n)
        self.refused("ENDED", "move", self.a, mine[0], name(16), self.ordinal, record(), b"")
        self.assertEqual(self.call("touch", mine[0], 1), [[], [mine[0]]])

    def test_one_that_was_sent_in_an_earlier_join_is_refused(self):
        before = self.joined(self.a)
        self.join(self.a)
        digest, n = self.put()[0], self.n()
        for arguments in ([7, b"", FAR, b""], [1, FAR, b""]):
            function = "endall" if len(arguments) == 4 else "endrealm"
            for member, joined in ((self.a, before), (self.a, before + 99), (name(16), before)):
                self.refused("EXPELLED", function, member, joined, *arguments)
        self.assertEqual((self.get(digest)[:1], self.n()), (b"L", n))
        self.call("endrealm", self.a, self.joined(self.a), 1, FAR, b"")
        self.assertEqual(self.get(digest), b"X")

    def test_a_session_that_it_ended_is_not_put_back(self):
        rec = record(stamp=(self.ordinal, self.n()))
        for end in (self.endall, self.endrealm):
            end()
            self.assertEqual(self.call("again", b"d" * 16, rec), [[b"d" * 16], []])


if __name__ == "__main__":
    unittest.main()
