"""What changes about an installed plugin is seen at the next command, whatever is remembered.

Each command is a process of its own over one home, so that the index of the one before is
there. An index that is damaged, or that somebody else has put there, counts for nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
from tests.plugins.wheelhouse import Package, Place, environment, install, pip

from orpheus_core.plugins.index_file import read_index, sealed

_A_WHILE_AGO_S = 1_700_000_000
_NOBODY = 65_534

MANIFEST = """
id = "changing"
api = "1.0"
summary = "{summary}"

[[hooks]]
name = "orpheus_tags"
"""

CODE = 'raise RuntimeError("{reason}")'

# Calls the plugin's hook, as a download does.
CALL = """
import orpheus_core as oc
with oc.Orpheus() as app:
    app.plugins.fold("orpheus_tags", "tags", oc.TrackTags(), item=None)
"""


def package(version: str = "1.2.3", summary: str = "as it was") -> Package:
    return Package(
        plugin="changing",
        version=version,
        manifest=MANIFEST.format(summary=summary),
        code=CODE.format(reason="as it was"),
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site folder of the plugin."""
    return install([package()], tmp_path_factory.mktemp("wheelhouse"))[0]


@pytest.fixture
def place(installed: Path, tmp_path: Path) -> Place:
    """A place with a copy of it, where it has been listed once."""
    site = shutil.copytree(installed, tmp_path / "site")
    for path in (site, *site.rglob("*")):  # what is this new is not remembered yet
        os.utime(path, (1e9, 1e9))
    place = Place(home=tmp_path / "home", sites=(site,))
    assert listed(place)["summary"] == "as it was"
    return place


def listed(place: Place) -> dict[str, Any]:
    """What ``plugin list`` says of the plugin; nothing where it names none."""
    ended = place.orpheus("--json", "plugin", "list")
    assert ended.status == 0, ended
    plugins = ended.document["data"]["plugins"]
    return next((each for each in plugins if each["id"] == "changing"), {})


def folder(place: Place) -> Path:
    """The plugin's package."""
    return place.sites[0] / package().module


def index_file(place: Place) -> Path:
    """The one file of the index."""
    (file,) = (place.home / "cache").glob("**/index-*.json")
    return file


# --- changes ----------------------------------------------------------------------------


def test_an_edited_manifest_is_seen(place: Place) -> None:
    """The file is what counts, not what was remembered of it."""
    manifest = folder(place) / "orpheus.toml"
    manifest.write_text(MANIFEST.format(summary="as it is"), encoding="utf-8")
    assert listed(place)["summary"] == "as it is"
    manifest.write_text("id = ", encoding="utf-8")
    assert listed(place)["state"] == "invalid-manifest"


def test_a_manifest_that_is_taken_away_and_put_back_is_seen(place: Place) -> None:
    """A file that appears changes a folder, which nobody may forget to look at."""
    manifest = folder(place) / "orpheus.toml"
    kept = manifest.rename(manifest.with_suffix(".kept"))
    assert listed(place)["summary"] == ""
    kept.rename(manifest)
    assert listed(place)["summary"] == "as it was"


def test_edited_code_is_seen(place: Place) -> None:
    """What went wrong with the code before it was edited is forgotten; what is new is told."""
    place.run("-c", CALL)
    assert "as it was" in listed(place)["reason"]
    code = folder(place) / "__init__.py"
    code.write_text(CODE.format(reason="it is another now"), encoding="utf-8")
    assert listed(place)["reason"] == ""
    place.run("-c", CALL)
    assert "it is another now" in listed(place)["reason"]


def test_an_edited_entry_point_is_seen(place: Place) -> None:
    """An installer that writes into the folder in place changes nothing else."""
    points = next(place.sites[0].glob("*.dist-info")) / "entry_points.txt"
    points.write_text(points.read_text("utf-8").replace("changing =", "changed ="), "utf-8")
    assert not listed(place)


