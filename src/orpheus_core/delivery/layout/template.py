"""Templates of file layouts: text with fields, one folder for each part between slashes.

::

    template = segment ("/" segment)*
    segment  = (text | "{{" | "}}" | field | group)+
    field    = "{" name [":" width] "}"          a width from 1 to 9, for numbers only
    group    = "(" segment ")" | "[" segment "]"  with a field in it; left out when all are empty

Values are data: nothing in them is ever read as a template, and no value makes a folder.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Self

import attrs

from orpheus_core.delivery.layout.names import plain_text, safe_name
from orpheus_core.errors import InvalidTemplate

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "albumartist": "the artists of the release",
        "artist": "the artists of the track",
        "album": "the title of the release, with its version",
        "title": "the title of the track, with its version",
        "composer": "the composers of the track",
        "year": "the year of the release",
        "date": "the date of the release, as far as it is known: 2001-03-07, 2001-03 or 2001",
        "disc": "the number of the disc",
        "disctotal": "how many discs the release has",
        "track": "the number of the track on its disc",
        "tracktotal": "how many tracks the release has",
        "position": "the place in the playlist",
        "playlist": "the title of the playlist",
        "genre": "the first genre of the release",
        "label": "the label of the release",
        "type": "album, ep, single, live or compilation",
        "upc": "the bar code of the release",
        "isrc": "the code of the recording",
        "quality": "the quality of the file, as in 24-96",
        "codec": "the codec of the file, as in flac",
        "service": "the service that it comes from",
        "id": "the service's id of the track",
        "albumid": "the service's id of the release",
        "explicit": "the word explicit where the track is marked so, else empty",
    }
)
"""Each field that a template may name, with what it stands for."""

NUMBER_WIDTHS: Mapping[str, int] = MappingProxyType(
    {"disc": 1, "disctotal": 1, "track": 2, "tracktotal": 2, "position": 2}
)
"""The fields that are numbers, with how many digits they have at least."""

_CLOSERS: Mapping[str, str] = MappingProxyType({"(": ")", "[": "]"})
_MAX_NESTING = 8
_MARK = re.compile(r"\{\{|\}\}|\{[^{}]*\}|[^/\\(){}\[\]]+|.", re.DOTALL)
_FIELD = re.compile(r"([^:!.\[\]]*)(?::([^!]*))?")


@attrs.frozen
class Literal:
    """Text that stands in the template itself."""

    text: str


@attrs.frozen
class Field:
    """The value of one field; *width* is the least number of digits, None for text."""

    name: str
    width: int | None = None


@attrs.frozen
class Group:
    """Pieces between brackets, left out with the space before when its fields are all empty."""

    opener: str
    pieces: tuple[Piece, ...]

    def is_empty(self, values: Mapping[str, str]) -> bool:
        """Whether none of the fields in it has a value."""
        return all(
            piece.is_empty(values) if isinstance(piece, Group) else not values.get(piece.name)
            for piece in self.pieces
            if not isinstance(piece, Literal)
        )


Piece = Literal | Field | Group
"""What a template is made of."""


@attrs.frozen
class Template:
    """A file layout that was read; `parse` makes one.

    >>> layout = Template.parse("{albumartist}/{album} ({year})/{disc}-{track} {title}")
    >>> values = {"albumartist": "AC/DC", "album": "Live", "disc": "1", "track": "7", "title": ".."}
    >>> layout.render(values, fallback="302127", extension=".flac")
    ('AC_DC', 'Live', '1-07.flac')
    """

    text: str
    segments: tuple[tuple[Piece, ...], ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the template that *text* is.

        Raises:
            InvalidTemplate: it is not of the form in this module's head, names a field that
                does not exist, or leaves the folder; the place in the text is named.
        """
        if re.match(r"/|~|[A-Za-z]:", text):
            raise _invalid(text, 0, "a file layout starts below the folder chosen, never above it")
        return cls(text, tuple(_Parser(text).segments()))

    def render(
        self, values: Mapping[str, str], *, fallback: str, extension: str
    ) -> tuple[str, ...]:
        """Return the names of the folders and, last, of the file: each one a `safe_name`.

        Args:
            values: of the fields, by name; what is missing is empty.
            fallback: stands for a name of which nothing is left, after a ``_``. It serves
                folders too: give all tracks of one release the release's id.
            extension: of the file, with its dot; or empty.
        """
        plain = {name: plain_text(value) for name, value in values.items()}
        names = ["".join(_rendered(segment, plain)) for segment in self.segments]
        last = len(names) - 1
        return tuple(
            safe_name(name, fallback=fallback, extension=extension if index == last else "")
            for index, name in enumerate(names)
        )


def _rendered(pieces: tuple[Piece, ...], values: Mapping[str, str]) -> str:
    text = ""
    for piece in pieces:
        if isinstance(piece, Literal):
            text += piece.text
        elif isinstance(piece, Field):
            text += _value(values.get(piece.name, ""), piece.width)
        elif piece.is_empty(values):
            text = text.removesuffix(" ")
        else:
            text += piece.opener + _rendered(piece.pieces, values) + _CLOSERS[piece.opener]
    return text


