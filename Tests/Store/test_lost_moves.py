import struct
import unittest

from store import NONE, PREFIX, Head, StoreCase, name, pseudo

FAR = 2**32 - 1
INDEX = PREFIX + b"u:00000007"


class LostMoves(StoreCase):
    """Rotations that the store has executed and lost."""

    def move(self):
        """A session, a rotation of it, and the words of its call: the store has executed it."""
        old, rec, _ = self.put()
        stamp = (Head(self.get(old)).ordinal, Head(self.get(old)).n)
        rec = rec[:32] + struct.pack(">QQ", *stamp) + rec[48:]
        self.server.remember()
        new = name(16)
        call = ("move", self.a, old, new, self.ordinal, rec, new + struct.pack(">QQ", 1, self.ordinal))
        self.call(*call)
        return old, new, call

    def lose(self, state="then", epoch=b"0000000b"):
        """A rotation that the store has executed and lost, and a host that has told the new epoch of it."""
        old, new, call = self.move()
        self.older = self.reopen(state, epoch)
        self.assertEqual(self.tell(old, call[-1]), 1)
        return old, new, call

    def tell(self, old, note):
        return self.call("restore_ends", old, NONE, 0, FAR, note)

    def complete(self):
        self.join(self.a, *self.older, 1, [self.a, self.b])

    def test_it_is_put_back_by_its_sender(self):
        for state, epoch in (("then", b"0000000b"), ("empty", b"0000000c")):
            old, new, call = self.lose(state, epoch)
            self.assertEqual(self.entries()[-1][:17], b"\x02" + old)
            self.assertEqual(self.entries()[-1][33:], b"\x00" + call[-1])
            told = self.n()
            self.join(self.b, *self.older, 0, [self.a, self.b])
            self.refused("INCOMPLETE", *call)
            self.complete()
            self.assertEqual((self.get(old), self.get(new)), (b"X", b""))
            entries = self.entries()
            for _ in range(2):
                self.assertEqual(self.call(*call)[0], told)
            self.assertEqual(self.entries(), entries)
            record, sent = self.get(new), call[5]
            self.assertEqual((record[:16], record[32:]), (sent[:16], sent[32:]))
            self.assertEqual((Head(record).version, Head(record).era), (1, call[4]))
            self.assertEqual((self.get(old), self.raw("HGET", INDEX, Head(record).tag)), (b"X", new))
            self.assertEqual(self.tell(old, call[-1]), 0)
            self.assertEqual(self.get(new), record)

    def test_it_is_put_back_by_nobody_else(self):
        old, new, call = self.lose()
        self.complete()
        other = name(16)
        for note in (b"", other + call[-1][16:], call[-1][:16] + struct.pack(">QQ", 2, call[4])):
            self.refused("ENDED", "move", self.b, old, other, *call[4:6], note)
        self.assertEqual(self.get(new), b"")

    def test_it_is_told_anew_in_a_later_epoch(self):
        old, new, call = self.lose()
        first = self.older
        self.older = self.reopen("now", b"0000000c")
        self.assertEqual(self.tell(old, call[-1]), 0)
        self.join(self.b, *first, 1)
        self.complete()
        self.assertEqual(self.call(*call)[0], self.n())
        self.assertEqual(self.entries()[-1][:17], b"\x02" + old)
        self.assertEqual(self.get(new)[:1], b"L")

    def test_it_is_not_put_back_where_its_session_has_ended(self):
        def ended(new, sent):
            self.call("restore_ends", pseudo(sent.tag), sent.tag, 7, FAR, b"")

        def all_ended(new, sent):
            self.call("restore_all", 4, 7, sent.ordinal, sent.n + 1, b"", FAR)

        def new_ended(new, sent):
            self.call("restore_ends", new, NONE, 0, FAR, b"")

        def revoked(new, sent):
            self.end(self.b, b"", sent.tag, 7, FAR, 1, b"")

        def everybody_ended(new, sent):
            c = name(16)
            self.join(c)
            self.call("endrealm", c, self.joined(c), sent.realm, FAR, b"")

        def old_revoked(new, sent):
            # By a host that does not hold the session, and knows no tag.
            self.end(self.b, self.lost, b"", 7, FAR, 1, b"")
            self.assertEqual(self.entries()[-1][:17], b"\x01" + self.lost)

        for number, end in enumerate((ended, all_ended, new_ended, revoked, everybody_ended, old_revoked)):
            with self.subTest(end.__name__):
                self.lost, new, call = self.lose(epoch=b"%08x" % (16 + number))
                end(new, Head(call[5]))
                self.complete()
                self.refused("ENDED", *call)
                self.assertNotEqual(self.get(new)[:1], b"L")

    def test_it_is_not_put_back_where_something_newer_is_known(self):
        def end(old, call):
            self.tell(old, b"")

        def other_move(old, call):
            self.tell(old, name(16) + call[-1][16:])

        def newer_record(old, call):
            self.call("restore_changes", old, 2, call[4], name(8), FAR)

        for number, tell in enumerate((end, other_move, newer_record)):
            for isFirst in (False, True):
                with self.subTest(tell.__name__, isFirst=isFirst):
                    old, new, call = self.move()
                    self.older = self.reopen("then", b"%08x" % (16 + 2 * number + isFirst))
                    for word in (0, 1):
                        if (word == 0) == isFirst:
                            tell(old, call)
                        else:
                            self.tell(old, call[-1])
                    words = [entry[:1] for entry in self.entries() if entry[1:17] == old and entry[0] != 3]
                    self.assertEqual(words[-1], b"\x01", "hosts drop what they hold under later digests")
                    self.complete()
                    self.refused("ENDED", *call)

    def test_it_is_not_put_back_where_its_session_was_changed_under_the_old_token(self):
        old, new, call = self.move()
        self.older = self.reopen("then")
        self.complete()
        sent = call[5]
        changed = sent[:16] + struct.pack(">Q", 2) + sent[24:64] + name(16) + bytes(9)
        self.call("change", self.b, old, 1, call[4], changed)
        self.assertEqual(self.tell(old, call[-1]), 1)
        self.assertEqual(self.entries()[-1][:1], b"\x01")
        self.refused("ENDED", *call)

    def test_what_was_moved_is_what_counts(self):
        """A record that hosts know of and that is no newer than the move changes nothing."""
        old, new, call = self.lose()
        self.assertEqual(self.call("restore_changes", old, 1, call[4], name(8), FAR), 0)
        self.complete()
        self.call(*call)
        self.assertEqual(self.get(new)[:1], b"L")


if __name__ == "__main__":
    unittest.main()
