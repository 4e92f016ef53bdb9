"""What installed packages need, and whether it is there. Nothing is imported."""

from __future__ import annotations

import re
from typing import NamedTuple

# Name, extras, version specifiers, marker. Source: PEP 508.
_REQUIREMENT = re.compile(
    r"\s*(?P<name>[A-Za-z0-9][\w.-]*)\s*(\[[^]]*\])?\s*\(?(?P<versions>[^;)]*)\)?\s*(?P<marker>;.*)?"
)
_AT_LEAST = re.compile(r"\s*(>=|<)\s*([0-9]+(?:\.[0-9]+)*)\s*")


class Unmet(NamedTuple):
    """A requirement that is not met. *installed* is the version that is there, empty for none."""

    requirement: str
    installed: str

    def __str__(self) -> str:
        there = f"{self.installed} is installed" if self.installed else "it is not installed"
        return f"{self.requirement}: {there}"


def unmet_requirements(distribution: str) -> list[Unmet]:
    """Return what *distribution* needs and does not find.

    Its extras do not count, nor do requirements of certain systems alone; of versions, only
    lower and upper bounds are looked at.
    """
    import importlib_metadata

    try:
        requires = importlib_metadata.requires(distribution) or []
    except (importlib_metadata.PackageNotFoundError, ValueError):
        return []
    found = []
    for text in requires:
        requirement = _REQUIREMENT.fullmatch(text)
        if requirement is None or requirement["marker"]:
            continue
        try:
            installed = str(importlib_metadata.version(requirement["name"]))
        except (importlib_metadata.PackageNotFoundError, ValueError, TypeError):
            installed = ""
        if not installed or not _fits(installed, requirement["versions"]):
            found.append(Unmet(text.strip(), installed))
    return found


def _fits(version: str, bounds: str) -> bool:
    for bound in bounds.split(","):
        written = _AT_LEAST.fullmatch(bound)
        if written is None:
            continue
        is_below = _numbers(version) < _numbers(written[2])
        if is_below is (written[1] == ">="):
            return False
    return True


def _numbers(version: str) -> list[int]:
    """The release of *version*; zeros at its end mean nothing."""
    found = re.match(r"[0-9]+(\.[0-9]+)*", version)
    numbers = [int(part) for part in found[0].split(".")] if found else []
    while numbers and not numbers[-1]:
        numbers.pop()
    return numbers
