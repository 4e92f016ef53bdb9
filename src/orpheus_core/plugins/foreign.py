"""What foreign code raises, made fit to be reported."""

from __future__ import annotations

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


def in_words(error: BaseException) -> str:
    """Return the type and text of *error*: ``KeyError: 'tracks'``. Long texts are cut."""
    error = presentable(error)
    text = f"{type(error).__name__}: {error}".rstrip(": ")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
