"""What a reader of progress is."""

from __future__ import annotations

from typing import Protocol

from orpheus_core.cli.progress.board import News


class Reader(Protocol):
    """Shows news. Called from the main thread only, ten times a second at most."""

    def tell(self, news: News) -> None:
        """Take in a piece of news, in the order in which things happened."""

    def tick(self, now_s: float) -> None:
        """Show what is to be shown now."""

    def close(self) -> None:
        """Leave the terminal as it was found."""


class Silence:
    """Shows nothing."""

    def tell(self, news: News) -> None:
        """Say nothing."""

    def tick(self, now_s: float) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Leave things as they are."""
