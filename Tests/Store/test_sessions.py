import re
import struct
import time
import unittest

from store import PREFIX, Head, StoreCase, name, pseudo, record

FAR = 2**32 - 1


class Sessions(StoreCase):
    def end(self, digest, tag=b"", bucket=7, absolute=FAR, reason=1):
        return super().end(self.a, digest, tag, bucket, absolute, reason, b"note")

    def test_what_was_put_is_got_with_the_number_of_the_put(self):
        digest, rec, answer = self.put()
        self.assertEqual(answer, [self.n()])
        n, got = self.call("get", digest)
        self.assertEqual(got[64:], rec[64:])
        self.assertEqual((Head(got).ordinal, Head(got).n), (self.ordinal, n))
        self.assertEqual(self.call("get", name(16), digest)[1:], [b"", got])

    def test_a_record_and_its_index_end_by_themselves(self):
        digest, _, _ = self.put(rec=record(idle=100, lasts=1000))
        self.assertAlmostEqual(self.raw("TTL", PREFIX + b"t:" + digest), 220, delta=2)
        self.put(rec=record(idle=5000, lasts=2000))
        self.put(rec=record(idle=100, lasts=1000))
        self.assertAlmostEqual(self.raw("TTL", PREFIX + b"u:00000007"), 2060, delta=2)

    def test_neither_a_digest_nor_a_tag_is_put_twice(self):
        digest, rec, _ = self.put()
        at = (self.ordinal, self.n())
        self.refused("CONFLICT", "put", digest, record(), 0, 0, *at, b"")
        self.refused("CONFLICT", "put", name(16), rec, 0, 0, *at, b"")
        self.refused("BAD", "put", name(16), record(lasts=-5), 0, 0, *at, b"")
        self.end(digest)
        self.refused("CONFLICT", "put", digest, record(), 0, 0, *at, b"")

    def test_the_quota_counts_live_sessions_of_all_hosts(self):
        digests = [self.put(limit=2)[0] for _ in range(2)]
        self.refused("QUOTA", "put", name(16), record(), 2, 0, self.ordinal, self.n(), b"")
        self.raw("DEL", PREFIX + b"t:" + digests[0])
        self.put(limit=2)
        self.refused("QUOTA", "put", name(16), record(), 2, 0, self.ordinal, self.n(), b"")
        self.put(rec=record(bucket=8), limit=2)

    def test_the_quota_evicts_what_was_used_longest_ago(self):
        old, older = self.put(rec=record(seen=50))[0], self.put(rec=record(seen=90, lasts=5000))
        _, _, answer = self.put(limit=2, evict=1)
        self.assertEqual(answer, [self.n(), older[0]])
        self.assertEqual((self.get(older[0]), self.get(old)[:1]), (b"X", b"L"))
        entry = self.entries()[-1]
        self.assertEqual(entry[:25], b"\x01" + older[0] + Head(older[1]).tag)
        self.assertEqual(struct.unpack(">IIB", entry[25:34]), (7, Head(older[1]).absolute, 2))
        self.assertEqual(self.raw("HLEN", PREFIX + b"u:00000007"), 2)

    def test_an_end_is_written_once_and_waited_for(self):
        digest, rec, _ = self.put()
        n, lived, least, _ = self.end(digest)
        self.assertEqual((n, lived, least), (4, 1, 3))
        self.assertEqual(self.get(digest), b"X")
        self.assertEqual(self.end(digest), [4, 0, 3, 0])
        self.assertEqual(self.n(), 4)
        self.assertEqual(self.raw("HLEN", PREFIX + b"u:00000007"), 0)
        self.assertAlmostEqual(self.raw("EXPIRETIME", PREFIX + b"t:" + digest), Head(rec).absolute + 60)

    def test_an_end_is_written_for_what_the_store_does_not_have(self):
        digest = name(16)
        self.assertEqual(self.end(digest, name(8))[:2], [4, 0])
        self.assertEqual(self.get(digest), b"X")
        self.assertEqual(self.raw("EXPIRETIME", PREFIX + b"t:" + digest), FAR + 60)

    def test_an_end_on_one_of_an_older_epoch_is_told_anew(self):
        digest, _, _ = self.put()
        self.end(digest)
        self.reopen("now")
        n = self.n()
        self.assertEqual(self.end(digest)[:2], [n + 1, 0])
        self.assertEqual(self.end(digest)[:2], [n + 1, 0])

    def test_a_handle_ends_the_session_whatever_its_digest_is(self):
        digest, rec, _ = self.put()
        tag = Head(rec).tag
        n, lived, *_ = self.end(b"", tag)
        self.assertEqual((lived, self.get(digest)), (1, b"X"))
        self.assertEqual(self.end(b"", tag), [n, 0, 3, 0])
        new = name(16)
        self.assertEqual(self.call("again", new, rec), [[new], []])

    def test_a_handle_without_a_session_stays_ended(self):
        tag, digest = name(8), name(16)
        n, lived, *_ = self.end(b"", tag)
        self.assertEqual((n, lived), (4, 0))
        self.assertEqual(self.entries()[-1][:25], b"\x01" + pseudo(tag) + tag)
        self.assertEqual(self.call("again", digest, record(tag=tag)), [[digest], []])
        self.raw("SET", PREFIX + b"t:" + digest, record(tag=tag))
        self.assertEqual(self.get(digest), b"X")
        self.refused("ENDED", "move", self.a, digest, name(16), self.ordinal, record(tag=tag), b"")
        self.refused("BAD", "end", self.a, 0, 0, b"", b"", 7, FAR, 0, b"")

    def test_an_end_of_an_old_digest_leaves_the_index_of_the_new_one(self):
        old, new, rec = name(16), name(16), record()
        self.put(old, rec)
        self.call("move", self.a, old, new, self.ordinal, rec, b"")
        self.reopen("now")
        self.end(old, Head(rec).tag)
        self.assertEqual(self.raw("HGET", PREFIX + b"u:00000007", Head(rec).tag), new)

    def test_a_session_moves_to_a_new_digest_once(self):
        old, rec, _ = self.put()
        new, next_ = name(16), record(tag=Head(rec).tag, lasts=50000)
        n, least = self.call("move", self.a, old, new, self.ordinal, next_, b"note")
        self.assertEqual((n, self.get(old), self.get(new)[64:]), (4, b"X", next_[64:]))
        self.assertEqual(self.entries()[-1][:17], b"\x02" + old)
        self.assertEqual(Head(self.get(new)).n, 3)
        self.assertEqual(self.call("move", self.a, old, new, self.ordinal, next_, b"note"), [n, least])
        self.refused("ENDED", "move", self.a, old, name(16), self.ordinal, record(tag=Head(rec).tag), b"")
        self.assertEqual(self.raw("HGETALL", PREFIX + b"u:00000007"), [Head(rec).tag, new])
        self.assertAlmostEqual(self.raw("EXPIRETIME", PREFIX + b"u:00000007"), Head(next_).absolute + 60)

    def test_a_move_is_refused_where_it_does_not_fit(self):
        old, rec, _ = self.put()
        tag, new = Head(rec).tag, name(16)
        self.refused("ABSENT", "move", self.a, name(16), new, self.ordinal, rec, b"")
        self.refused("CHANGED", "move", self.a, old, new, self.ordinal, record(tag=tag, version=2), b"")
        self.refused("CHANGED", "move", self.a, old, new, self.ordinal - 1, rec, b"")
        self.refused("BAD", "move", self.a, old, new, self.ordinal, record(), b"")
        self.refused("BAD", "move", self.a, old, new, self.ordinal, record(tag=tag, bucket=8), b"")
        self.refused("BAD", "move", self.a, old, new, self.ordinal, record(tag=tag, realm=2), b"")
        self.refused("CONFLICT", "move", self.a, old, self.put()[0], self.ordinal, rec, b"")
        self.assertEqual(self.get(old)[:1], b"L")

    def changed(self, rec, version):
        h = Head(rec)
        return record(tag=h.tag, version=version, lasts=h.absolute - int(time.time()))[:8] + rec[8:16] + struct.pack(
            ">Q", version) + rec[24:64] + name(16) + bytes(80)

    def test_a_change_is_compare_and_set(self):
        digest, rec, _ = self.put()
        ttl = self.raw("EXPIRETIME", PREFIX + b"t:" + digest)
        second, other = self.changed(rec, 2), self.changed(rec, 2)
        n, _ = self.call("change", self.a, digest, 1, self.ordinal, second)
        self.assertEqual((n, self.get(digest)[64:]), (4, second[64:]))
        self.assertEqual((Head(self.get(digest)).version, Head(self.get(digest)).n), (2, 3))
        self.assertEqual(self.entries()[-1], b"\x03" + digest + struct.pack(">Q", 2) + struct.pack(">Q", self.ordinal) + second[64:72] + rec[12:16])
        self.assertEqual(self.raw("EXPIRETIME", PREFIX + b"t:" + digest), ttl)
        self.refused("CHANGED", "change", self.b, digest, 1, self.ordinal, other)
        self.refused("CHANGED", "change", self.b, digest, 2, self.ordinal - 1, self.changed(rec, 3))
        self.assertEqual(self.call("change", self.a, digest, 1, self.ordinal, second)[0], 4)
        self.assertEqual(self.call("change", self.b, digest, 2, self.ordinal, self.changed(rec, 3))[0], 5)

    def test_a_change_is_refused_where_it_does_not_fit(self):
        digest, rec, _ = self.put()
        self.refused("ABSENT", "change", self.a, name(16), 1, self.ordinal, self.changed(rec, 2))
        self.refused("BAD", "change", self.a, digest, 1, self.ordinal, self.changed(rec, 3))
        self.refused("BAD", "change", self.a, digest, 1, self.ordinal, record(version=2))
        self.end(digest)
        self.refused("ENDED", "change", self.a, digest, 1, self.ordinal, self.changed(rec, 2))

    def test_uses_are_told_by_age_and_never_go_back(self):
        digest, rec, _ = self.put(rec=record(idle=1000, lasts=5000, seen=500))
        gone, ended = name(16), self.put()[0]
        self.end(ended)
        now = time.time()
        self.assertEqual(self.call("touch", digest, 100, gone, 1, ended, 1), [[gone], [ended]])
        self.assertAlmostEqual(Head(self.get(digest)).seen, now - 100, delta=2)
        self.assertAlmostEqual(self.raw("TTL", PREFIX + b"t:" + digest), 1020, delta=2)
        self.call("touch", digest, 300)
        self.assertAlmostEqual(Head(self.get(digest)).seen, now - 100, delta=2)
        self.assertEqual(self.get(digest)[64:], rec[64:])

    def test_a_use_does_not_outlive_the_absolute_end(self):
        digest, rec, _ = self.put(rec=record(idle=1000, lasts=500))
        self.call("touch", digest, 0)
        self.assertEqual(self.raw("EXPIRETIME", PREFIX + b"t:" + digest), Head(rec).absolute)

    def pages(self, *change):
        """All pages of a list, as (digest, record, cursor) each. Before each page but the first a call of `change`."""
        pages, cursor, after, changes = [], 0, b"", iter(change)
        while not pages or cursor or after:
            if pages and (step := next(changes, None)):
                step()
            answer = self.call("list", 7, cursor, after, 100)
            cursor, after = answer[1:3]
            pages.append(list(zip(answer[3::3], answer[4::3], answer[5::3], strict=True)))
            self.assertLessEqual(len(pages[-1]), 100)
        return pages

    def test_a_list_comes_in_pieces_and_has_what_lives(self):
        digests = {self.put()[0] for _ in range(700)}
        ended = self.put()[0]
        self.end(ended)
        pages = self.pages()
        found = [item for page in pages for item in page]
        self.assertEqual(({digest for digest, _, _ in found}, len(found)), (digests, 700))
        self.assertTrue(all(rec[:1] == b"L" for _, rec, _ in found))
        self.assertIn(len(pages), (7, 8))
        self.assertEqual(self.call("list", 99, 0, b"", 10)[1:], [0, b""])

    def test_a_list_goes_on_behind_any_of_its_sessions(self):
        for count in 100, 700:
            digests = {self.put()[0] for _ in range(count)}
            for known in self.pages()[0][::25]:
                answer = self.call("list", 7, known[2], Head(known[1]).tag, 100)
                self.assertNotIn(known[0], answer[3::3])
            found, cursor, after = [], 0, b""
            while not found or cursor or after:
                answer = self.call("list", 7, cursor, after, 100)
                cursor, after = answer[1:3]
                page = list(zip(answer[3::3], answer[4::3], answer[5::3]))
                if len(page) > 3:
                    (_, rec, cursor), after = page[2], Head(page[2][1]).tag
                found += [digest for digest, _, _ in page[:3]]
            self.assertLessEqual(digests, set(found))
            self.assertEqual(len(found), len(set(found)))

    def test_a_list_has_what_is_there_all_the_while(self):
        digests = {self.put()[0] for _ in range(120)}
        grow = lambda: [self.put() for _ in range(1000)]
        found = {item[0] for page in self.pages(grow, grow) for item in page}
        self.assertLessEqual(digests, found)

    def test_a_piece_of_a_list_costs_the_same_however_many_sessions_there_are(self):
        def calls(cursor):
            self.raw("CONFIG", "RESETSTAT")
            answer = self.call("list", 7, cursor, b"", 100)
            text = self.raw("INFO", "commandstats").decode()
            self.assertNotIn("cmdstat_hkeys", text)
            return answer, sum(int(n) for n in re.findall(r"cmdstat_\w+:calls=(\d+)", text))
        for _ in range(5000):
            self.put()
        answer, first = calls(0)
        self.assertLess(first, 1000)
        # What has ended, and empty places, count as well.
        self.call("endall", self.a, self.joined(self.a), 7, b"", int(time.time()) + 99, b"")
        answer, second = calls(0)
        self.assertEqual(answer[3:], [])
        self.assertNotEqual(answer[1], 0)
        self.assertLess(second, 4000)

    def test_a_piece_of_a_list_is_bounded_by_its_bytes(self):
        for _ in range(5):
            self.put(rec=record(sealed=bytes(40_000)))
        self.assertEqual([len(page) for page in self.pages()], [2, 2, 1])

    def test_a_claim_is_taken_once_and_in_its_epoch(self):
        code, far, mark = name(16), int(time.time()) + 60, self.mark(self.ordinal)
        self.assertEqual(self.call("claim", code, mark, far), 1)
        self.assertEqual(self.call("claim", code, mark, far), 0)
        self.assertEqual(self.call("claim", name(16), mark, 99), 0)
        self.assertAlmostEqual(self.raw("TTL", PREFIX + b"c:" + code), 60, delta=2)
        self.reopen("empty")
        self.refused("CANCELLED", "claim", code, mark, far)

    def test_a_claim_of_another_epoch_is_cancelled_though_that_has_the_same_ordinal(self):
        far, mark = int(time.time()) + 60, self.mark(self.ordinal)
        before = self.epoch
        self.reopen("empty")
        self.raw("HSET", PREFIX + b"root", "o", self.ordinal)
        self.assertNotEqual(self.epoch, before)
        self.refused("CANCELLED", "claim", name(16), mark, far)
        self.assertEqual(self.call("claim", name(16), self.mark(self.ordinal), far), 1)

    def mark(self, ordinal):
        """Of the epoch that is open, if it has that ordinal."""
        return ordinal % 2**21 << 32 | int(self.epoch, 16)


if __name__ == "__main__":
    unittest.main()
