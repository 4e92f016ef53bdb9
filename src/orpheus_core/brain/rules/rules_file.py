"""Reads rules.toml, the rules that a person wrote; what is wrong is told with its line."""

from __future__ import annotations

import itertools
import os
import re
import stat
import tomllib
from pathlib import Path

from orpheus_core.brain.rules.rule import Rule
from orpheus_core.brain.rules.toml_lines import lines_of
from orpheus_core.brain.rules.toml_table import Faults, Spot
from orpheus_core.brain.rules.written_rules import rules_at
from orpheus_core.errors import InvalidRules
from orpheus_core.storage import storage_error

LARGEST_BYTES = 200_000
"""A longer file was not written by a person."""

_MOST_DOTS = 500
"""On a line. The time and memory that tomllib takes for a name grow with their square."""

_BRACKET = re.compile(rb"[\[\]{}]")
_DIGITS = re.compile(rb"[0-9_]+")
_MOST_FAULTS = 20
_OTHER_FILE = "put a file that holds your rules in its place, or remove it"


def read_rules(file: Path) -> tuple[Rule, ...]:
    """Return the rules in *file*; none if there is no such file.

    Raises:
        InvalidRules: it is no TOML, or says what makes no rule; `why` holds each fault.
        StorageError: it is there, be it as a link to nowhere, but cannot be read.
    """
    try:
        with open(file, "rb", opener=_open_at_once) as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise _invalid(str(file), ["it is a pipe or a device"], mend=_OTHER_FILE)
            content = opened.read(LARGEST_BYTES + 1)
    except FileNotFoundError as error:
        if not file.is_symlink():
            return ()
        raise storage_error(error, file) from error
    except OSError as error:
        raise storage_error(error, file) from error
    return rules_in(content, str(file))


def _open_at_once(path: str, flags: int) -> int:
    """Open *path*; a pipe that nobody writes to must not hold us."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def rules_in(content: bytes, file: str) -> tuple[Rule, ...]:
    """Return the rules in *content*, which is that of *file*.

    Raises:
        InvalidRules: as for `read_rules`.
    """
    if len(content) > LARGEST_BYTES:
        raise _invalid(file, [f"it has more than {LARGEST_BYTES:,} bytes"], mend=_OTHER_FILE)
    for number, line in enumerate(content.split(b"\n"), 1):
        if line.count(b".") > _MOST_DOTS:
            raise _invalid(file, [f"line {number} has more than {_MOST_DOTS} dots"])
    try:
        # Some editors begin a file with a byte order mark; TOML knows none.
        text = content.decode("utf-8-sig")
        table = tomllib.loads(text)
        faults = Faults(lines_of(text))
    except (ValueError, RecursionError) as error:
        raise _invalid(file, [_why_not_toml(error, content)]) from error
    rules = rules_at(Spot(value=table, place=(), faults=faults))
    if faults:
        raise _invalid(file, list(faults))
    return rules


def _why_not_toml(error: ValueError | RecursionError, content: bytes) -> str:
    """What of *content* is no TOML; on which line, tomllib does not always say."""
    if isinstance(error, tomllib.TOMLDecodeError):
        return f"it is not TOML: {error}"
    if isinstance(error, UnicodeDecodeError):
        at, what = error.start + len(content) - len(error.object), "is not UTF-8"
    elif isinstance(error, RecursionError):
        brackets = list(_BRACKET.finditer(content))
        depths = list(itertools.accumulate(1 if each[0] in b"[{" else -1 for each in brackets))
        at = brackets[depths.index(max(depths))].start()
        what = "has too many brackets in each other"
    else:  # source: sys.get_int_max_str_digits()
        at = max(_DIGITS.finditer(content), key=lambda found: len(found[0])).start()
        what = "has a number of too many digits"
    number = content.count(b"\n", 0, at) + 1
    return f"line {number} {what}"


def _invalid(file: str, faults: list[str], *, mend: str = "") -> InvalidRules:
    rest = len(faults) - _MOST_FAULTS
    told = [*faults[:_MOST_FAULTS], *([f"and {rest} more"] if rest > 0 else [])]
    return InvalidRules(
        f"the rules in {file} cannot be used",
        why="; ".join(told),
        next_step=mend,
        evidence={"file": file, "faults": len(faults)},
    )
