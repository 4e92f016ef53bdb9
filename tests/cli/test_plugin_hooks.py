"""``orpheus plugin hooks`` and ``order``: what can be implemented, who does, in which order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from orpheus_core import hookspecs

if TYPE_CHECKING:
    from tests.cli.conftest import Install, Orpheus

UNIMPORTABLE = "raise SystemExit(3)"


def uses(*hooks: str) -> str:
    """A manifest that names *hooks*."""
    return "".join(f'[[hooks]]\nname = "{hook}"\n' for hook in hooks)


def stage(name: str, **place: list[str]) -> str:
    """The part of a manifest that claims a stage."""
    lines = "".join(f"{where} = {names!r}\n" for where, names in place.items())
    return f'[[stages]]\nname = "{name}"\nscope = "track"\n{lines}'


def test_every_hook_is_listed_with_its_sentence_and_its_users(orpheus: Orpheus) -> None:
    """As it stands in the one file of hooks."""
    ended = orpheus("plugin", "hooks")

    assert (ended.status, ended.err) == (0, "")
    names = [name for name in vars(hookspecs) if name.startswith("orpheus_")]
    for name in names:
        assert f"\n{name}(" in f"\n{ended.out}"
    assert "orpheus_run_stage(stage, item, context)   around\n" in ended.out
    assert "    Answer with pipeline stages.\n" in ended.out
    assert re.search(r"\n    used by .*\bcore-layout \(last\)\n", ended.out)

    hooks = orpheus("--json", "plugin", "hooks").document["data"]["hooks"]
    by_name = {hook["name"]: hook for hook in hooks}
    assert set(names) <= set(by_name)
    assert by_name["orpheus_tags"]["verb"] == "fold"
    assert by_name["orpheus_tags"]["arguments"] == ["tags", "item"]


def test_users_are_known_without_an_import(orpheus: Orpheus, plugin: Install) -> None:
    """Their manifests say so, and for which events."""
    manifest = (
        '[[hooks]]\nname = "orpheus_advise"\nevents = ["network.*"]\n'
        '[[hooks]]\nname = "orpheus_run_stage"\nwrapper = true\n'
    )
    plugin("shy", UNIMPORTABLE, manifest)
    for hook, said in (("advise", "shy (network.*), "), ("run_stage", "shy (wrapper), ")):
        assert said in " ".join(orpheus("plugin", "hooks", hook).out.split())


@pytest.mark.parametrize("name", ["orpheus_file_name", "file_name", "file-name", "File_Name"])
def test_one_hook_is_shown_with_all_that_is_said_of_it(orpheus: Orpheus, name: str) -> None:
    """With or without the prefix that all have."""
    said = orpheus("plugin", "hooks", name).out
    assert said.startswith("orpheus_file_name(item, values)   first\n\nAnswer with the layout")
    assert "the same safe names." in said
    assert "Verb:" not in said


def test_a_hook_that_a_plugin_adds_is_listed(orpheus: Orpheus, plugin: Install) -> None:
    """What it means is known once its plugin is imported."""
    plugin("giver", UNIMPORTABLE, 'adds_hooks = ["orpheus_giver_gift"]\n')
    said = orpheus("plugin", "hooks", "giver_gift").out
    assert "A hook that plugin giver adds, once it is imported." in said


@pytest.mark.parametrize("command", ["hooks", "order"])
def test_a_misspelled_hook_gets_the_nearest(orpheus: Orpheus, command: str) -> None:
    """Status 2, as for every slip."""
    ended = orpheus("plugin", command, "orpheus_advice")
    assert ended.status == 2
    assert "  next  did you mean orpheus_advise?\n" in ended.err


def test_stages_are_shown_in_the_order_in_which_they_run(orpheus: Orpheus, plugin: Install) -> None:
    """Those of manifests among them; no plugin is imported for it."""
    plugin(
        "polish",
        UNIMPORTABLE,
        uses("orpheus_stages") + stage("polish", after=["tag"], before=["package"]),
    )

    ended = orpheus("plugin", "order")

    assert (ended.status, ended.err) == (0, "")
    order = [line.split()[1] for line in ended.out.splitlines()]
    assert order[1] == "resolve"
    assert order[-3:] == ["tag", "polish", "package"]
    document = orpheus("--json", "plugin", "order").document["data"]
    assert document["stages"][-2]["plugin"] == "polish"


def test_a_name_that_no_stage_has_is_told_with_the_nearest(
    orpheus: Orpheus, plugin: Install
) -> None:
    """A slip there would go unnoticed otherwise: a name in vain is no constraint."""
    plugin("polish", UNIMPORTABLE, uses("orpheus_stages") + stage("polish", after=["tagg"]))
    said = " ".join(orpheus("plugin", "order").err.split())
    assert said == (
        "note: stage polish of plugin polish wants to stand after tagg, and no stage is called "
        "so; did you mean tag?"
    )


def test_a_circle_is_an_error_that_names_the_plugins(orpheus: Orpheus, plugin: Install) -> None:
    """And what to switch off."""
    for name, other in (("one", "two"), ("two", "one")):
        plugin(name, UNIMPORTABLE, uses("orpheus_stages") + stage(name, after=[other]))
    ended = orpheus("plugin", "order")
    assert ended.status == 10
    assert ended.err.startswith("error[plugin.stage-order]")
    said = " ".join(ended.err.split())
    assert "orpheus plugin disable one or: orpheus plugin disable two" in said


def test_plugins_that_could_not_be_asked_are_named(orpheus: Orpheus, plugin: Install) -> None:
    """Without a manifest they would have to be imported."""
    plugin("silent", UNIMPORTABLE)
    assert orpheus("plugin", "order").err == "not asked: silent (it has no manifest)\n"
    assert orpheus("--json", "plugin", "order").document["data"]["not_asked"] == ["silent"]


def test_the_plugins_of_a_hook_are_shown_in_the_order_of_their_calls(
    orpheus: Orpheus, plugin: Install
) -> None:
    """First those that want to be, then by id, the core's own last."""
    plugin("zebra", UNIMPORTABLE, uses("orpheus_decide"))
    plugin("ant", UNIMPORTABLE, uses("orpheus_decide"))
    plugin("eager", UNIMPORTABLE, uses("orpheus_decide") + "tryfirst = true\n")

    ended = orpheus("plugin", "order", "orpheus_decide")

    assert [line.split()[1:] for line in ended.out.splitlines()[1:]] == [
        ["eager", "first"],
        ["ant"],
        ["zebra"],
        ["core-mitigations", "last"],
        ["core-quality", "last"],
        ["core-retry", "last"],
        ["core-switch", "last"],
    ]


def test_a_hook_that_nobody_implements_has_no_order(orpheus: Orpheus) -> None:
    """And that is said, instead of an empty table."""
    orpheus.setenv("ORPHEUS_PLUGINS", "")
    ended = orpheus("plugin", "order", "orpheus_add_hookspecs")
    assert ended == (0, "", "No plugin implements orpheus_add_hookspecs.\n")
