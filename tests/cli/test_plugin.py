"""``orpheus plugin list`` and the warnings: who is there, and why one is not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Install, Orpheus

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
TAGS = """
import orpheus_core as oc

@oc.hookimpl
def orpheus_tags(tags):
    return None
"""
USES_TAGS = '[[hooks]]\nname = "orpheus_tags"\n'
TOO_NEW = 'id = "boom"\napi = "2.0"\n'


def unwrapped(text: str) -> str:
    """*text* without its line breaks."""
    return " ".join(text.split())


def rows(listing: str) -> dict[str, list[str]]:
    """The words of each row, by the first of them."""
    return {line.split()[0]: line.split()[1:] for line in listing.splitlines()}


def records(orpheus: Orpheus) -> dict[str, dict[str, object]]:
    """What the JSON document says of each plugin."""
    plugins = orpheus("--json", "plugin", "list").document["data"]["plugins"]
    return {plugin["id"]: plugin for plugin in plugins}


def test_plugins_are_listed_and_built_ins_counted(orpheus: Orpheus) -> None:
    """What a person installed comes first; the core's own parts on request."""
    ended = orpheus("plugin", "list")

    assert (ended.status, ended.err) == (0, "")
    head, *_ = ended.out.splitlines()
    assert head.split()[:4] == ["plugin", "package", "version", "state"]
    assert head.endswith("start")
    assert rows(ended.out)["sandbox"][2] == "registered"
    assert "service sandbox" in ended.out
    assert "core-retry" not in ended.out
    assert "built-in: orpheus plugin list --all" in ended.out
    assert "core-retry" in orpheus("plugin", "list", "--all").out

    by_id = records(orpheus)
    assert by_id["sandbox"]["gives"] == ["service sandbox", "1 login", "command sandbox"]
    assert by_id["core-retry"]["builtin"]


def test_a_list_imports_no_plugin(orpheus: Orpheus, plugin: Install) -> None:
    """One without a manifest says nothing of itself, be it as broken as it likes."""
    plugin("boom", IMPORT_RAISES)

    ended = orpheus("plugin", "list")

    assert (ended.status, ended.err) == (0, "")
    assert rows(ended.out)["boom"][:3] == ["orpheus-boom", "1.2.3", "indexed"]
    assert "no manifest: imported at each start" in ended.out
    assert records(orpheus)["boom"]["loaded_in_ms"] is None


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (IMPORT_RAISES, "ModuleNotFoundError: No module named Cryptodome"),
        (IMPORT_EXITS, "SystemExit: 3"),
        (UNKNOWN_HOOK, "did you mean orpheus_modules?"),
    ],
)
def test_what_failed_in_an_earlier_process_is_listed(
    orpheus: Orpheus, plugin: Install, source: str, reason: str
) -> None:
    """Its package, its version, what it raised; the list ends with 0, and so does all else."""
    plugin("boom", source)
    orpheus("service", "list", "--all")

    ended = orpheus("plugin", "list")

    assert ended.status == 0
    (row,) = [line for line in ended.out.splitlines() if line.startswith("boom ")]
    assert reason in row
    assert row.endswith("  -")
    assert ended.err == "1 problem: orpheus doctor plugins\n"
    assert reason in str(records(orpheus)["boom"]["reason"])


def test_a_long_reason_does_not_push_the_table_apart(orpheus: Orpheus, plugin: Install) -> None:
    """The last column of the others stays where people look for it."""
    plugin("boom", f"raise RuntimeError({'x' * 300!r})")
    orpheus("service", "list", "--all")
    lines = orpheus("plugin", "list").out.splitlines()
    (sandbox,) = [line for line in lines if line.startswith("sandbox ")]
    assert len(sandbox) < 120


@pytest.mark.parametrize("source", [IMPORT_RAISES, HOOK_RAISES])
def test_other_commands_warn_of_it_and_do_their_work(
    orpheus: Orpheus, sandbox: SandboxServer, plugin: Install, tmp_path: Path, source: str
) -> None:
    """A warning in the five lines, in JSON an advice; status and result are as ever."""
    plugin("boom", source)

    ended = orpheus("download", "sandbox:track:lanterns-01", "-o", tmp_path / "music")

    assert ended.status == 0
    assert ended.out.startswith("Done: 1 of 1 tracks")
    assert "warning[plugin." in ended.err
    assert "orpheus-boom 1.2.3" in ended.err
    assert "orpheus plugin disable boom" in unwrapped(ended.err)
    assert ", line 1, in <module>" not in ended.err
    assert "\n    raise " not in ended.err
    assert "\n    raise " in orpheus("-v", "service", "list", "--all").err

    document = orpheus("--json", "service", "list", "--all").document
    assert document["ok"]
    assert [advice["severity"] for advice in document["advice"]] == ["warning"]
    assert "orpheus-boom 1.2.3" in document["advice"][0]["title"]


