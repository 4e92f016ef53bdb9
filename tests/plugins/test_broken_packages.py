"""One bad plugin harms only itself: the ways to be broken, each as an installed package.

Beside each is a good plugin, which has to have worked; the command has to end as it should,
with one JSON document on standard output; and what is said of the broken plugin has to name
its state, the reason, and what a person can do.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import mutagen
import pytest
from tests.plugins.broken_case import GOOD, GOOD_COMMENT, LIMIT_S, Broken, Done
from tests.plugins.broken_packages import CASES
from tests.plugins.wheelhouse import Package, Place, install

from orpheus_core import ExitStatus, PluginState
from orpheus_core.testing.sandbox import SandboxServer

_WORKING = {PluginState.ACTIVE, PluginState.REGISTERED}
"""The states in which a plugin's own record has nothing against it."""

# Runs the command line, and writes down what the application knew of its plugins at its end.
_WATCHED = """
import json, os, pathlib, sys
from orpheus_core import app, cli

class Watched(app.Orpheus):
    def close(self):
        records = {
            f"{each.id}@{each.distribution}": [each.state.value, each.reason, each.hint]
            for each in self.plugins.records()
        }
        pathlib.Path(os.environ["RECORDS"]).write_text(json.dumps(records), "utf-8")
        super().close()

app.Orpheus = Watched
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The site folder of each distribution."""
    packages = [GOOD, *(package for case in CASES for package in case.packages)]
    folders = install(packages, tmp_path_factory.mktemp("wheelhouse"))
    return {package.distribution: site for package, site in zip(packages, folders, strict=True)}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    """A music service on this machine."""
    with SandboxServer() as server:
        yield server


