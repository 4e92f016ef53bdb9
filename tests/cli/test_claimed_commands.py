"""The short way to the index says what the long way says; where it cannot, it says nothing."""

from __future__ import annotations

import datetime
import json
import os
import zlib
from typing import TYPE_CHECKING

import pytest

from orpheus_core.cli import claimed_commands
from orpheus_core.cli.claimed_commands import Claims, claimed_row, claims
from orpheus_core.config import Home
from orpheus_core.plugins import index_file
from orpheus_core.plugins.index import PluginIndex
from orpheus_core.testing import SimClock

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Install

COMMAND = """
[[hooks]]
name = "orpheus_commands"
[[commands]]
words = ["scrub", "hard"]
help = "Scrub it."
section = "Cleaning"
"""
LATER = datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)


@pytest.fixture
def index(home: Path, plugin: Install) -> Path:
    """The file of an index that knows three plugins."""
    plugin("scrubber", "", COMMAND)
    plugin("bare", "")
    plugin("lost", "", "").with_name("orpheus.toml").write_text("id = ", "utf-8")
    PluginIndex(home / "cache" / "plugins", clock=SimClock(LATER)).plugins()
    (file,) = (home / "cache" / "plugins").iterdir()
    return file


@pytest.fixture
def no_long_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The index itself is not asked."""
    monkeypatch.setattr(claimed_commands, "_of_index", lambda _: Claims((), ("asked",)))


def was_light() -> bool:
    """Whether the file alone was enough."""
    return claims(os.environ).silent != ("asked",)


def test_the_short_way_says_what_the_long_way_says(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form of the file is known in two places; this test holds them together."""
    short = claims(os.environ)
    monkeypatch.setenv("ORPHEUS_NO_INDEX", "1")
    assert short == claims(os.environ)
    assert claimed_row("scrubber", ["scrub", "hard"], "Scrub it.", "Cleaning") in short.rows
    assert "bare" in short.silent
    assert "lost" not in short.silent
    assert claimed_commands._LARGEST_BYTES == index_file.LARGEST_BYTES


@pytest.mark.usefixtures("no_long_way")
def test_a_good_file_is_enough(index: Path) -> None:
    """Otherwise the short way would be of no use."""
    assert was_light()


@pytest.mark.usefixtures("no_long_way")
@pytest.mark.parametrize(
    "damage", ["gone", "cut", "other bytes", "another checksum", "writable", "link", "folder"]
)
def test_a_file_that_cannot_be_trusted_is_none(index: Path, damage: str) -> None:
    """Whoever can write it could put words onto the screen."""
    content = index.read_bytes()
    index.unlink()
    if damage == "cut":
        index.write_bytes(content[: len(content) // 2])
    elif damage == "other bytes":
        index.write_bytes(content.replace(b"scrub", b"scrap"))
    elif damage == "another checksum":
        index.write_bytes(content.replace(b'"checksum": "', b'"checksum": "0'))
    elif damage == "writable":
        index.write_bytes(content)
        index.chmod(0o666)
    elif damage == "link":
        index.with_name("elsewhere").write_bytes(content)
        index.symlink_to(index.with_name("elsewhere"))
    elif damage == "folder":
        index.mkdir()
    assert not was_light()


@pytest.mark.usefixtures("no_long_way")
@pytest.mark.parametrize(
    "index_content",
    [
        {},
        {"environment": 3},
        {"plugins": []},
        {"stamps": {"/": [1]}, "plugins": []},
        {"stamps": {}, "plugins": [[1]]},
        {"stamps": {}, "plugins": [["x", "", "", "", [1, 2], ""]]},
    ],
)
def test_another_form_is_not_understood(index: Path, index_content: dict[str, object]) -> None:
    """A whole file of another release, say: then the long way is taken."""
    was = json.loads(index.read_bytes())["index"]
    changed = was | index_content if index_content else {}
    body = f'"index": {json.dumps(changed)}}}\n'.encode()
    if index_content.get("environment") is None and index_content:
        changed["environment"] = was["environment"]
    index.write_bytes(b'{"checksum": "%08x",\n' % zlib.crc32(body) + body)
    if index_content == {"plugins": []}:
        assert was_light()
    else:
        assert not was_light()


@pytest.mark.usefixtures("no_long_way")
def test_a_change_is_seen(index: Path, plugin: Install) -> None:
    """A plugin that came, a manifest that was edited."""
    (manifest,) = [
        file for file in plugin.site.glob("*/orpheus.toml") if "scrubber" in file.parent.name
    ]
    manifest.write_text(manifest.read_text("utf-8") + "# edited\n", "utf-8")
    assert not was_light()


@pytest.mark.parametrize(
    ("environ", "file"),
    [
        ({"ORPHEUS_PLUGINS_DISABLED": "scrubber"}, ""),
        ({"ORPHEUS_PLUGINS": "bare"}, ""),
        ({"ORPHEUS_PLUGINS_MODE": "safe"}, ""),
        ({}, '[plugins]\ndisabled = ["scrubber"]\n'),
        ({}, '[plugins]\nmode = "safe"\n'),
    ],
)
def test_what_is_switched_off_claims_nothing(
    index: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    environ: dict[str, str],
    file: str,
) -> None:
    """By the file, or by a variable, which wins."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text(file, "utf-8")
    assert "scrubber" not in {row.plugin for row in claims(os.environ).rows}
    if file and "safe" not in file:
        monkeypatch.setenv("ORPHEUS_PLUGINS_DISABLED", "")
        assert "scrubber" in {row.plugin for row in claims(os.environ).rows}


def test_what_a_manifest_says_cannot_steer_the_screen() -> None:
    """However it came into the index."""
    row = claimed_row("x", ["a\x1b[2J"], "b\u202e\n", "c\x07 is a long section")
    assert row == (("a\\x1b[2J",), "", "b\\x0a", "c\\x07 is a ", "x")


@pytest.mark.parametrize("home_variable", [True, False])
def test_the_folders_are_those_of_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home_variable: bool
) -> None:
    """They are known twice, because the home costs an import."""
    if home_variable:
        monkeypatch.setenv("ORPHEUS_HOME", str(tmp_path))
    else:
        monkeypatch.delenv("ORPHEUS_HOME")
    home = Home.find(os.environ)
    folders = claimed_commands._folders(os.environ)
    assert folders.settings_file == home.settings_file
    assert folders.index_folder == home.cache / "plugins"
