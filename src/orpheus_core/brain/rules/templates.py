"""The texts of a rule's advice: which braces they may hold, and what takes their place.

What takes their place comes from events, and so from anywhere: it is cut, put on one line, and
never looked at for braces again.
"""

from __future__ import annotations

import difflib
import re
import reprlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orpheus_core.brain.rules.watch import Firing

_NAMELESS = {
    "host": "the host",
    "service": "the service",
    "plugin": "the plugin",
    "stage": "the stage",
    "subject": "the item",
    "count": "",
    "within_s": "",
    "scope": "everything",
}
"""Every brace, with what is said where the event does not know."""

_BRACE = re.compile(r"\{([^{}]*)\}|[{}]")
_LONGEST_VALUE = 100
_UNFIT = re.compile(
    "[\x00-\x20\x7f-\xa0\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ud800-\udfff]+"
)
"""White space, control characters, and what turns the direction of the text around it."""


def check_template(text: str) -> None:
    """See that *text* holds no braces but those that are replaced.

    Raises:
        ValueError: it does; the nearest that there is is named.
    """
    for found in _BRACE.finditer(text):
        name = found[1]
        if name is None:
            raise ValueError(f"in {reprlib.repr(text)}, a {found[0]} stands alone")
        if name not in _NAMELESS:
            near = difflib.get_close_matches(name, _NAMELESS, n=1)
            known = f"did you mean {{{near[0]}}}?" if near else f"there are {', '.join(_NAMELESS)}"
            raise ValueError(f"there is no brace {reprlib.repr(found[0])}, {known}")


def fill_in(template: str, firing: Firing) -> str:
    """Return *template* with its braces replaced by what *firing* says; see `RuleAdvice`."""

    def value(found: re.Match[str]) -> str:
        known = _known(found[1], firing)
        if known:
            return known
        nameless = _NAMELESS[found[1]]
        return nameless if found.start() else nameless[:1].upper() + nameless[1:]

    return _BRACE.sub(value, template)


def _known(name: str, firing: Firing) -> str:
    event = firing.event
    values: dict[str, object] = {
        "host": event.data.get("server.address"),
        "service": event.service,
        "plugin": event.plugin,
        "stage": event.data.get("stage"),
        "subject": event.subject,
        "count": firing.matched,
        "within_s": f"{firing.rule.within_s:g}",
        "scope": firing.key,
    }
    value = values[name]
    return "" if value is None else _in_a_sentence(str(value))


def _in_a_sentence(value: str) -> str:
    """Return *value* on one line, at most `_LONGEST_VALUE` characters of it."""
    line = _UNFIT.sub(" ", value[: 2 * _LONGEST_VALUE]).strip()
    return line if len(line) <= _LONGEST_VALUE else f"{line[: _LONGEST_VALUE - 1].rstrip()}…"
