"""The kinds of plugins that can be made."""

from __future__ import annotations

import enum


class Kind(enum.Enum):
    """What a new plugin brings. One can bring more later: this is what it begins with."""

    SERVICE = "service"
    LOGIN = "login"
    ADVISOR = "advisor"
    STAGE = "stage"
    VAULT = "vault"
    EXTENSION = "extension"