def _value(value: str, width: int | None) -> str:
    """Return *value*, a number among them with the digits that *width* asks for."""
    if width is None or not (value.isascii() and value.isdigit()):
        return value
    return value.lstrip("0").rjust(width, "0")


@attrs.define
class _Open:
    """A bracket that is not closed yet, and what came after it."""

    opener: str
    pieces: list[Piece] = attrs.field(factory=list)


@attrs.define
class _Parser:
    """Reads a template from left to right, keeping the brackets that are open."""

    text: str
    brackets: list[_Open] = attrs.field(factory=lambda: [_Open("")])

    def segments(self) -> Iterator[tuple[Piece, ...]]:
        """Yield the pieces of each part between slashes."""
        start = 0
        for found in _MARK.finditer(self.text):
            if found[0] == "/":
                yield self._segment(start, found.start())
                start = found.end()
            else:
                self._read(found[0], found.start())
        yield self._segment(start, len(self.text))

    def _read(self, mark: str, position: int) -> None:
        if mark in ("{{", "}}"):
            self._add(Literal(mark[0]))
        elif mark in ("{", "}"):
            missing = "closed" if mark == "{" else "opened"
            raise _invalid(
                self.text, position, f"the brace {mark} is never {missing}; double it to mean it"
            )
        elif mark == "\\":
            raise _invalid(self.text, position, "folders are separated by /, on every system")
        elif mark.startswith("{"):
            self._add(_field(self.text, mark[1:-1], position))
        elif mark in _CLOSERS:
            if len(self.brackets) > _MAX_NESTING:
                raise _invalid(self.text, position, "brackets are nested too deep")
            self.brackets.append(_Open(mark))
        elif mark in _CLOSERS.values():
            self._close(mark)
        else:
            self._add(Literal(mark))

    def _segment(self, start: int, end: int) -> tuple[Piece, ...]:
        """Return the pieces read since *start*, an open bracket among them as text."""
        if not plain_text(self.text[start:end]).strip(" ."):
            what = "is empty" if start == end else f"has no name: {self.text[start:end]!r}"
            raise _invalid(self.text, start, f"a folder or file in the layout {what}")
        while len(self.brackets) > 1:
            self._give_up_group()
        pieces = tuple(self.brackets[0].pieces)
        self.brackets[0].pieces.clear()
        return pieces

    def _close(self, closer: str) -> None:
        if not any(_CLOSERS.get(bracket.opener) == closer for bracket in self.brackets):
            self._add(Literal(closer))
            return
        while _CLOSERS[self.brackets[-1].opener] != closer:
            self._give_up_group()
        if all(isinstance(piece, Literal) for piece in self.brackets[-1].pieces):
            self._give_up_group()
            self._add(Literal(closer))
        else:
            group = self.brackets.pop()
            self._add(Group(group.opener, tuple(group.pieces)))

    def _give_up_group(self) -> None:
        """Take the innermost open bracket for text."""
        bracket = self.brackets.pop()
        self._add(Literal(bracket.opener))
        for piece in bracket.pieces:
            self._add(piece)

    def _add(self, piece: Piece) -> None:
        """Append *piece* to the innermost open bracket, neighbouring texts as one."""
        pieces = self.brackets[-1].pieces
        if isinstance(piece, Literal) and pieces and isinstance(pieces[-1], Literal):
            pieces[-1] = Literal(pieces[-1].text + piece.text)
        else:
            pieces.append(piece)


def _field(text: str, inner: str, position: int) -> Field:
    """Return the field that *inner*, from between two braces, names."""
    found = _FIELD.fullmatch(inner)
    if not found:
        raise _invalid(
            text,
            position,
            f"{inner!r} is more than the name of a field",
            "attributes, indexes and conversions do not exist here",
        )
    name, width = found.groups()
    if name not in FIELDS:
        near = difflib.get_close_matches(name.strip().lower(), FIELDS, n=1, cutoff=0.6)
        known = f"did you mean {{{near[0]}}}?" if near else "fields are: " + ", ".join(FIELDS)
        raise _invalid(text, position, f"there is no field {name!r}", next_step=known)
    if width is None:
        return Field(name, NUMBER_WIDTHS.get(name))
    if name not in NUMBER_WIDTHS:
        raise _invalid(text, position, f"{{{name}}} is no number, so it has no width")
    if not re.fullmatch("[1-9]", width):
        raise _invalid(text, position, f"the width of {{{name}}} is one digit from 1 to 9")
    return Field(name, int(width))


def _invalid(
    text: str, position: int, title: str, why: str = "", next_step: str = ""
) -> InvalidTemplate:
    """Return the error for what stands at *position* (from 0) of *text*."""
    place = f"at character {position + 1} of {text!r}"
    return InvalidTemplate(
        title,
        why=f"{place}: {why}" if why else place,
        next_step=next_step,
        evidence={"position": position},
    )
