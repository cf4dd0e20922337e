"""The judge finds what is wrong in made-up logs, and nothing in right ones."""
import unittest

from judge import NO, UNAVAILABLE, YES, Answer, Truth, count, parse


def answer(verdict, asked, answered=None, number=1, version=1, host="a", way="socket", remembered=0):
    return Answer(host, way, number, asked, asked + 1 if answered is None else answered, verdict, version, remembered)


class Judge(unittest.TestCase):
    def setUp(self):
        self.truth = Truth()
        self.truth.born(1, 100)

    def end(self, asked=200, answered=300):
        self.truth.ending(1, asked)
        self.truth.ended(1, answered)

    def check(self, wrong, *answers):
        faults = self.truth.faults(answers)
        self.assertEqual(len(faults), wrong, faults)

    def test_a_yes_is_late_if_it_was_asked_after_the_end_had_been_answered(self):
        self.end()
        self.check(1, answer(YES, 301))
        self.check(2, answer(YES, 301), answer(YES, 5000, host="c", way="board", remembered=1))
        self.assertRegex(self.truth.faults([answer(YES, 300 + 2_000_000, host="c")])[0], "^host c .* 2.000 ms after")

    def test_a_yes_that_was_asked_before_is_right_whenever_it_was_answered(self):
        self.end()
        self.check(0, answer(YES, 150), answer(YES, 250), answer(YES, 300, answered=9000))

    def test_the_first_answered_end_counts(self):
        self.end()
        self.end(asked=900, answered=1000)
        self.check(1, answer(YES, 500))
        self.check(0, answer(NO, 500))

    def test_a_no_for_a_session_that_nobody_ended_is_a_loss(self):
        self.check(1, answer(NO, 100))
        self.check(0, answer(NO, 99, answered=150), answer(UNAVAILABLE, 500), answer(YES, 500))

    def test_a_no_before_the_end_was_asked_for_is_a_loss(self):
        self.end()
        self.check(1, answer(NO, 150))
        self.check(0, answer(NO, 150, answered=250), answer(NO, 250), answer(NO, 500))

    def test_an_end_that_was_never_answered_may_or_may_not_hold(self):
        self.truth.ending(1, 200)
        self.check(0, answer(YES, 500), answer(NO, 500))

    def test_data_of_an_older_version_than_one_that_was_answered_is_old(self):
        self.truth.updated(1, 2, 200)
        self.truth.updated(1, 3, 400)
        self.check(0, answer(YES, 150), answer(YES, 300, version=2), answer(YES, 500, version=3),
                   answer(YES, 300, version=3))
        self.check(1, answer(YES, 300))
        self.check(1, answer(YES, 500, version=2))
        self.check(2, answer(YES, 500))

    def test_a_token_that_nobody_was_given_has_no_fate(self):
        with self.assertRaises(KeyError):
            self.truth.faults([answer(YES, 1, number=7)])

    def test_answers_are_counted_by_what_is_asked_for(self):
        answers = [answer(YES, 10), answer(NO, 20, host="b"), answer(YES, 30, way="board", remembered=1, number=2)]
        self.assertEqual(count(answers), 3)
        self.assertEqual(count(answers, YES), 2)
        self.assertEqual(count(answers, host="b", verdict=YES), 0)
        self.assertEqual(count(answers, way="board"), 1)
        self.assertEqual(count(answers, numbers={2}), 1)
        self.assertEqual(count(answers, remembered=0), 2)
        self.assertEqual(count(answers, since=20, until=30), 1)

    def test_a_line_of_a_log_is_an_answer(self):
        self.assertEqual(parse("7 100 110 yes 3 1\n", "b", "board"), Answer("b", "board", 7, 100, 110, YES, 3, 1))
