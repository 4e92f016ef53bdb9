"""The picture of a release is asked for once, whether it comes or not."""

from __future__ import annotations

from pathlib import Path

import pytest

import orpheus_core as oc
from orpheus_core.testing import SimClock
from orpheus_core.testing.sandbox import Fault, SandboxServer
from orpheus_core.testing.sandbox import plugin as sandbox_plugin


@pytest.mark.parametrize(
    ("fault", "asked"),
    [("404:/covers/salt.png:1", 1), ("503:/covers/salt.png:always", 3), ("", 1)],
    ids=["missing", "down", "there"],
)
def test_a_picture_is_asked_for_once_for_all_tracks(tmp_path: Path, fault: str, asked: int) -> None:
    """With the attempts that one request has, and again in the next run."""
    with (
        SandboxServer([Fault.parse(fault)] if fault else []) as server,
        oc.Orpheus(
            tmp_path / "home",
            clock=SimClock(),
            discover=False,
            plugins={"sandbox": sandbox_plugin},
        ) as app,
    ):
        app.credentials.set("sandbox", "url", server.url)
        manifest = app.download("sandbox:album:salt", to=tmp_path / "one").artifacts[0].manifest
        paths = [request.path for request in server.requests]
        assert paths.count("/covers/salt.png") == asked
        without = [track for track in manifest.tracks if track.notes]
        assert len(without) == (len(manifest.tracks) if fault else 0)
        app.download("sandbox:album:salt", to=tmp_path / "two")
        paths = [request.path for request in server.requests[len(paths) :]]
        assert "/covers/salt.png" in paths
