import unittest

from store import PREFIX, StoreCase, name

OLDER, OTHER = b"00000001", b"00000002"


class Ancestors(StoreCase):
    def complete(self, epoch):
        return self.raw("HGET", PREFIX + b"from", epoch)

    def whole(self):
        return self.raw("HGET", PREFIX + b"root", "whole")

    def test_an_epoch_that_was_complete_in_an_older_one_is_complete(self):
        old, ordinal = self.reopen("now")
        self.join(self.b, OLDER, ordinal - 2, 0, [self.a, self.b])
        self.assertEqual((self.complete(OLDER), self.whole()), (b"0", b"0"))
        self.join(self.a, old, ordinal, 1, [self.a, self.b, OLDER, OTHER])
        self.assertEqual((self.complete(OLDER), self.complete(OTHER), self.whole()), (b"2", b"2", b"1"))

    def test_who_comes_from_an_ancestor_later_is_not_in_doubt(self):
        old, ordinal = self.reopen("now")
        self.join(self.a, old, ordinal, 1, [self.a, OLDER])
        self.assertEqual(self.join(self.b, OLDER, ordinal - 2, 0, [self.a, self.b])[1], b"2")
        self.assertEqual(self.whole(), b"1")

    def test_what_is_neither_a_member_nor_an_epoch_is_refused(self):
        old, ordinal = self.reopen("now")
        for other in [b"", name(15), b"0000000g", b"0000000"]:
            self.refused("BAD", "join", self.a, 9, 0, b"host", old, ordinal, 0, other)


if __name__ == "__main__":
    unittest.main()
