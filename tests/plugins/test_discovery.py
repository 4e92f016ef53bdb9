"""Finding plugins among installed distributions, damaged ones included."""

from __future__ import annotations

import os
import string
from collections.abc import Sequence
from pathlib import Path

import pytest

from orpheus_core.errors import PluginLoadFailed
from orpheus_core.plugins import PluginHost
from orpheus_core.plugins.discovery import EntryPoint, distributions, loaded

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


def entry_points(path: Sequence[str] | None = None) -> list[EntryPoint]:
    return [point for each in distributions(path) for point in each.points()]


def found() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points()}


def test_a_plugin_comes_with_its_distribution_and_version(site: Path) -> None:
    """Nothing is imported until it is loaded."""
    point = found()["g"]
    assert (point.distribution, point.version, point.value) == ("good", "1.5", "string")
    assert getattr(loaded(point.value), "__name__", "") == "string"


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
    assert "entry_points.txt is damaged" in points["garbled"].problem
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


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        ("Project-URL: Bug Tracker, https://a.example/bugs\nHome-page: https://a.example", "/bugs"),
        (
            "Project-URL: Homepage, https://a.example/home\nProject-URL: Issues, https://a.example/i",
            "/i",
        ),
        ("Home-page: https://a.example/old", "/old"),
        ("Project-URL: Source, https://a.example/code", "/code"),
        ("Project-URL: Funding, https://a.example/pay", None),
        ("Project-URL: Issues, http://a.example/bugs", None),
        ("Project-URL: Issues, https://a.example/bu gs", None),
        ("Project-URL: Issues, https://a.example/\x1b[2J", None),
        ("Project-URL: Issues", None),
    ],
)
def test_the_address_for_reports_is_the_nearest_to_a_tracker(
    site: Path, lines: str, address: str | None
) -> None:
    """Only https: it is shown to people, who will follow it."""
    metadata = METADATA.format("told") + lines + "\n"
    install(site, "told", METADATA=metadata, entry_points_txt=ANNOUNCES.format("told"))
    assert found()["told"].report_to == (f"https://a.example{address}" if address else "")


@pytest.mark.parametrize("name", ["\x1b[2Jevil", "a" * 300, "../evil", "-evil", "two words"])
def test_a_name_that_no_distribution_has_is_no_name(site: Path, name: str) -> None:
    """It would be shown to people, and put into commands."""
    install(site, "evil", METADATA=METADATA.format(name), entry_points_txt=ANNOUNCES.format("evil"))
    assert found()["evil"].distribution == ""


def test_a_folder_can_be_searched_alone(site: Path, tmp_path: Path) -> None:
    """Instead of everything that Python knows."""
    elsewhere = tmp_path / "elsewhere"
    install(
        elsewhere, "far", METADATA=METADATA.format("far"), entry_points_txt=ANNOUNCES.format("far")
    )
    assert [point.name for point in entry_points([str(elsewhere)])] == ["far"]


def test_what_is_installed_while_it_runs_is_found(site: Path) -> None:
    """However slowly the clock of the file system ticks."""
    before = site.stat()
    assert "new" not in found()
    install(site, "new", METADATA=METADATA.format("new"), entry_points_txt=ANNOUNCES.format("new"))
    os.utime(site, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "new" in found()


@pytest.mark.parametrize(
    ("value", "loaded_object"),
    [
        ("string", string),
        ("string : capwords", string.capwords),
        ("os.path:join [extra]", os.path.join),
    ],
)
def test_a_value_names_a_module_or_an_object_in_it(value: str, loaded_object: object) -> None:
    """As the specification of entry points has it."""
    assert loaded(value) is loaded_object


@pytest.mark.parametrize("value", ["", "a-b", "a:b:c", "a b", ":x", "../x"])
def test_a_value_that_names_nothing_is_refused(value: str) -> None:
    """And is not tried in another way."""
    with pytest.raises(PluginLoadFailed, match="not written as package"):
        loaded(value)


@pytest.mark.parametrize(
    ("value", "error"),
    [("string:nothing", AttributeError), ("string.nothing", ImportError), (".string", TypeError)],
)
def test_a_value_that_leads_nowhere_says_so(value: str, error: type[Exception]) -> None:
    """With the error that an import has."""
    with pytest.raises(error):
        loaded(value)
