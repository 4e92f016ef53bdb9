"""``orpheus plugin list``: who is there, and why one is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Orpheus

    from orpheus_core.testing.sandbox import SandboxServer

IMPORT_RAISES = "raise ModuleNotFoundError('No module named Cryptodome')"
IMPORT_EXITS = "raise SystemExit(3)"
HOOK_RAISES = """
import orpheus_core as oc

@oc.hookimpl
def orpheus_modules():
    raise RuntimeError("the moon is wrong")
"""
UNKNOWN_HOOK = """
import orpheus_core as oc

@oc.hookimpl
def orpheus_modulez():
    return []
"""


def test_plugins_are_listed_and_built_ins_counted(orpheus: Orpheus) -> None:
    """What a person installed comes first; the core's own parts on request."""
    ended = orpheus("plugin", "list")

    assert (ended.status, ended.err) == (0, "")
    assert "sandbox" in ended.out
    assert "service sandbox" in ended.out
    assert "core-retry" not in ended.out
    assert "built-in: orpheus plugin list --all" in ended.out
    assert "core-retry" in orpheus("plugin", "list", "--all").out

    plugins = orpheus("--json", "plugin", "list").document["data"]["plugins"]
    by_id = {plugin["id"]: plugin for plugin in plugins}
    assert by_id["sandbox"]["gives"] == ["service sandbox"]
    assert by_id["core-retry"]["builtin"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (IMPORT_RAISES, "ModuleNotFoundError: No module named Cryptodome"),
        (IMPORT_EXITS, "SystemExit: 3"),
        (HOOK_RAISES, "orpheus_modules raised RuntimeError: the moon is wrong"),
        (UNKNOWN_HOOK, "did you mean orpheus_modules?"),
    ],
)
def test_a_broken_plugin_is_named_with_its_reason(
    orpheus: Orpheus, plugin: Callable[[str, str], None], source: str, reason: str
) -> None:
    """Its package, its version, what it raised; the list ends with 0, and so does all else."""
    plugin("boom", source)

    ended = orpheus("plugin", "list")

    assert ended.status == 0
    (row,) = [line for line in ended.out.splitlines() if line.startswith("boom ")]
    assert row.split()[1:4] == ["orpheus-boom", "1.2.3", "failed"]
    assert reason in row
    assert ended.err.startswith("1 problem: orpheus explain plugin.")
    plugins = orpheus("--json", "plugin", "list").document["data"]["plugins"]
    (record,) = [each for each in plugins if each["id"] == "boom"]
    assert reason in record["reason"]


@pytest.mark.parametrize("source", [IMPORT_RAISES, HOOK_RAISES])
def test_other_commands_warn_of_it_and_do_their_work(
    orpheus: Orpheus,
    sandbox: SandboxServer,
    plugin: Callable[[str, str], None],
    tmp_path: Path,
    source: str,
) -> None:
    """A warning in the five lines, in JSON an advice; status and result are as ever."""
    plugin("boom", source)

    ended = orpheus("download", "sandbox:track:lanterns-01", "-o", tmp_path / "music")

    assert ended.status == 0
    assert ended.out.startswith("Done: 1 of 1 tracks")
    assert "warning[plugin." in ended.err
    assert "orpheus-boom 1.2.3" in ended.err
    assert ", line 1, in <module>" not in ended.err
    assert "\n    raise " not in ended.err
    assert "\n    raise " in orpheus("-v", "service", "list").err

    document = orpheus("--json", "service", "list").document
    assert document["ok"]
    assert [advice["severity"] for advice in document["advice"]] == ["warning"]
    assert "orpheus-boom 1.2.3" in document["advice"][0]["message"]


def test_one_that_is_switched_off_is_listed_and_silent(
    orpheus: Orpheus, plugin: Callable[[str, str], None]
) -> None:
    """The warning's own advice works."""
    plugin("boom", IMPORT_RAISES)
    orpheus.settings_file.write_text('[plugins]\ndisabled = ["boom"]\n', "utf-8")
    ended = orpheus("plugin", "list")
    assert ended.err == ""
    assert "disabled" in ended.out
    assert orpheus("service", "list").err == ""
