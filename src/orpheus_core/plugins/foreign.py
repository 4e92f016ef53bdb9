"""What foreign code raises, made fit to be reported."""

from __future__ import annotations

from collections.abc import Callable

from orpheus_core.errors import HookFailed

_LONGEST = 500


def presentable(error: BaseException) -> BaseException:
    """Return *error*, or one that stands for it where *error* cannot even be put into words."""
    try:
        str(error)
    except Exception as second:  # noqa: BLE001 - the border to foreign code
        stand_in = HookFailed(f"{type(error).__name__}, whose text raises {type(second).__name__}")
        stand_in.__cause__ = error
        return stand_in
    return error


def in_words(error: BaseException, clean: Callable[[str], str] = str) -> str:
    """Return the type and text of *error*: ``KeyError: 'tracks'``. Long texts are cut.

    Between words: half a secret would not be known for one any more.

    Args:
        clean: takes secrets out, before the cut.
    """
    error = presentable(error)
    text = clean(f"{type(error).__name__}: {_message(error)}".rstrip(": "))
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST - 2].rsplit(maxsplit=1)[0]} …"


def _message(error: BaseException) -> str:
    """The first of several arguments, if it is the text: attrs hands on what it validated."""
    is_plain = type(error).__str__ is BaseException.__str__
    if is_plain and len(error.args) > 1 and isinstance(error.args[0], str):
        return str(error.args[0])
    return str(error)
