"""How far a plugin can come, and what of it is looked at."""

from __future__ import annotations

import enum


class Level(enum.IntEnum):
    """How far a plugin has come; each level includes those below.

    BRONZE: it installs, and harms nothing by being there. SILVER: it does what it claims.
    GOLD: it does so when all around it fails, keeps secrets, and takes no side door.
    """

    BRONZE = 1
    SILVER = 2
    GOLD = 3

    @property
    def word(self) -> str:
        """As it is written: ``gold``."""
        return self.name.lower()


class RuleKind(enum.Enum):
    """What of a plugin a rule is about."""

    PLUGIN = "plugin"
    SERVICE = "service"
    LOGIN = "login"
    ADVISOR = "advisor"
    STAGE = "stage"
    SECRETS = "secrets"
