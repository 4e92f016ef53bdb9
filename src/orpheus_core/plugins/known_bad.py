"""Releases of plugins that are known to do harm: they are kept out until they are upgraded."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from orpheus_core.plugins.discovery import normalised


@attrs.frozen(kw_only=True)
class KnownBad:
    """Releases that must not be loaded.

    *distribution* is what pip calls it, *versions* are those that are bad, as the metadata
    write them. *reason* says in a sentence what they do; *fixed_in* is the first good one
    after them, None while there is none.
    """

    distribution: str
    versions: frozenset[str]
    reason: str
    fixed_in: str | None = None


KNOWN_BAD: tuple[KnownBad, ...] = ()
"""It grows with releases of the core; no release of a plugin is known to be bad today."""


def known_bad(
    distribution: str, version: str, table: Iterable[KnownBad] = KNOWN_BAD
) -> KnownBad | None:
    """Return why this release is kept out, or None when nothing is known against it."""
    name = normalised(distribution)
    return next(
        (bad for bad in table if normalised(bad.distribution) == name and version in bad.versions),
        None,
    )
