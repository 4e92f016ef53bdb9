"""The tree of errors."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import orpheus_core
from orpheus_core.errors import ExitStatus, OrpheusError, Retryable, error_types

SOURCE = Path(orpheus_core.__file__).parent


def test_codes_are_unique_and_of_one_form() -> None:
    """`area.what-happened`, so that scripts can match on them."""
    codes = [error.code for error in error_types()]
    assert len(codes) == len(set(codes))
    for code in codes:
        assert re.fullmatch(r"[a-z]+(\.[a-z-]+){1,2}", code), code


@pytest.mark.parametrize("error", list(error_types()), ids=lambda error: error.code)
def test_each_leaf_says_what_happened_and_what_to_do(error: type[OrpheusError]) -> None:
    """A sentence, a hint, an exit status of the table."""
    assert (error.__doc__ or "").split("\n")[0].endswith(".")
    assert error("x").next_step
    assert isinstance(error.exit_status, ExitStatus)
    assert error.exit_status is not ExitStatus.OK
    assert isinstance(error.retryable, Retryable)


@pytest.mark.parametrize("error", list(error_types()), ids=lambda error: error.code)
def test_each_leaf_is_raised_somewhere(error: type[OrpheusError]) -> None:
    """A code that nothing raises is a promise that nobody keeps."""
    plugins = Path(__file__).parent.parent / "plugins"
    files = [*SOURCE.rglob("*.py"), *plugins.glob("*/src/**/*.py")]
    uses = re.compile(rf"\b{error.__name__}\b")
    places = [file for file in files if uses.search(file.read_text(encoding="utf-8"))]
    assert {place.name for place in places} - {"errors.py", "__init__.py"}


def test_details_are_kept_and_the_hint_can_be_replaced() -> None:
    """The five parts of a failure, for whoever shows it."""
    error = OrpheusError("what", why="why", done="done", next_step="next", evidence={"a": 1})
    parts = (str(error), error.why, error.done, error.next_step)
    assert parts == ("what", "why", "done", "next")
    assert error.evidence == {"a": 1}
