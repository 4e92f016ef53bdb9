"""The names of a new plugin: its id, and what follows from it."""

from __future__ import annotations

import re
from typing import Self

import attrs

from orpheus_core.config import SECTIONS
from orpheus_core.errors import WrongArguments

PREFIX = "orpheus-"
"""What the name of a plugin's package begins with."""

LONGEST = 40
"""So many characters: enough for a name, and short enough for lines, files and hosts."""

# Narrower than an id need be: pip takes a-b, a_b and a--b for one package, and no name that
# ends in a dash.
_FORM = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
_OF_THE_CORE = frozenset({"core", "sandbox"})


@attrs.frozen
class PluginNames:
    """The names of the plugin *id*."""

    id: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the names of the plugin that *text* is the id or the package of.

        Raises:
            WrongArguments: no plugin can have that id; `next_step` says what could be one.
        """
        ident = text.removeprefix(PREFIX)
        if not _FORM.fullmatch(ident):
            raise WrongArguments(
                f"{text!r} cannot be the name of a plugin",
                why="a name is lower-case letters and digits, in words that are joined by "
                "single - or _, and begins with a letter",
                next_step=_suggested(ident),
            )
        if len(ident) > LONGEST:
            raise WrongArguments(
                f"{ident!r} is too long for the name of a plugin",
                why=f"it has {len(ident)} characters",
                next_step=f"choose one of at most {LONGEST}",
            )
        owner = _owner(ident)
        if owner:
            raise WrongArguments(
                f"{ident!r} cannot be the name of a plugin",
                why=owner,
                next_step=f"choose another, such as {_other(ident)}",
            )
        return cls(ident)

    @property
    def distribution(self) -> str:
        """The package as pip knows it."""
        return f"{PREFIX}{self.id}"

    @property
    def package(self) -> str:
        """The package as Python imports it."""
        return self.distribution.replace("-", "_")

    @property
    def title(self) -> str:
        """The name for people."""
        return " ".join(word.capitalize() for word in re.split("[-_]", self.id))

    @property
    def slug(self) -> str:
        """The name where an underscore is out of place: in codes, stages and hosts."""
        return self.id.replace("_", "-")

    @property
    def host(self) -> str:
        """The host of the fictional service: nobody has one below ``.example`` (RFC 2606)."""
        return f"{self.slug}.example"


def _owner(ident: str) -> str:
    """Why *ident* is not free, or nothing when it is."""
    if ident in SECTIONS:
        return f"[{ident}] is a section of the settings, and each plugin has one of its own"
    if ident in _OF_THE_CORE or ident.startswith("core-"):
        return "it belongs to Orpheus itself"
    return ""


def _other(ident: str) -> str:
    return f"my-{ident.removeprefix('core-')}"


def _suggested(ident: str) -> str:
    words = re.findall("[a-z0-9]+", ident.lower())
    near = re.sub(f"^(?:{PREFIX}|[0-9-])+", "", "-".join(words))[:LONGEST].rstrip("-")
    if not near:
        return "choose one such as my-shop"
    return f"choose one such as {_other(near) if _owner(near) else near}"
