"""Values, and what an import of the package brings into a process."""
import copy
import pickle
import subprocess
import sys

import pytest

from usher import Event, Owner, Prompt, PromptStyle


def test_a_value_has_its_members_and_does_not_change():
    prompt = Prompt(PromptStyle.INFO, text="hello")
    assert (prompt.style, prompt.text, prompt.wants_answer) == (PromptStyle.INFO, "hello", False)
    assert repr(prompt) == f"Prompt(style={PromptStyle.INFO!r}, text='hello')"
    for change in (lambda: setattr(prompt, "text", "x"), lambda: delattr(prompt, "text")):
        with pytest.raises(AttributeError):
            change()
    with pytest.raises(AttributeError):
        prompt.other = 1


def test_values_are_equal_by_kind_and_members():
    prompt = Prompt(PromptStyle.INFO, "hello")
    assert prompt == Prompt(PromptStyle.INFO, "hello") != Prompt(PromptStyle.ERROR, "hello")
    assert Owner(3, None) != (3, None) and len({prompt, copy.copy(prompt), pickle.loads(pickle.dumps(prompt))}) == 1


@pytest.mark.parametrize("values, named", [
    ((PromptStyle.INFO,), {}), ((PromptStyle.INFO, "a", "b"), {}), ((PromptStyle.INFO, "a"), {"text": "b"}),
    ((PromptStyle.INFO,), {"label": "a"})])
def test_members_must_be_given_once(values, named):
    with pytest.raises(TypeError):
        Prompt(*values, **named)
    with pytest.raises(TypeError):
        Event("created")


def test_the_package_imports_nothing_large():
    """dataclasses, typing and pathlib would each add a MiB or two to a process that has none of them."""
    script = "import sys, usher; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-I", "-S", "-c", f"import sys; sys.path = {sys.path}; {script}"],
                             stdout=subprocess.PIPE, check=True, text=True).stdout.split()
    large = {"asyncio", "contextlib", "dataclasses", "http", "inspect", "json", "pathlib", "re", "typing", "urllib"}
    assert "usher" in modules and not large & set(modules)
