"""What single values of a manifest have to look like; each reader returns one, or says why not.

Raises:
    TypeError, ValueError: every reader, with a text that follows the value's place in the file.
"""

from __future__ import annotations

import difflib
import ipaddress
import math
import re
import reprlib
from collections.abc import Callable, Iterable

from orpheus_core.config import Value
from orpheus_core.music import SERVICE_ID
from orpheus_core.plugins.api import ApiVersion, parse_api

_LARGEST = 2**63  # source: TOML 1.0, "Integer"
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_LONGEST_HOST = 253
_KINDS = {dict: "a table", list: "a list", str: "text", bool: "true or false"}

_show = reprlib.Repr()
_show.maxstring = _show.maxother = 60


def shown(value: object) -> str:
    """Return *value* as a message shows it: quoted, cut, without line breaks."""
    return _show.repr(value)


def due(what: str, value: object) -> TypeError:
    """Return the error of a *value* that is of another type than *what* was due."""
    number = "a number" if isinstance(value, int | float) else "a time"
    return TypeError(f"{what} was due, not {_KINDS.get(type(value), number)}")


def nearest(word: str, known: Iterable[str], *, what: str = "known") -> str:
    """Return a question for the nearest of the *known* words, or the list of all of them."""
    words = sorted(known)
    near = difflib.get_close_matches(word.lower(), words, n=1)
    return f"did you mean {near[0]}?" if near else f"{what} are {', '.join(words)}"


def text(value: object) -> str:
    """A text on one line."""
    if not isinstance(value, str):
        raise due("text", value)
    if _CONTROL.search(value):
        raise ValueError("a text has one line, and no control characters")
    return value


def filled(value: object) -> str:
    """A text that is not empty."""
    value = text(value)
    if not value.strip():
        raise ValueError("it is empty")
    return value


def flag(value: object) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise due("true or false", value)
    return value


def whole(value: object) -> int:
    """A whole number, as far as TOML has them."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise due("a whole number", value)
    if not -_LARGEST <= value < _LARGEST:
        raise ValueError("a whole number has 64 bits at most")
    return value


def number(value: object) -> float:
    """A finite number."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("a finite number was due")
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return float(whole(value))
    raise due("a number", value)


def above_zero(value: object) -> float:
    """A number above zero."""
    if (read := number(value)) <= 0:
        raise ValueError("a number above 0 was due")
    return read


def count(value: object) -> int:
    """A whole number of at least 1."""
    if (read := whole(value)) < 1:
        raise ValueError("a whole number of at least 1 was due")
    return read


def default(value: object) -> Value:
    """What a setting can hold; whether it is of the setting's type is another question."""
    if isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return whole(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise due("text, a number, true or false, or a list of texts", value)


def of_form(form: str, words: str) -> Callable[[object], str]:
    """Return a reader of texts that match *form* wholly; *words* say what that is."""
    pattern = re.compile(form)

    def read(value: object) -> str:
        if not pattern.fullmatch(text(value)):
            raise ValueError(f"{shown(value)} is not {words}")
        return str(value)

    return read


ident = of_form(SERVICE_ID, "lower-case letters, digits, - and _, a letter first")
event_pattern = of_form(r"[a-z0-9_.*-]+", "a kind of events, such as network.* or job.failed")
command_word = of_form(r"[a-z0-9][a-z0-9-]*", "lower-case letters, digits and -")
setting_key = of_form(r"[a-z][a-z0-9_]*", "lower-case letters, digits and _, a letter first")
object_path = of_form(r"\w+(\.\w+)*:\w+(\.\w+)*", "written as package.module:object")
hook_name = of_form(r"orpheus_[a-z0-9_]+", "the name of a hook: they begin with orpheus_")


def api(value: object) -> tuple[ApiVersion, ...]:
    """One version of the hook API, or a list of them."""
    versions = value if isinstance(value, list) else [value]
    if not versions:
        raise ValueError('the list is empty, write api = "1.0"')
    return tuple(parse_api(text(version)) for version in versions)


def host(value: object) -> str:
    """The name of a host, or its address."""
    name = filled(value)
    if not _is_host(name):
        bare = re.sub(r"^[a-z]+://|[/:?#].*$", "", re.sub(r"^[a-z]+://", "", name.lower()))
        near = f", did you mean {bare}?" if bare != name and _is_host(bare) else ""
        raise ValueError(f"{shown(value)} is no name of a host{near}")
    return name


def hosts(value: object) -> str:
    """The name of a host, or ``*.`` and a name, for every host below it."""
    name = filled(value)
    if name.startswith("*.") and _is_name(name[2:]):
        return name
    return host(name)


def _is_host(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return _is_name(name)
    return True


def _is_name(name: str) -> bool:
    """Source: RFC 1123, section 2.1, with the underscore that some names have all the same."""
    try:
        plain = name.lower() if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    return len(plain) <= _LONGEST_HOST and all(map(_LABEL.fullmatch, plain.split(".")))
