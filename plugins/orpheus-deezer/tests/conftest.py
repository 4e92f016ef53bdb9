"""What the tests share: the recorded answers of the live service, where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orpheus_core.testing import CannedClient, HarReplay

_REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture
def recordings() -> HarReplay:
    """Every recorded answer; an index of 0 and a limit of 25 are the service's defaults."""
    folder = os.environ.get("ORPHEUS_RECORDED") or _REPOSITORY.parent / "shared" / "recorded"
    files = sorted(Path(folder, "deezer").glob("*.har"))
    if not files:
        pytest.skip("the recorded answers are not at hand: name their folder in ORPHEUS_RECORDED")
    return HarReplay(*files, same_as_absent={"index": "0", "limit": "25"})


@pytest.fixture
def recorded(recordings: HarReplay) -> CannedClient:
    """A client that the recorded answers come from."""
    return CannedClient("deezer", replay=recordings)
