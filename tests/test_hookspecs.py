"""Every hook is documented where it stands, and used."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import orpheus_core
from orpheus_core import hookspecs

HOOKS = {
    name: function for name, function in vars(hookspecs).items() if name.startswith("orpheus_")
}
SOURCE = Path(orpheus_core.__file__).parent
VERBS = ("collect", "first", "fold", "around", "emit")


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_says_what_it_asks_and_names_its_verb(name: str) -> None:
    """In its docstring: that is the reference."""
    text = inspect.getdoc(HOOKS[name]) or ""
    assert text.split("\n")[0].endswith(".")
    assert re.search(rf"Verb: ({'|'.join(VERBS)})\.", text), name


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_is_called_and_implemented(name: str) -> None:
    """No hook exists without a caller and a plugin that uses it."""
    plugins = Path(__file__).parent.parent / "plugins"
    texts = {
        path: path.read_text(encoding="utf-8")
        for path in [*SOURCE.rglob("*.py"), *plugins.glob("*/src/**/*.py")]
        if path.name != "hookspecs.py"
    }
    assert any(f'"{name}"' in text for text in texts.values()), "nobody calls it"
    assert any(f"def {name}(" in text for text in texts.values()), "nobody implements it"


@pytest.mark.parametrize("name", HOOKS)
def test_the_verb_that_is_documented_is_the_one_that_is_called(name: str) -> None:
    """`host.collect("orpheus_modules", ...)` and the like."""
    verb = re.search(r"Verb: (\w+)\.", inspect.getdoc(HOOKS[name]) or "")
    assert verb
    calls = [
        call
        for path in SOURCE.rglob("*.py")
        for call in re.findall(rf'\.(\w+)\(\s*"{name}"', path.read_text(encoding="utf-8"))
    ]
    assert set(calls) == {verb[1]}
