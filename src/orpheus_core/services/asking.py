"""How a service is asked: what is done around each call of its module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Asking(Protocol):
    """Asks a service something, and knows what to do when it refuses the login."""

    def __call__(self, service: str, ask: Callable[[], T], /) -> T:
        """Return what *ask* returns."""


def asked_once(_service: str, ask: Callable[[], T]) -> T:
    """Return what *ask* returns, and leave a refusal as it is."""
    return ask()
