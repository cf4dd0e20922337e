import unittest

from store import PREFIX, StoreCase, name


class Members(StoreCase):
    def test_a_beat_tells_the_stream_and_the_time(self):
        granted, n, least, whole, seconds, micros, members = self.beat(self.a, listing=1)
        self.assertEqual((granted, n, least, whole), (1, 3, 3, 2))
        self.assertEqual(set(members[::2]), {self.a, self.b})
        self.assertTrue(members[1].endswith(b"host"))

    def test_a_newcomer_has_no_lease_until_all_know_of_its_join(self):
        c = name(16)
        n, _ = self.join(c)
        self.beat(self.a)
        self.assertEqual(self.beat(c)[0], 0)
        self.beat(self.b)
        self.assertEqual(self.beat(c)[0], 1)
        self.assertEqual(self.raw("ZSCORE", PREFIX + b"acks", c), b"%d" % n)

    def test_an_earlier_join_does_not_count_for_a_later_one(self):
        self.call("leave", self.b)
        self.beat(self.a)
        self.join(self.b)
        self.assertEqual(self.beat(self.b)[0], 0)
        self.beat(self.a)
        self.assertEqual(self.beat(self.b)[0], 1)

    def test_the_number_of_a_beat_only_grows(self):
        self.refused("TWICE", "beat", self.a, self.numbers[self.a], 0, 0, 0)
        self.refused("TWICE", "join", self.a, self.numbers[self.a], 0, b"h", b"", 0, 0)

    def test_nobody_waits_for_an_expulsion_of_a_member_that_has_lost_its_memory_and_joins_again(self):
        n, _, least, _ = self.end(self.a, name(16), name(8), 7, 2**32 - 1, 0, b"")
        self.beat(self.a)
        self.assertLess(least, n)
        self.join(self.b)
        granted, _, least = self.beat(self.b)[:3]
        self.assertEqual((granted, least >= n), (0, True))
        self.beat(self.a)
        self.assertEqual(self.beat(self.b)[0], 1)
        self.assertEqual([e for e in self.entries() if e[0] == 6], [])

    def test_who_is_no_member_does_not_beat(self):
        self.refused("EXPELLED", "beat", name(16), 1, 0, 0, 0)

    def test_a_member_is_expelled_if_number_and_join_are_unchanged(self):
        joined = 3
        seen = self.numbers[self.b]
        self.beat(self.b)
        self.beat(self.a, None, self.b, seen, joined)
        self.beat(self.a, None, self.b, self.numbers[self.b], joined + 1)
        self.beat(self.a, None, self.a, self.numbers[self.a] + 1, 2)
        self.assertEqual(self.raw("HLEN", PREFIX + b"members"), 2)
        n = self.beat(self.a, None, self.b, self.numbers[self.b], joined)[1]
        self.assertEqual(self.raw("HKEYS", PREFIX + b"members"), [self.a])
        self.assertEqual(self.entries()[n - 1], b"\x06" + self.b)
        self.refused("EXPELLED", "beat", self.b, 99, 0, 0, 0)

    def test_a_bell_rings_when_all_have_acknowledged(self):
        n, _, least, _ = self.end(self.a, name(16), name(8), 7, 2**32 - 1, 0, b"")
        self.assertEqual(self.raw("ZRANGE", PREFIX + b"waits", 0, -1), [self.a + b"%d" % n])
        self.beat(self.a)
        self.assertEqual(self.raw("EXISTS", PREFIX + b"w:" + self.a), 0)
        self.assertEqual(self.beat(self.b)[2], n)
        bell = self.raw("XRANGE", PREFIX + b"w:" + self.a, "-", "+")
        self.assertEqual(bell[0][1], [b"min", b"%d" % n])
        self.assertEqual(self.raw("EXISTS", PREFIX + b"waits"), 0)
        self.assertGreater(self.raw("TTL", PREFIX + b"w:" + self.a), 0)

    def test_nobody_waits_for_what_all_have_acknowledged(self):
        digest = name(16)
        n, *_ = self.end(self.a, digest, name(8), 7, 2**32 - 1, 0, b"")
        self.settle()
        self.assertEqual(self.end(self.a, digest, name(8), 7, 2**32 - 1, 0, b""), [n, 0, n, 0])
        self.assertEqual(self.raw("EXISTS", PREFIX + b"waits"), 0)

    def test_an_acknowledgement_is_at_most_what_there_is_and_never_less_than_before(self):
        self.beat(self.a, 10**15)
        self.assertEqual(self.raw("ZSCORE", PREFIX + b"acks", self.a), b"3")
        self.beat(self.a, 1)
        self.assertEqual(self.raw("ZSCORE", PREFIX + b"acks", self.a), b"3")

    def handle(self, member, **how):
        return self.end(member, b"", name(8), 7, 2**32 - 1, 0, b"", **how)

    def test_an_end_by_handle_acknowledges_itself_for_a_caller_that_has_all_before_it(self):
        n, joined = self.n(), self.joined(self.a)
        self.beat(self.b, n + 4)
        for acked, how in ((n - 1, joined), (n, joined - 1), (n, 0)):
            self.assertEqual(self.handle(self.a, joined=how, acked=acked)[3], 0)
            n += 1
        self.assertEqual(self.handle(name(16), joined=joined, acked=n)[3], 0)
        n += 1
        # A caller that ends a session by its token does not know under which other one it may have it.
        self.assertEqual(self.end(self.a, name(16), b"", 7, 2**32 - 1, 0, b"", joined=joined, acked=n)[3], 0)
        n += 1
        self.assertEqual(self.handle(self.a, joined=joined, acked=n), [n + 1, 0, 3, 1])
        self.beat(self.b, n + 1)
        self.assertEqual(self.raw("HGET", PREFIX + b"root", "min"), b"%d" % (n + 1))
        self.assertEqual(self.raw("XREVRANGE", PREFIX + b"w:" + self.a, "+", "-")[0][1], [b"min", b"%d" % (n + 1)])

    def test_who_is_alone_waits_for_nobody(self):
        self.call("leave", self.b)
        n = self.n()
        self.assertEqual(self.handle(self.a, joined=self.joined(self.a), acked=n), [n + 1, 0, n + 1, 1])
        self.assertEqual(self.raw("ZCARD", PREFIX + b"waits"), 0)

    def test_who_leaves_is_waited_for_no_longer(self):
        n, *_ = self.end(self.a, name(16), name(8), 7, 2**32 - 1, 0, b"")
        self.beat(self.a)
        self.assertEqual(self.call("leave", self.b), n + 1)
        self.assertEqual(self.call("leave", self.b), 0)
        self.assertEqual(self.raw("XLEN", PREFIX + b"w:" + self.a), 1)


if __name__ == "__main__":
    unittest.main()
