"""Canaries: secrets that are marked, so that they can be found wherever they turn up.

As a fixture of the pytest plugin, alone or with an application::

    def test_token_stays_inside(canaries, orpheus_app):
        token = canaries.plant("token")
        with canaries.watch(orpheus_app):
            ...                                 # use the token, also where it is refused
        assert canaries.leaks == []
"""

from __future__ import annotations

import base64
import contextlib
import enum
import io
import logging
import random
import re
import string
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import attrs

from orpheus_core.app import Orpheus
from orpheus_core.brain import Event
from orpheus_core.errors import OrpheusError

_SHORTEST = 8
"""Shorter ones would be found by chance; what is modelled on a shorter one is made longer."""

_USUAL_LENGTH = 24
_AROUND = 20
_HEX = frozenset("0123456789abcdef")


class Encoding(enum.Enum):
    """The forms in which a secret is looked for."""

    PLAIN = "plain"
    BASE64 = "Base64"
    HEX = "hex"
    URL_QUOTED = "URL-quoted"
    REVERSED = "reversed"


class Place(enum.Enum):
    """In what a secret is looked for."""

    EVENT = "event"
    ERROR = "error"
    LOG = "log"
    OUTPUT = "output"
    FILE = "file"
    RESULT = "result"
    TEXT = "text"


@attrs.frozen(kw_only=True)
class Leak:
    """A secret that turned up. *where* says in what; *shown* is what stands around it."""

    canary: str
    encoding: Encoding
    place: Place
    where: str = ""
    shown: str = ""

    def __str__(self) -> str:
        where = f"{self.place.value} {self.where}".rstrip()
        return f"{self.canary}, {self.encoding.value}, in {where}: {self.shown}"


