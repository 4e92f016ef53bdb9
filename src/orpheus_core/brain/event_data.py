"""Makes what a publisher says fit for every reader: no secrets, nothing that cannot be stored."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

from orpheus_core.brain.events import Scalar
from orpheus_core.redaction import Redactor

_LONGEST_TEXT = 2000
_LARGEST_NUMBER = 2**63 - 1
"""What every reader can store: a signed integer of 64 bits."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class Cleaner:
    """Masks secrets, cuts texts, and replaces what no reader could store.

    That is an endless number (by None, which says unknown), an object (by its text), half a
    character.

    Secrets are masked from the moment on in which they become known. What was published before
    stays as it is, even where it waits in a queue: other readers have it, and the log may.
    So who brings a secret makes it known before anything is told of it.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def data(self, data: Mapping[str, Scalar], names: Mapping[str, str]) -> Mapping[str, Scalar]:
        """Return a clean copy of *data* that can only be read.

        Args:
            names: the fields that are known to be clean, each by itself.
        """
        copy = dict(data)
        if not self._is_clean(copy, names):
            copy = {names.get(name) or self.text(name): self._value(copy[name]) for name in copy}
        # Every subscriber gets the same, so none may change it.
        return MappingProxyType(copy)

    def _is_clean(self, data: Mapping[str, Scalar], names: Mapping[str, str]) -> bool:
        """Whether *data* can stay as it is, as nearly all can: one look at all texts together.

        What is in one of them is in them together, and one search is cheaper than several.
        """
        texts = ""
        for name, value in data.items():
            if name not in names:
                return False
            # Exact types: what is derived from them may lie about what it holds.
            if type(value) is str:
                texts += value
            elif type(value) is int:
                if not -_LARGEST_NUMBER <= value <= _LARGEST_NUMBER:
                    return False
            elif type(value) is float:
                if not math.isfinite(value):
                    return False
            elif value is not None and type(value) is not bool:
                return False
        is_short_ascii = len(texts) <= _LONGEST_TEXT and texts.isascii()
        return is_short_ascii and self._redactor.clean(texts) == texts

    def text(self, value: object) -> str:
        """Return *value* as a text that every reader can show and store."""
        if type(value) is str:
            if len(value) <= _LONGEST_TEXT and value.isascii():
                return self._redactor.clean(value)
            plain = value
        else:
            # A subclass of str may lie about what it holds.
            plain = str.__str__(value) if isinstance(value, str) else str(value)
        text = _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", self._redactor.clean(plain))
        return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"

    def _value(self, value: object) -> Scalar:
        if value is None or type(value) is bool:
            return value
        # As in `text`: a subclass may lie about its size.
        if issubclass(type(value), int):
            whole = int.__int__(cast("int", value))
            return whole if -_LARGEST_NUMBER <= whole <= _LARGEST_NUMBER else None
        if issubclass(type(value), float):
            number = float.__float__(cast("float", value))
            return number if math.isfinite(number) else None
        return self.text(value)
