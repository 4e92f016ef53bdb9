"""A folder for the log, and each form that it may have."""

from __future__ import annotations

from pathlib import Path

import pytest

from orpheus_core.brain.log import LogSource


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the log is to be; not there yet."""
    return tmp_path / "state" / "events"


@pytest.fixture(params=LogSource, ids=lambda source: source.value)
def source(request: pytest.FixtureRequest) -> LogSource:
    """Each form of the log."""
    found: LogSource = request.param
    return found