def test_what_pip_does_is_seen(tmp_path: Path) -> None:
    """Installing, upgrading, removing, and reinstalling another build of the same version."""
    python = environment(tmp_path / "environment")
    place = Place(home=tmp_path / "home", python=python)
    install_one = ("install", "--no-index", "--no-deps")

    def put(new: Package, *options: str) -> None:
        pip(*install_one, *options, new.wheel(tmp_path / "wheels"), python=python)

    assert not listed(place)
    put(package())
    assert listed(place)["version"] == "1.2.3"
    put(package("1.3.0"), "--upgrade")
    assert listed(place)["version"] == "1.3.0"
    put(package("1.3.0", summary="another build"), "--force-reinstall")
    assert listed(place)["summary"] == "another build"
    pip("uninstall", "--yes", package().distribution, python=python)
    assert not listed(place)
    put(package("1.3.0"))
    assert listed(place)["summary"] == "as it was"


def test_another_folder_on_the_path_is_seen(place: Place, tmp_path: Path) -> None:
    """Two environments that share a home do not see each other's plugins."""
    assert not listed(attrs.evolve(place, sites=()))
    assert listed(place)
    first = tmp_path / "first"
    shutil.copytree(place.sites[0], first)
    manifest = first / package().module / "orpheus.toml"
    manifest.write_text(MANIFEST.format(summary="the first on the path"), encoding="utf-8")
    place = attrs.evolve(place, sites=(first, *place.sites))
    assert listed(place)["summary"] == "the first on the path"


# --- indexes that count for nothing -----------------------------------------------------


def forge(file: Path) -> bytes:
    """Have the index say something else; return what it says then."""
    index = json.dumps(read_index(file))
    assert "as it was" in index
    forged = sealed(json.loads(index.replace("as it was", "forged")))
    file.write_bytes(forged)
    return forged


def test_the_index_is_what_is_read(place: Place) -> None:
    """Otherwise the tests below would prove nothing."""
    forge(index_file(place))
    assert listed(place)["summary"] == "forged"
    place = attrs.evolve(place, environ={"ORPHEUS_NO_INDEX": "1"})
    assert listed(place)["summary"] == "as it was"


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content.replace(b"as it was", b"as it is!"),
        lambda content: sealed({"environment": None, "stamps": 1, "plugins": "none"}),
    ],
    ids=["cut", "another-text", "no-index"],
)
def test_a_corrupt_index_is_no_index(place: Place, damage: Callable[[bytes], bytes]) -> None:
    """It is written anew."""
    file = index_file(place)
    before = file.read_bytes()
    file.write_bytes(damage(before))
    assert listed(place)["summary"] == "as it was"
    assert file.read_bytes() == before


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can give a file away"
)
def test_the_index_of_somebody_else_is_ignored(place: Place) -> None:
    """Who can write it decides what is loaded."""
    file = index_file(place)
    forge(file)
    os.chown(file, _NOBODY, _NOBODY)
    assert listed(place)["summary"] == "as it was"


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need a privilege there")
def test_an_index_behind_a_symbolic_link_is_ignored(place: Place, tmp_path: Path) -> None:
    """And what it points to is left as it is."""
    file = index_file(place)
    forged = forge(file)
    elsewhere = file.rename(tmp_path / "elsewhere")
    file.symlink_to(elsewhere)
    assert listed(place)["summary"] == "as it was"
    assert elsewhere.read_bytes() == forged


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are others there")
def test_an_index_that_others_may_write_is_ignored(place: Place) -> None:
    """It is as good as theirs. What is written is for its owner alone."""
    file = index_file(place)
    assert file.stat().st_mode & 0o777 == 0o600
    forge(file)
    file.chmod(0o666)
    assert listed(place)["summary"] == "as it was"


def test_a_cache_that_cannot_be_written_stops_nothing(place: Place) -> None:
    """It is a cache: every command looks anew."""
    shutil.rmtree(place.home / "cache")
    (place.home / "cache").write_text("a file where the folder should be", encoding="utf-8")
    assert listed(place)["summary"] == "as it was"
