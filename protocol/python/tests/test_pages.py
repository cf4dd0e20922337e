"""The fields of pages, as browsers and password managers read them."""
import re
from types import SimpleNamespace

import pytest

from usher import _pages
from usher._values import PromptStyle, Purpose


def fields(purpose, *texts):
    prompts = [SimpleNamespace(wants_answer=True, style=PromptStyle.SECRET, text=text) for text in texts]
    rows = _pages.questions("name", SimpleNamespace(purpose=purpose, prompts=prompts))
    return re.findall('autocomplete="([a-z-]+)"( autofocus)?>', rows)


@pytest.mark.parametrize("text, usual", [
    ("Current password: ", "current-password"), ("(current) UNIX password: ", "current-password"),
    ("Old password: ", "current-password"), ("New password: ", "new-password"), ("", "new-password")])
def test_a_question_is_filled_in_with_what_it_asks_for(text, usual):
    assert fields(Purpose.PASSWORD_CHANGE, text) == [(usual, " autofocus")]
    assert fields(Purpose.LOGIN, text) == [("one-time-code", " autofocus")]


def test_the_first_field_has_the_focus():
    assert [focus for _, focus in fields(Purpose.LOGIN, "One", "Two")] == [" autofocus", ""]
    for user, name in ((None, "user"), ("ada", "password")):
        row = [row for row in _pages.first_question(user).split("\n") if "autofocus" in row]
        assert len(row) == 1 and f'name="{name}"' in row[0]
