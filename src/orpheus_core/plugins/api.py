"""The version of the hook API, apart from the package's own."""

from __future__ import annotations

import re

ApiVersion = tuple[int, int]

API: ApiVersion = (1, 0)
"""The hook API of this release: (major, minor).

A minor step adds hooks, or arguments with a default; a major step changes or takes away.
"""

_FORM = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})")


def parse_api(text: str) -> ApiVersion:
    """Return the version that *text* writes as ``1.0``.

    Raises:
        ValueError: it is written in another way.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"a version of the hook API is written as 1.0, not {text!r}")
    return int(found[1]), int(found[2])


def api_text(version: ApiVersion) -> str:
    """Return *version* as it is written: ``1.0``."""
    return f"{version[0]}.{version[1]}"


def fits(written_for: tuple[ApiVersion, ...], api: ApiVersion = API) -> bool:
    """Whether a plugin that was *written_for* these versions works with *api*.

    It does when one of them has the same major number and no higher minor one.
    """
    return any(major == api[0] and minor <= api[1] for major, minor in written_for)
