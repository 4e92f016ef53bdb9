"""``orpheus demo``: everything at once, over real sockets, on any machine."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Ended, Install, Orpheus, Process


@pytest.fixture(autouse=True)
def _temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's place for temporary files is this test's."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr("tempfile.tempdir", str(place))


def folder_in(ended: Ended) -> Path:
    """The folder that the demo names."""
    (line,) = [line for line in ended.out.splitlines() if line.startswith("folder:   ")]
    return Path(line.removeprefix("folder:   "))


def test_the_demo_shows_what_was_decided_and_where_the_album_is(
    process: Process, home: Path, tmp_path: Path
) -> None:
    """Two faults, two decisions, twelve tracks; only the album stays behind."""
    ended = process("demo")

    assert ended.status == 0
    story, _, result = ended.out.partition("Done: ")
    assert story.startswith("What the brain saw, and what it decided:\n  1  saw      svc.down: ")
    assert "     decided  retry after 1 s: the service said when to ask again (core-retry)" in story
    assert "  2  saw      net.truncated: 07 " in story
    assert "     then     went on behind byte 10154 of 20308" in story
    assert result.startswith("12 of 12 tracks, 554 kB in ")
    folder = folder_in(ended)
    assert f"check it: orpheus verify '{folder}'" in ended.out
    assert len(list(folder.glob("*.flac"))) == 12
    assert process("verify", folder).status == 0
    (kept,) = (tmp_path / "temporary").iterdir()
    assert folder.is_relative_to(kept)
    assert not home.exists()


def test_the_demo_as_json_is_one_document_with_the_manifest(orpheus: Orpheus) -> None:
    """And nothing is left running in the process."""
    before = threading.active_count()

    ended = orpheus("--json", "demo")

    assert (ended.status, ended.err) == (0, "")
    document = ended.document
    assert (document["schema"], document["ok"]) == ("orpheus.demo/1", True)
    data = document["data"]
    assert len(data["manifest"]["tracks"]) == 12
    manifest = Path(data["folder"], "manifest.json")
    assert json.loads(manifest.read_bytes()) == data["manifest"]
    assert [fault["code"] for fault in data["faults"]] == ["svc.down", "net.truncated"]
    assert [fault["decision"]["verdict"] for fault in data["faults"]] == ["retry", "retry"]
    assert data["verification"] == {"ok": True, "files": 13, "findings": []}
    assert {advice["code"] for advice in document["advice"]} == {"svc.down", "net.truncated"}
    assert threading.active_count() == before


def test_a_second_run_into_the_same_folder_finds_everything_there(
    orpheus: Orpheus, tmp_path: Path
) -> None:
    """``--to`` may be given twice."""
    music = tmp_path / "music"
    assert orpheus("demo", "--to", music).status == 0

    again = orpheus("demo", "--to", music)

    assert again.status == 0
    assert "nothing failed: what is there already was not fetched again" in again.out
    assert again.out.count("Done: 12 of 12 tracks") == 1


@pytest.mark.parametrize(
    "source",
    [
        "raise ImportError('no such thing')",
        "import orpheus_core as oc\n@oc.hookimpl\ndef orpheus_event(event):\n    1 / 0\n",
    ],
)
def test_a_broken_plugin_leaves_the_demo_working_and_is_named(
    orpheus: Orpheus, plugin: Install, source: str
) -> None:
    """Its import raises, or one of its hooks does, at every event."""
    plugin("boom", source)
    ended = orpheus("demo")
    assert ended.status == 0
    assert "Done: 12 of 12 tracks" in ended.out
    assert "orpheus-boom 1.2.3" in ended.err
    assert ended.err.count("warning[plugin.") == 1


def test_a_demo_that_fails_leaves_nothing_behind(orpheus: Orpheus, tmp_path: Path) -> None:
    """Neither a folder of its own, nor its home."""
    orpheus.setenv("ORPHEUS_PLUGINS_DISABLED", "core-package")
    assert orpheus("demo").status == 10
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value"), [("ORPHEUS_PLUGINS_MODE", "safe"), ("ORPHEUS_PLUGINS_DISABLED", "sandbox")]
)
def test_the_demo_needs_no_plugin_that_could_be_off(
    orpheus: Orpheus, name: str, value: str
) -> None:
    """In safe mode as well: it shows that the core itself is in order."""
    orpheus.setenv(name, value)
    assert orpheus("demo").status == 0


def test_a_folder_that_cannot_be_written_is_an_error_of_its_own(
    orpheus: Orpheus, tmp_path: Path
) -> None:
    """And nothing is left in the place for temporary files."""
    (tmp_path / "file").write_bytes(b"")
    ended = orpheus("demo", "--to", tmp_path / "file" / "music")
    assert (ended.status, ended.out) == (9, "")
    assert list((tmp_path / "temporary").iterdir()) == []
