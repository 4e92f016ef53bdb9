"""On which line of a TOML document each key and each item stands: tomllib does not say."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

Place = tuple[str | int, ...]
"""The keys and indexes that lead to a value: ``("rule", 0, "when")``."""

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BETWEEN = re.compile(r"(?:[ \t\n,]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*("(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)[ \t]*""")
_TEXT = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?'{3,5}|"(?:[^"\\]|\\.)*"|'[^']*\'''', re.DOTALL
)
_PLAIN = re.compile(r"[^,\]}\n#]+")
"""A number, a time, true or false; also what stands around it."""

_DEEPEST = 20
"""What lies deeper has the line of what it is in: nobody writes that, and it would add up."""


def lines_of(text: str) -> dict[Place, int]:
    """Return the line, from 1, on which each key and item of *text* stands first.

    Args:
        text: what tomllib reads; of anything else, nothing useful is said.

    Raises:
        RecursionError: there are lists in lists without end.
    """
    scan = _Scan(text.replace("\r\n", "\n"))
    scan.document()
    return scan.lines


class _Scan:
    """Goes through a document once, from its first character to its last."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Place, int] = {}
        self._text = text
        self._at = 0
        self._ends = [found.start() for found in re.finditer("\n", text)]
        self._sizes: dict[Place, int] = {}  # of the lists that consist of [[headers]]

    def document(self) -> None:
        table: Place = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._text.startswith("[", self._at):
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)

    def _header(self) -> Place:
        """Go behind ``[a.b]`` or ``[[a.b]]``; return the table that begins there."""
        begins = self._at
        is_item = self._text.startswith("[[", begins)
        self._at += 1 + is_item
        *above, last = self._keys()
        self._at += 1 + is_item
        place: Place = ()
        for key in above:
            place = self._inside(self._below(place, key, begins))
        place = self._below(place, last, begins)
        if not is_item:
            return place
        self._sizes[place] = self._sizes.get(place, 0) + 1
        return self._below(place, self._sizes[place] - 1, begins)

    def _inside(self, place: Place) -> Place:
        """The table that a name above the last one means: of a list, its last item."""
        size = self._sizes.get(place)
        return place if size is None else (*place, size - 1)

    def _pair(self, table: Place) -> None:
        """Go behind ``a.b = value``."""
        begins = self._at
        for key in self._keys():
            table = self._below(table, key, begins)
        self._at += 1  # the equals sign
        self._skip(_BLANK)
        self._value(table)

    def _keys(self) -> list[str]:
        keys = []
        while found := _KEY.match(self._text, self._at):
            self._at = found.end()
            keys.append(_plain(found[1]))
            if not self._text.startswith(".", self._at):
                break
            self._at += 1
        return keys

    def _value(self, place: Place) -> None:
        opening = self._text[self._at : self._at + 1]
        if opening == "[":
            self._items(place)
        elif opening == "{":
            self._inline(place)
        else:
            self._skip(_TEXT if opening in "\"'" else _PLAIN)

    def _items(self, place: Place) -> None:
        self._at += 1  # what opens the list
        index = 0
        while not self._ended("]"):
            self._value(self._below(place, index, self._at))
            index += 1

    def _inline(self, place: Place) -> None:
        self._at += 1  # what opens the table
        while not self._ended("}"):
            self._pair(place)

    def _ended(self, closing: str) -> bool:
        """Go to the next item; where there is none, behind *closing*."""
        self._skip(_BETWEEN)
        is_over = self._at >= len(self._text) or self._text[self._at] == closing
        self._at += is_over
        return is_over

    def _skip(self, what: re.Pattern[str]) -> None:
        if found := what.match(self._text, self._at):
            self._at = found.end()

    def _below(self, place: Place, key: str | int, at: int) -> Place:
        """Note that *key* of *place* stands at *at*; return its own place."""
        if len(place) >= _DEEPEST:
            return place
        place = (*place, key)
        self.lines.setdefault(place, bisect_right(self._ends, at) + 1)
        return place


def _plain(key: str) -> str:
    """What *key* is without its quotes."""
    return str(tomllib.loads(f"key = {key}")["key"]) if key[0] in "\"'" else key
