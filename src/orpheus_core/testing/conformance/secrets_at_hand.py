"""The credentials of a sample, as a secret backend that is asked before all others."""

from __future__ import annotations


class SecretsAtHand:
    """Holds credentials by service and field, and notes which were asked for.

    Attributes:
        asked: every service and field that somebody wanted to know.
        stored: what somebody stored meanwhile.
    """

    name = "conformance"
    priority = 1_000_000

    def __init__(self) -> None:
        self.asked: set[tuple[str, str]] = set()
        self.stored: dict[tuple[str, str], str] = {}
        self._values: dict[tuple[str, str], str] = {}

    def give(self, service: str, field: str, value: str) -> None:
        """Hold *value* from now on."""
        self._values[service, field] = value

    def get(self, service: str, field: str) -> str | None:
        """Return the value that was given, or stored."""
        self.asked.add((service, field))
        return self._values.get((service, field))

    def set(self, service: str, field: str, value: str | None) -> bool:
        """Store *value*, or forget it when None."""
        if value is None:
            self._values.pop((service, field), None)
        else:
            self._values[service, field] = self.stored[service, field] = value
        return True
