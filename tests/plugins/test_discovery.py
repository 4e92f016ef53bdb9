"""Finding plugins among installed distributions, damaged ones included."""

from __future__ import annotations

from pathlib import Path

import pytest

from orpheus_core.errors import PluginLoadFailed
from orpheus_core.plugins import PluginHost
from orpheus_core.plugins.discovery import EntryPoint, entry_points

METADATA = "Metadata-Version: 2.1\nName: {0}\nVersion: 1.5\n"
ANNOUNCES = "[orpheus.plugins]\n{0} = string\n"


def install(site: Path, name: str, **files: str | bytes) -> None:
    """Put the metadata of a distribution into *site*."""
    folder = site / f"{name}-1.5.dist-info"
    folder.mkdir(parents=True)
    for file, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / file.replace("_txt", ".txt")).write_bytes(data)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of distributions that Python looks at first."""
    monkeypatch.syspath_prepend(str(tmp_path))
    install(
        tmp_path, "good", METADATA=METADATA.format("good"), entry_points_txt=ANNOUNCES.format("g")
    )
    return tmp_path


def found() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points()}


def test_a_plugin_comes_with_its_distribution_and_version(site: Path) -> None:
    """Nothing is imported until it is loaded."""
    point = found()["g"]
    assert (point.distribution, point.version) == ("good", "1.5")
    assert getattr(point.load(), "__name__", "") == "string"


def test_metadata_that_is_missing_leaves_name_and_version_empty(site: Path) -> None:
    """As an installation that was cut off leaves it; the plugin itself may work."""
    install(site, "cut", entry_points_txt=ANNOUNCES.format("cut"))
    install(site, "nameless", METADATA="Metadata-Version: 2.1\n", entry_points_txt="x = y\n")
    points = found()
    assert (points["cut"].distribution, points["cut"].version) == ("", "")
    assert "g" in points


def test_damaged_announcements_are_named_and_hide_nobody(site: Path) -> None:
    """One broken package, of whatever kind, must not keep the program from starting."""
    install(
        site,
        "garbled",
        METADATA=METADATA.format("garbled"),
        entry_points_txt="[orpheus.plugins]\nthis is no entry point\n",
    )
    install(site, "binary", METADATA=METADATA.format("binary"), entry_points_txt=b"\xff\xfe\x00[")
    points = found()
    assert "g" in points
    with pytest.raises(PluginLoadFailed, match=r"entry_points\.txt is damaged"):
        points["garbled"].load()
    host = PluginHost()
    host.discover()
    reasons = {record.id: record.reason for record in host.records()}
    assert "damaged" in reasons["garbled"]


def test_a_distribution_that_stands_twice_on_the_path_counts_once(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older copy behind it is not imported either, so there is no conflict."""
    behind = tmp_path / "behind"
    install(
        behind, "good", METADATA=METADATA.format("Good"), entry_points_txt=ANNOUNCES.format("g")
    )
    monkeypatch.syspath_prepend(str(behind))
    assert [point.name for point in entry_points()].count("g") == 1


def test_packages_that_announce_something_else_are_passed_over(site: Path) -> None:
    """And not even read further."""
    install(site, "other", entry_points_txt="[console_scripts]\nother = string:capwords\n")
    assert "other" not in found()
