"""Tables of a TOML file that a person wrote: every fault is gathered, with line and key."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TypeVar

import attrs

from orpheus_core.brain.rules.toml_lines import Place
from orpheus_core.plugins import manifest_values as values

T = TypeVar("T")
D = TypeVar("D")

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]{1,60}")  # source: TOML 1.0, "Keys"


class Faults:
    """What is wrong with a file.

    Args:
        lines: where each key stands.
    """

    def __init__(self, lines: Mapping[Place, int]) -> None:
        self._lines = lines
        self._told: list[tuple[int, str]] = []

    def tell(self, place: Place, message: str) -> None:
        """Note that *message* is wrong at *place*."""
        name = ".".join(_key(part) for part in place if isinstance(part, str))
        line = self.line_of(place)
        self._told.append((line, f"line {line}, {name}: {message}"))

    def line_of(self, place: Place) -> int:
        """The line of *place*; of what it is in where it does not stand in the file."""
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 1)

    def __len__(self) -> int:
        return len(self._told)

    def __iter__(self) -> Iterator[str]:
        """The faults, from the first line to the last."""
        return iter([message for _, message in sorted(self._told, key=lambda told: told[0])])


@attrs.frozen(kw_only=True)
class Spot:
    """A value, and where in the file it stands."""

    value: object
    place: Place
    faults: Faults

    def tell(self, message: str) -> None:
        """Note what is wrong with it."""
        self.faults.tell(self.place, message)

    @property
    def line(self) -> int:
        """The line that it stands on."""
        return self.faults.line_of(self.place)

    def below(self, key: str | int, value: object) -> Spot:
        """The *value* of *key* in it."""
        return Spot(value=value, place=(*self.place, key), faults=self.faults)

    def items(self) -> list[Spot]:
        """The items of the list that it is; that it is none is told."""
        if not isinstance(self.value, list):
            self.tell(str(values.due("a list", self.value)))
            return []
        return [self.below(index, item) for index, item in enumerate(self.value)]

    def entries(self) -> list[tuple[str, Spot]]:
        """The keys of the table that it is, each with its value; that it is none is told."""
        if not isinstance(self.value, dict):
            self.tell(str(values.due("a table", self.value)))
            return []
        return [(key, self.below(key, value)) for key, value in self.value.items()]

    def table(self, *known: str, due: str = "a table") -> Table | None:
        """The table that it is, with the keys *known*; None if it is none, which is told."""
        if not isinstance(self.value, dict):
            self.tell(str(values.due(due, self.value)))
            return None
        return Table(self, known)


class Table:
    """A table of the file. What stands there under another name than one of *known* is told."""

    def __init__(self, spot: Spot, known: Collection[str]) -> None:
        self.spot = spot
        self._entries = dict(spot.entries())
        for key, entry in self._entries.items():
            if key not in known:
                near = values.nearest(key, known, what="its keys")
                entry.tell(f"there is no such key, {near}")

    def get(self, key: str) -> Spot | None:
        """The value of *key*."""
        return self._entries.get(key)

    def tell(self, key: str, message: str) -> None:
        """Note what is wrong with the value of *key*, be it there or not."""
        self.spot.below(key, None).tell(message)

    def take(self, key: str, read: Callable[[object], T], otherwise: D) -> T | D:
        """Return what *read* makes of the value of *key*; *otherwise* if it is not there, or wrong.

        What a `TypeError` or `ValueError` of *read* says is told.
        """
        entry = self.get(key)
        if entry is None:
            return otherwise
        try:
            return read(entry.value)
        except (TypeError, ValueError) as error:
            entry.tell(str(error))
            return otherwise

    def must(self, key: str, read: Callable[[object], T], otherwise: D) -> T | D:
        """As `take`; that *key* is not there is told as well."""
        if key not in self._entries:
            self.tell(key, "it is missing")
        return self.take(key, read, otherwise)

    def below(self, key: str, read: Callable[[Spot], T | None]) -> T | None:
        """Return what *read*, which tells faults itself, makes of the value of *key*."""
        entry = self.get(key)
        return None if entry is None else read(entry)

    def each(self, key: str, read: Callable[[Spot], T | None]) -> tuple[T, ...]:
        """Return what *read* makes of each item of the list at *key*, but for None."""
        entry = self.get(key)
        made = [read(item) for item in entry.items()] if entry else []
        return tuple(each for each in made if each is not None)


def one_of(words: Mapping[str, T]) -> Callable[[object], T]:
    """Return a reader of what *words* name; of anything else it names the nearest."""

    def read(value: object) -> T:
        word = values.text(value)
        if word not in words:
            near = values.nearest(word, words, what="the words here")
            raise ValueError(f"there is no {values.shown(word)}, {near}")
        return words[word]

    return read


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else json.dumps(key[:60])
