import struct
import time
import unittest

from store import PREFIX, Head, StoreCase, name, pseudo, record

FAR = 2**32 - 1


class Recovery(StoreCase):
    def complete(self, old, ordinal):
        self.join(self.a, old, ordinal, 1, [self.a, self.b])

    def test_an_older_epoch_gives_out_nothing_before_it_is_complete(self):
        digest, rec, _ = self.put()
        old, ordinal = self.reopen("now")
        self.assertEqual(self.call("get", digest, name(16))[1:], [b"D", b"D"])
        self.refused("INCOMPLETE", "move", self.a, digest, name(16), ordinal, rec, b"")
        self.refused("INCOMPLETE", "change", self.a, digest, 1, ordinal, record(tag=Head(rec).tag, version=2))
        self.refused("INCOMPLETE", "change", self.a, name(16), 1, ordinal, record(version=2))
        self.refused("INCOMPLETE", "list", 7, 0, b"", 10)
        self.refused("INCOMPLETE", "again", digest, rec)
        fresh, _, _ = self.put()
        self.assertEqual(self.get(fresh)[:1], b"L")
        self.complete(old, ordinal)
        self.assertEqual(self.get(digest)[:1], b"L")
        self.assertEqual(self.get(name(16)), b"")

    def test_an_end_of_all_spares_nothing_of_an_epoch_that_is_not_complete(self):
        digest, rec, _ = self.put()
        tag = Head(rec).tag
        self.server.remember()
        self.end(self.a, digest, b"", 7, FAR, 1, b"")
        self.reopen("then")
        c = name(16)
        self.join(c)
        self.call("endall", c, self.joined(c), 7, tag, FAR, b"")
        self.assertEqual(self.get(digest), b"X")
        fresh, new, _ = self.put()
        n = self.call("endall", c, self.joined(c), 7, Head(new).tag, FAR, b"")[0]
        self.assertEqual(Head(self.get(fresh)).n, n)

    def test_ends_that_a_replica_did_not_have_are_restored(self):
        digest, rec, _ = self.put()
        self.server.remember()
        self.end(self.a, digest, b"", 7, FAR, 1, b"")
        old, ordinal = self.reopen("then")
        end = [digest, Head(rec).tag, 7, Head(rec).absolute, b""]
        never = [name(16), name(8), 9, FAR, b""]
        self.assertEqual(self.call("restore_ends", *end, *never), 2)
        self.assertEqual(self.call("restore_ends", *end, *never), 0)
        self.complete(old, ordinal)
        self.assertEqual((self.get(digest), self.get(never[0])), (b"X", b"X"))
        self.assertEqual(self.raw("HLEN", PREFIX + b"u:00000007"), 0)
        self.assertEqual(self.entries()[-3][:17], b"\x01" + digest)
        self.assertEqual(self.entries()[-3][33], 3)
        self.assertEqual(self.call("again", digest, rec), [[digest], []])

    def test_a_rotation_that_was_lost_is_restored(self):
        old, rec, _ = self.put()
        new = name(16)
        self.server.remember()
        self.call("move", self.a, old, new, self.ordinal, rec, b"")
        held = self.get(new)
        epoch, ordinal = self.reopen("then")
        self.call("restore_ends", old, Head(rec).tag, 7, Head(rec).absolute, b"")
        self.complete(epoch, ordinal)
        self.assertEqual(self.call("again", new, held), [[], []])
        self.assertEqual((self.get(old), self.get(new)), (b"X", held))
        self.assertEqual(self.raw("HGET", PREFIX + b"u:00000007", Head(rec).tag), new)

    def test_a_rotation_of_an_older_epoch_is_told_anew_to_who_asks_again(self):
        old, rec, _ = self.put()
        new = name(16)
        self.call("move", self.a, old, new, self.ordinal, rec, b"")
        epoch, ordinal = self.reopen("now")
        self.refused("INCOMPLETE", "move", self.a, old, new, ordinal, rec, b"")
        self.complete(epoch, ordinal)
        n = self.call("move", self.a, old, new, ordinal, rec, b"")[0]
        self.assertEqual((n, self.entries()[-1][:17]), (self.n(), b"\x02" + old))
        self.assertEqual(self.call("move", self.a, old, new, ordinal, rec, b"")[0], n)
        self.refused("ENDED", "move", self.a, old, name(16), ordinal, rec, b"")

    def test_an_end_of_all_that_spares_what_an_earlier_one_ended_brings_nothing_back(self):
        digest, rec, _ = self.put()
        stamp = (self.ordinal, self.n() + 1)
        self.server.remember()
        old, ordinal = self.reopen("then")
        tag = Head(rec).tag
        earlier, later = [4, 7, *stamp, b"", FAR], [4, 7, stamp[0], stamp[1] + 1, tag, FAR]
        self.assertEqual(self.call("restore_all", *earlier, *later), 2)
        self.complete(old, ordinal)
        self.assertEqual(self.get(digest), b"X")
        self.assertEqual(self.call("again", digest, rec), [[digest], []])

    def test_an_end_by_handle_is_restored_whatever_the_digest(self):
        digest, rec, _ = self.put()
        tag = Head(rec).tag
        self.server.remember()
        self.end(self.a, b"", tag, 7, FAR, 1, b"")
        old, ordinal = self.reopen("then")
        self.assertEqual(self.call("restore_ends", pseudo(tag), tag, 7, FAR, b""), 1)
        self.assertEqual([e[1:17] for e in self.entries()[-2:]], [digest, pseudo(tag)])
        self.assertEqual(self.raw("HLEN", PREFIX + b"u:00000007"), 0)
        self.complete(old, ordinal)
        self.assertEqual(self.get(digest), b"X")
        self.assertEqual(self.call("again", name(16), rec)[1], [])

    def test_an_end_by_handle_that_is_restored_lasts_as_long_as_any_session(self):
        digest, rec, _ = self.put()
        tag, lasts = Head(rec).tag, Head(rec).absolute
        self.reopen("now")
        self.assertEqual(self.call("restore_ends", pseudo(tag), tag, 7, lasts - 999, b""), 1)
        self.assertEqual(self.raw("EXPIRETIME", PREFIX + b"t:" + pseudo(tag)), lasts + 60)
        self.assertEqual(self.raw("GET", PREFIX + b"t:" + digest)[:1], b"X")

    def test_ends_of_all_are_restored_with_the_one_that_was_spared(self):
        ended, (kept, rec, _) = self.put()[0], self.put()
        stamp = (self.ordinal, self.n() + 1)
        self.server.remember()
        self.call("endall", self.a, self.joined(self.a), 7, Head(rec).tag, FAR, b"")
        self.call("endrealm", self.a, self.joined(self.a), 5, FAR, b"")
        old, ordinal = self.reopen("then")
        user, realm = [4, 7, *stamp, Head(rec).tag, FAR], [8, 5, stamp[0], stamp[1] + 1, b"", FAR]
        self.assertEqual(self.call("restore_all", *user, *realm), 2)
        self.assertEqual(self.call("restore_all", *user, *realm), 0)
        earlier = [4, 7, stamp[0], stamp[1] - 1, b"", FAR]
        self.assertEqual(self.call("restore_all", *earlier), 0)
        self.complete(old, ordinal)
        self.assertEqual((self.get(ended), self.get(kept)[:1]), (b"X", b"L"))
        self.assertEqual((Head(self.get(kept)).ordinal, Head(self.get(kept)).n), stamp)
        self.assertEqual([e[0] for e in self.entries()[-3:]], [4, 8, 5])
        self.assertEqual(struct.unpack(">IQQ", self.entries()[-3][1:21]), (7, *stamp))

    def test_an_update_that_was_lost_is_neither_undone_nor_put_back_older(self):
        digest, rec, _ = self.put()
        first = self.get(digest)
        self.server.remember()
        second = rec[:16] + struct.pack(">Q", 2) + rec[24:64] + name(16) + bytes(80)
        self.call("change", self.a, digest, 1, self.ordinal, second)
        held = self.get(digest)
        old, ordinal = self.reopen("then")
        known = [digest, 2, ordinal, held[64:72], Head(rec).absolute]
        self.assertEqual(self.call("restore_changes", *known), 1)
        self.assertEqual(self.call("restore_changes", *known), 0)
        self.complete(old, ordinal)
        self.assertEqual(self.get(digest), b"")
        self.assertEqual(self.call("again", digest, first), [[], [digest]])
        other = held[:64] + name(16) + held[80:]
        self.assertEqual(self.call("again", digest, other), [[], [digest]])
        self.assertEqual(self.call("again", digest, held), [[], []])
        self.assertEqual(self.get(digest), held)
        self.assertEqual(self.call("again", digest, first), [[], [digest]])

    def second(self, rec, version=2):
        return rec[:16] + struct.pack(">Q", version) + rec[24:64] + name(16) + bytes(80)

    def test_a_change_of_an_older_epoch_does_not_replace_one_of_this_epoch(self):
        digest, rec, _ = self.put()
        old, ordinal = self.reopen("now")
        self.complete(old, ordinal)
        self.call("change", self.a, digest, 1, ordinal, self.second(rec))
        held = self.get(digest)
        self.assertEqual((Head(held).version, Head(held).era), (2, self.ordinal))
        self.assertEqual(self.call("restore_changes", digest, 3, ordinal, name(8), FAR), 0)
        self.assertEqual(self.call("again", digest, self.second(rec, 3)), [[], [digest]])
        self.refused("CHANGED", "change", self.a, digest, 2, ordinal, self.second(rec, 3))
        self.assertEqual(self.get(digest), held)

    def test_a_change_that_is_told_again_counts_as_one_of_this_epoch(self):
        digest, rec, _ = self.put()
        second = self.second(rec)
        self.call("change", self.a, digest, 1, self.ordinal, second)
        old, ordinal = self.reopen("now")
        self.complete(old, ordinal)
        self.call("change", self.a, digest, 1, ordinal, second)
        self.assertEqual((Head(self.get(digest)).era, self.get(digest)[64:]), (self.ordinal, second[64:]))
        self.assertEqual(self.entries()[-1][17:33], struct.pack(">QQ", 2, self.ordinal))
        self.assertEqual(self.call("restore_changes", digest, 9, self.ordinal - 1, name(8), FAR), 0)

    def test_a_change_that_is_repeated_within_an_epoch_adds_nothing_and_waits_for_its_entry(self):
        digest, rec, _ = self.put()
        second = self.second(rec)
        n = self.call("change", self.a, digest, 1, self.ordinal, second)[0]
        other = self.end(self.a, name(16), b"", 7, FAR, 1, b"")[0]
        held, entries = self.get(digest), self.entries()
        for _ in range(3):
            self.assertEqual(self.call("change", self.a, digest, 1, self.ordinal, second)[0], other)
        self.assertGreater(other, n)
        self.assertEqual((self.get(digest), self.entries()), (held, entries))

    def lost_change(self, epoch=b"0000000b"):
        """A change that the store has executed and lost; a host has told the new epoch of it."""
        digest, rec, _ = self.put()
        self.server.remember()
        stamp = (Head(self.get(digest)).ordinal, Head(self.get(digest)).n)
        second = self.second(rec)
        second = second[:32] + struct.pack(">QQ", *stamp) + second[48:]
        self.call("change", self.a, digest, 1, self.ordinal, second)
        old, ordinal = self.reopen("then", epoch)
        self.call("restore_changes", digest, 2, ordinal, second[64:72], FAR)
        self.refused("INCOMPLETE", "change", self.a, digest, 1, ordinal, second)
        self.complete(old, ordinal)
        return digest, second, ordinal

    def test_a_change_that_was_lost_is_put_back_by_its_sender_and_told_anew(self):
        digest, second, ordinal = self.lost_change()
        other = second[:64] + name(16) + second[80:]
        self.refused("ABSENT", "change", self.a, digest, 1, ordinal, other)
        n, _ = self.call("change", self.a, digest, 1, ordinal, second)
        held = self.get(digest)
        self.assertEqual((Head(held).version, Head(held).era, held[64:]), (2, self.ordinal, second[64:]))
        self.assertEqual((Head(held).ordinal, Head(held).n), (Head(second).ordinal, Head(second).n))
        self.assertEqual((n, self.entries()[-1][17:33]), (self.n(), struct.pack(">QQ", 2, self.ordinal)))
        self.assertEqual(self.raw("HGET", PREFIX + b"u:00000007", Head(second).tag), digest)
        third = self.second(second, 3)
        self.call("change", self.a, digest, 2, self.ordinal, third)
        self.assertEqual(self.get(digest)[64:], third[64:])

    def test_a_change_that_was_lost_is_not_put_back_where_its_session_has_ended(self):
        digest, second, ordinal = self.lost_change()
        self.call("restore_all", 4, 7, Head(second).ordinal, Head(second).n + 1, b"", FAR)
        self.refused("ENDED", "change", self.a, digest, 1, ordinal, second)
        digest, second, ordinal = self.lost_change(b"0000000c")
        self.call("restore_ends", pseudo(Head(second).tag), Head(second).tag, 7, FAR, b"")
        self.refused("ENDED", "change", self.a, digest, 1, ordinal, second)

    def test_what_was_lost_is_put_back_with_the_era_that_is_known(self):
        digest, rec, _ = self.put()
        held = self.get(digest)
        old, ordinal = self.reopen("empty")
        self.call("restore_changes", digest, 1, ordinal + 1, held[64:72], FAR)
        self.complete(old, ordinal)
        self.assertEqual(self.call("again", digest, held), [[], []])
        self.assertEqual(Head(self.get(digest)).era, ordinal + 1)

    def test_a_newer_record_than_a_host_knows_of_stays(self):
        digest, rec, _ = self.put(rec=record(version=3))
        old, ordinal = self.reopen("now")
        self.assertEqual(self.call("restore_changes", digest, 3, ordinal, name(8), FAR), 0)
        self.complete(old, ordinal)
        self.assertEqual(self.get(digest)[64:], rec[64:])

    def test_an_empty_store_is_filled_again(self):
        held = {d: self.get(d) for d in (self.put()[0] for _ in range(20))}
        old, ordinal = self.reopen("empty")
        self.complete(old, ordinal)
        pairs = [w for pair in held.items() for w in pair]
        self.assertEqual(self.call("again", *pairs), [[], []])
        self.assertEqual(self.call("again", *pairs), [[], list(held)])
        self.assertEqual({d: self.get(d) for d in held}, held)
        self.refused("QUOTA", "put", name(16), record(), 20, 0, self.ordinal, self.n(), b"")

    def test_what_is_over_is_not_put_back(self):
        rec = record(lasts=-1)
        self.assertEqual(self.call("again", b"d" * 16, rec), [[b"d" * 16], []])

    def test_an_end_of_all_of_an_older_epoch_is_below_what_was_put_in_this_one(self):
        stamp = (self.ordinal, self.n() + 1000)
        self.reopen("empty")
        digest, _, _ = self.put()
        self.call("restore_all", 4, 7, *stamp, b"", FAR)
        self.assertEqual(self.get(digest)[:1], b"L")


if __name__ == "__main__":
    unittest.main()