@pytest.fixture
def place(sites: dict[str, Path], sandbox: SandboxServer, tmp_path: Path) -> Place:
    """A home with the good plugin only."""
    return Place(
        home=tmp_path / "home",
        sites=(sites[GOOD.distribution],),
        environ={"ORPHEUS_SANDBOX_URL": sandbox.url, "RECORDS": str(tmp_path / "records.json")},
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_broken_plugin_harms_only_itself(
    case: Broken, place: Place, sites: dict[str, Path], tmp_path: Path
) -> None:
    """It is named with its state, the reason and a hint; everything else goes on."""
    place = with_packages(place, sites, case)
    music = tmp_path / "music"
    ended = place.run("-c", _WATCHED, "--json", *words(case, music))
    assert ended.status == case.status, ended
    said = " ".join(texts(ended.document))
    assert "Traceback" not in ended.err
    known = records(tmp_path)
    for package in case.packages:
        state, reason, hint = known[name_of(package)]
        assert state == case.state.value, (reason, hint)
        due, repair = filled(case.reason, package), filled(case.hint, package)
        if case.state not in _WORKING:
            assert due in reason
            assert repair in hint
        assert due in said
        assert repair in said
        assert package.plugin in said or not due
    if case.works:
        assert known[name_of(GOOD)][0] == PluginState.ACTIVE.value
        assert comments(music) == {GOOD_COMMENT}


def test_all_of_them_together_harm_only_themselves(
    place: Place, sites: dict[str, Path], tmp_path: Path
) -> None:
    """Those that stop a job on purpose left aside, and the one that would never end."""
    together = [case for case in CASES if case.status is ExitStatus.OK or case.done is Done.LINK]
    place = with_packages(place, sites, *together)
    ended = place.run("-c", _WATCHED, "--json", "demo", "--to", tmp_path / "music")
    assert ended.status == ExitStatus.OK, ended
    assert ended.document["ok"]
    assert comments(tmp_path / "music") == {GOOD_COMMENT}
    known = records(tmp_path)
    for case in together:
        for package in case.packages if case.done is not Done.LINK else ():
            assert known[name_of(package)][0] == case.state.value, package.plugin


def test_safe_mode_leaves_every_one_of_them_out(
    place: Place, sites: dict[str, Path], tmp_path: Path
) -> None:
    """Those that stop a job as well: it is the way back from anything."""
    place = with_packages(place, sites, *CASES)
    ended = place.orpheus("--json", "demo", "--to", tmp_path, ORPHEUS_PLUGINS_MODE="safe")
    assert ended.status == ExitStatus.OK, ended
    assert comments(tmp_path) == {""}


@pytest.mark.parametrize("name", ["needs-stage", "circle", "two-of-one-id"])
def test_the_command_in_the_hint_mends_it(
    name: str, place: Place, sites: dict[str, Path], tmp_path: Path
) -> None:
    """It can be copied from there as it is."""
    case = case_of(name)
    place = with_packages(place, sites, case)
    place.run("-c", _WATCHED, *words(case, tmp_path))
    _, _, hint = records(tmp_path)[name_of(case.packages[0])]
    (wanted,) = re.findall(r"orpheus (plugin disable \S+)", hint)
    assert place.orpheus(*wanted.split()).status == ExitStatus.OK
    ended = place.run("-c", _WATCHED, "--json", *words(case, tmp_path / "music"))
    assert ended.status == ExitStatus.OK, ended
    assert not [each for each in ended.document["advice"] if each["severity"] == "warning"]
    assert comments(tmp_path / "music") == {GOOD_COMMENT}


def test_the_list_remembers_what_failed_in_an_earlier_command(
    place: Place, sites: dict[str, Path], tmp_path: Path
) -> None:
    """It imports nothing to find out, and says that it is of another time."""
    failing = [case_of(name) for name in ("import-error", "exits", "deaf")]
    place = with_packages(place, sites, *failing)
    before = listed(place)
    place.orpheus(*words(failing[0], tmp_path / "music"))
    now = listed(place)
    for case in failing:
        for package in case.packages:
            assert not before[package.plugin]["reason"]
            assert now[package.plugin]["state"] in ("indexed", "registered")
            assert now[package.plugin]["reason"].startswith("last time: ")
            assert case.reason in now[package.plugin]["reason"]
            assert filled(case.hint, package) in now[package.plugin]["hint"]
    assert not now[GOOD.plugin]["reason"]


@pytest.mark.skipif(sys.platform == "win32", reason="a process is looked for in another way")
def test_an_import_that_hangs_is_ended(
    place: Place, sites: dict[str, Path], tmp_path: Path
) -> None:
    """Its process is gone when the doctor is."""
    place = with_packages(place, sites, case_of("hangs"))
    ended = place.orpheus("doctor", "plugins", "--deep", "--limit", "1", PID=str(tmp_path / "pid"))
    assert ended.status == ExitStatus.FINDINGS, ended
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def with_packages(place: Place, sites: dict[str, Path], *cases: Broken) -> Place:
    """The place, with the broken plugins beside what is there; whatever else is, stays out."""
    packages = [package for case in cases for package in case.packages]
    folders = [sites[package.distribution] for package in packages]
    only = ["sandbox", GOOD.plugin, *(package.plugin for package in packages)]
    environ = {**place.environ, "ORPHEUS_PLUGINS": ",".join(only)}
    return attrs.evolve(place, sites=(*place.sites, *folders), environ=environ)


def case_of(name: str) -> Broken:
    return next(case for case in CASES if case.id == name)


def name_of(package: Package) -> str:
    return f"{package.plugin}@{package.distribution}"


def filled(text: str, package: Package) -> str:
    """What is said of *package* where *text* is said of any."""
    return text.replace("{id}", package.plugin).replace("{package}", package.distribution)


def records(folder: Path) -> dict[str, list[str]]:
    """State, reason and hint of each plugin, by ID@DISTRIBUTION, at the end of the command."""
    found: dict[str, list[str]] = json.loads((folder / "records.json").read_text("utf-8"))
    return found


def listed(place: Place) -> dict[str, dict[str, Any]]:
    """What ``plugin list`` says, by id."""
    ended = place.orpheus("--json", "plugin", "list")
    assert ended.status == ExitStatus.OK, ended
    return {each["id"]: each for each in ended.document["data"]["plugins"]}


def words(case: Broken, music: Path) -> tuple[str, ...]:
    """The command line that does what is done in *case*."""
    return {
        Done.TRACK: ("download", "sandbox:track:lanterns-03", "--to", str(music)),
        Done.ALBUM: ("download", "sandbox:album:lanterns", "--to", str(music)),
        Done.LINK: ("download", f"https://www.{case.id}.example/album/1", "--to", str(music)),
        Done.DEEP: ("doctor", "plugins", "--deep", "--limit", str(LIMIT_S)),
    }[case.done]


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts(part)


def comments(music: Path) -> set[str]:
    """The comments in the tags of the files below *music*; empty for a file that has none."""
    files = [mutagen.File(file) for file in music.rglob("*.flac")]
    return {file.get("comment", [""])[0] for file in files}
