"""What a setting has to hold, and whether a value does."""

from __future__ import annotations

import re
import reprlib
import threading
import typing

import attrs

from orpheus_core.errors import InvalidSetting

Value = str | int | float | bool | tuple[str, ...]
"""What a setting holds."""


@attrs.frozen(kw_only=True)
class Due:
    """What a setting has to hold.

    Attributes:
        kind: the name of a type: ``str``, ``int``, ``float``, ``bool`` or ``tuple`` (of texts).
        least: the smallest number that fits.
        words: the texts that fit, in lower case; empty: any.
        form: the regular expression of each text of a list; empty: any.
        called: what the form is called: ``SERVICE:HOST``.
    """

    kind: str
    least: float | None = None
    words: tuple[str, ...] = ()
    form: str = ""
    called: str = ""

    def in_words(self, value: object) -> str:
        """What is due where *value* is not."""
        names = {"int": "a whole number", "float": "a number", "str": "text"}
        due = {**names, "bool": "true or false"}.get(self.kind, "a list of texts")
        if self.least is not None:
            due += f" of at least {self.least:g}"
        if self.words and isinstance(value, str):
            due = "one of " + ", ".join(self.words)
        return f"{due} of the form {self.called}" if self.called else due

    def fits(self, value: object) -> typing.TypeGuard[typing.Any]:
        """Whether *value*, as TOML gives it, is what is due."""
        return (
            _is_of(value, self.kind)
            and (self.least is None or value >= self.least)
            and (not self.words or value.strip().lower() in self.words)
            and (not self.form or all(re.fullmatch(self.form, each) for each in value))
        )


def fitting(value: object, due: Due, name: str, source: str) -> Value:
    """Return *value* as what is *due*; text, as variables hold it, is read.

    Raises:
        InvalidSetting: it is something else; the error calls it *name*, set in *source*.
    """
    if isinstance(value, str):
        value = _read_text(value, due.kind)
    if due.fits(value):
        return tuple(value) if isinstance(value, list) else value
    raise InvalidSetting(
        f"{name} must be {due.in_words(value)}, not {reprlib.repr(value)}",
        why=f"it is set in {source}",
    )


def _is_of(value: object, kind: str) -> typing.TypeGuard[typing.Any]:
    """Whether *value*, as TOML gives it, is of the type with the name *kind*."""
    if kind == "tuple":
        return isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
    if isinstance(value, bool) or kind == "bool":
        return isinstance(value, bool) and kind == "bool"
    if kind == "float":
        return isinstance(value, int | float) and abs(value) <= threading.TIMEOUT_MAX
    return isinstance(value, int if kind == "int" else str)


def _read_text(text: str, kind: str) -> object:
    if kind == "bool":
        return {"true": True, "false": False, "1": True, "0": False}.get(text.lower(), text)
    if kind == "int" and re.fullmatch(r"[+-]?\d{1,18}", text):
        return int(text)
    if kind == "float" and re.fullmatch(r"[+-]?\d{1,18}(\.\d+)?", text):
        return float(text)
    if kind == "tuple":
        return [part.strip() for part in text.split(",") if part.strip()]
    return text