class Canaries:
    """Makes marked secrets and finds them again.

    The same names make the same values each time, so that a failure can be repeated.

    Attributes:
        leaks: what turned up so far, each once.
    """

    def __init__(self) -> None:
        self.leaks: list[Leak] = []
        self._values: dict[str, str] = {}
        self._forms: dict[str, tuple[str, Encoding]] = {}
        self._pattern: re.Pattern[str] | None = None

    def plant(self, name: str, model: str = "") -> str:
        """Return a secret that is called *name* from now on.

        Args:
            model: a value of the form that it has to have: digits stand for digits, letters
                for letters. Without it, letters and digits.
        """
        if name not in self._values:
            value = _like(model or "x0" * (_USUAL_LENGTH // 2), random.Random(name))  # noqa: S311
            self._values[name] = value
            for form, encoding in _forms(value):
                self._forms.setdefault(form, (name, encoding))
            longest_first = sorted(self._forms, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))
        return self._values[name]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all that were planted."""
        return tuple(self._values)

    def search(self, text: str, place: Place = Place.TEXT, where: str = "") -> list[Leak]:
        """Return what of the planted secrets is in *text*, and note it."""
        if self._pattern is None:
            return []
        found = []
        for match in self._pattern.finditer(text):
            name, encoding = self._forms[match[0]]
            before = text[max(0, match.start() - _AROUND) : match.start()]
            behind = text[match.end() : match.end() + _AROUND]
            shown = repr(f"{before}<{name}>{behind}")
            found.append(
                Leak(canary=name, encoding=encoding, place=place, where=where, shown=shown)
            )
        self.leaks += [leak for leak in found if leak not in self.leaks]
        return found

    def search_event(self, event: Event) -> list[Leak]:
        """Look into all that *event* holds."""
        held = [event.subject, event.service, event.plugin, event.error_type]
        held += [f"{name}={value}" for name, value in event.data.items()]
        return self.search("\n".join(str(each) for each in held), Place.EVENT, event.kind)

    def search_error(self, error: BaseException) -> list[Leak]:
        """Look into all that *error* says: its parts, its ``repr``, its traceback."""
        told = [str(error), repr(error)]
        if isinstance(error, OrpheusError):
            told += [error.title, error.why, error.done, error.next_step]
            told += [f"{name}={value}" for name, value in error.evidence.items()]
        found = self.search("\n".join(told), Place.ERROR, type(error).__name__)
        if found:
            return found
        trace = "".join(traceback.format_exception(error))
        return self.search(trace, Place.ERROR, f"{type(error).__name__}, in its traceback")

    def search_folder(self, folder: Path) -> list[Leak]:
        """Look into the names and contents of all files below *folder*."""
        found = []
        for file in sorted(folder.rglob("*")):
            name = file.relative_to(folder).as_posix()
            text = file.read_bytes().decode("latin-1") if file.is_file() else ""
            found += self.search(f"{name}\n{text}", Place.FILE, name)
        return found

    @contextlib.contextmanager
    def watch(self, app: Orpheus | None = None) -> Iterator[None]:
        """Look into what is logged, printed, and published by *app* until the block ends.

        Then into the files below its home, too.
        """
        printed = io.StringIO()
        subscription = (
            app.brain.events.subscribe(self.search_event, name="canaries") if app else None
        )
        try:
            with (
                listening_to_logs(self.search_log),
                contextlib.redirect_stdout(printed),
                contextlib.redirect_stderr(printed),
            ):
                yield
        finally:
            if subscription is not None:
                subscription.cancel()
            self.search(printed.getvalue(), Place.OUTPUT)
        if app is not None:
            for folder in {app.home.config, app.home.data, app.home.state, app.home.cache}:
                self.search_folder(folder)

    def search_log(self, record: logging.LogRecord) -> list[Leak]:
        """Look into a line of a log, with its arguments and its traceback."""
        try:
            text = f"{record.getMessage()}\n{record.args!r}"
        except Exception:  # noqa: BLE001 - logging itself prints such a line as it is
            text = f"{record.msg}\n{record.args!r}"
        if record.exc_info and record.exc_info[1]:
            text += "".join(traceback.format_exception(record.exc_info[1]))
        return self.search(text, Place.LOG, record.name)


@contextlib.contextmanager
def listening_to_logs(hear: Callable[[logging.LogRecord], object]) -> Iterator[None]:
    """Call *hear* with every record of every logger until the block ends."""
    root = logging.getLogger()
    before = root.level
    handler = _Ear(hear)
    root.addHandler(handler)
    root.setLevel(logging.NOTSET + 1)
    try:
        yield
    finally:
        root.setLevel(before)
        root.removeHandler(handler)


class _Ear(logging.Handler):
    def __init__(self, hear: Callable[[logging.LogRecord], object]) -> None:
        super().__init__()
        self._hear = hear

    def emit(self, record: logging.LogRecord) -> None:
        self._hear(record)


def _like(model: str, rng: random.Random) -> str:
    """A value of the form of *model*, long enough to be told from all else."""
    if len(model) < _SHORTEST:
        model = (model * _USUAL_LENGTH)[:_USUAL_LENGTH]
    letters = {letter for letter in model if letter.isalnum()}
    is_hex = letters <= _HEX and any(letter.isalpha() for letter in letters)
    return "".join(_letter_like(letter, rng, is_hex=is_hex) for letter in model)


def _letter_like(letter: str, rng: random.Random, *, is_hex: bool) -> str:
    if is_hex and letter in _HEX:
        return rng.choice("0123456789abcdef")
    for kind in (string.digits, string.ascii_lowercase, string.ascii_uppercase):
        if letter in kind:
            return rng.choice(kind)
    return letter


def _forms(value: str) -> Iterator[tuple[str, Encoding]]:
    raw = value.encode()
    yield value, Encoding.PLAIN
    for before in range(3):  # inside of more, three bytes make four letters
        coded = base64.b64encode(bytes(before) + raw)
        first = (0, 2, 3)[before]
        last = len(coded) if (before + len(raw)) % 3 == 0 else len(coded.rstrip(b"=")) - 1
        text = coded[first:last].decode("ascii")
        yield text, Encoding.BASE64
        yield text.translate(str.maketrans("+/", "-_")), Encoding.BASE64
    yield raw.hex(), Encoding.HEX
    yield raw.hex().upper(), Encoding.HEX
    yield quote(value, safe=""), Encoding.URL_QUOTED
    yield "".join(f"%{byte:02x}" for byte in raw), Encoding.URL_QUOTED
    yield "".join(f"%{byte:02X}" for byte in raw), Encoding.URL_QUOTED
    yield value[::-1], Encoding.REVERSED