def test_a_warning_comes_once_a_day(orpheus: Orpheus, plugin: Install) -> None:
    """Whoever wants to know more asks for it; a new reason is a new warning."""
    file = plugin("boom", IMPORT_RAISES)
    line = ("service", "list", "--all")

    assert "warning[plugin.load-failed]" in orpheus(*line).err
    assert "warning[" not in orpheus(*line).err
    assert "warning[plugin.load-failed]" in orpheus("-v", *line).err

    told = orpheus.home / "state" / "told.json"
    entries = json.loads(told.read_text("utf-8"))
    told.write_text(json.dumps(dict.fromkeys(entries, "2026-01-01T00:00:00+00:00")), "utf-8")
    assert "warning[plugin.load-failed]" in orpheus(*line).err

    file.write_text("raise KeyError('another')", "utf-8")
    assert "KeyError: 'another'" in orpheus(*line).err


def test_json_remembers_no_warning(orpheus: Orpheus, plugin: Install) -> None:
    """A program that is told must not keep a person from being told."""
    plugin("boom", IMPORT_RAISES)
    ended = orpheus("--json", "service", "list", "--all")
    assert (ended.err, len(ended.document["advice"])) == ("", 1)
    assert not (orpheus.home / "state" / "told.json").exists()
    assert "warning[plugin.load-failed]" in orpheus("service", "list", "--all").err


def test_a_command_that_may_have_needed_it_always_warns(orpheus: Orpheus, plugin: Install) -> None:
    """Nobody brings the service: the plugin that is broken may have been the one."""
    plugin("boom", IMPORT_RAISES)
    for _ in range(2):
        ended = orpheus("download", "https://boom.example/album/1")
        assert ended.status == 10
        assert "warning[plugin.load-failed]" in ended.err
        assert "error[plugin.none-for-url]" in ended.err


def test_what_a_command_ends_with_is_not_said_twice(orpheus: Orpheus, plugin: Install) -> None:
    """The error is about the plugin already."""
    manifest = (
        '[[hooks]]\nname = "orpheus_modules"\n[[services]]\nid = "boom"\nname = "Boom"\n'
        'kinds = ["album"]\nfeatures = []\nhosts = ["boom.example"]\n'
    )
    plugin("boom", IMPORT_RAISES, manifest)
    ended = orpheus("download", "boom:album:1")
    assert ended.status == 10
    assert ended.err.startswith("error[plugin.unavailable]")
    assert ended.err.count("No module named Cryptodome") == 1


@pytest.mark.parametrize(
    ("manifest", "code", "state", "next_step"),
    [
        (TOO_NEW, "plugin.unavailable", "incompatible", "pip install --upgrade orpheus-core"),
        ("id = ", "plugin.manifest", "invalid-manifest", "orpheus-boom"),
    ],
)
def test_a_plugin_that_is_kept_out_is_warned_of_as_well(
    orpheus: Orpheus, plugin: Install, manifest: str, code: str, state: str, next_step: str
) -> None:
    """With the command that helps."""
    file = plugin("boom", TAGS, USES_TAGS)
    file.with_name("orpheus.toml").write_text(manifest, "utf-8")

    listed = orpheus("plugin", "list")
    assert rows(listed.out)["boom"][2] == state
    assert listed.err == "1 problem: orpheus doctor plugins\n"
    warned = orpheus("service", "list", "--all").err
    assert warned.startswith(f"warning[{code}]: orpheus-boom 1.2.3 was left out")
    assert next_step in warned


def test_one_that_is_switched_off_is_listed_and_silent(orpheus: Orpheus, plugin: Install) -> None:
    """The warning's own advice works."""
    plugin("boom", IMPORT_RAISES)
    assert orpheus("plugin", "disable", "boom").status == 0
    ended = orpheus("plugin", "list")
    assert ended.err == ""
    assert rows(ended.out)["boom"][2] == "disabled"
    assert orpheus("service", "list", "--all").err == ""


def test_what_a_plugin_prints_is_no_result(orpheus: Orpheus, plugin: Install) -> None:
    """Standard output is for the document: at import, at work, when it says good-bye."""
    plugin(
        "chatty",
        """
print("at import")
import orpheus_core as oc

@oc.hookimpl
def orpheus_modules():
    print("at work")

@oc.hookimpl
def orpheus_teardown():
    print("at the end")
""",
    )
    ended = orpheus("--json", "service", "list", "--all")
    assert ended.document["ok"]
    assert ended.err.splitlines() == ["at import", "at work", "at the end"]
