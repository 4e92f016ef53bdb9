"""``orpheus plugin enable`` and ``disable``: what is loaded from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orpheus_core.cli import disabled_plugins
from orpheus_core.errors import FileInUse

if TYPE_CHECKING:
    from tests.cli.conftest import Install, Orpheus

BROKEN = "raise SystemExit(3)"


def state(orpheus: Orpheus, name: str) -> str:
    """The state of the plugin *name*, which may be NAME@PACKAGE."""
    found: str = orpheus("--json", "plugin", "info", name).document["data"]["state"]
    return found


def test_a_plugin_is_switched_off_and_on(orpheus: Orpheus) -> None:
    """What was done, where it is written; the file is made when there is none."""
    ended = orpheus("plugin", "disable", "sandbox")
    file = orpheus.home / "config" / "config.toml"

    assert ended == (0, f"sandbox is switched off\nsettings: {file}\n", "")
    assert state(orpheus, "sandbox") == "disabled"

    assert orpheus("plugin", "enable", "sandbox").out.startswith("sandbox is switched on\n")
    assert state(orpheus, "sandbox") == "registered"


@pytest.mark.parametrize("command", ["enable", "disable"])
def test_what_is_so_already_is_no_mistake(orpheus: Orpheus, command: str) -> None:
    """It ends with 0, and writes nothing."""
    orpheus("plugin", "disable", "qobuz")
    name = "sandbox" if command == "enable" else "qobuz"
    before = orpheus.settings_file.read_bytes()
    ended = orpheus("plugin", command, name)
    assert ended.status == 0
    assert ended.out == f"{name} is {'on' if command == 'enable' else 'off'} already\n"
    assert orpheus.settings_file.read_bytes() == before


def test_several_at_once_and_all_or_none(orpheus: Orpheus) -> None:
    """A slip in one name changes nothing for the others; the nearest is suggested."""
    ended = orpheus("plugin", "disable", "core-cover", "sandbax")
    assert (ended.status, ended.out) == (2, "")
    assert "error[usage.unknown-plugin]" in ended.err
    assert "did you mean sandbox?" in ended.err
    assert not (orpheus.home / "config").exists()

    assert orpheus("plugin", "disable", "core-cover", "sandbox", "sandbox").status == 0
    assert orpheus.settings_file.read_text("utf-8") == (
        '[plugins]\ndisabled = ["core-cover", "sandbox"]\n'
    )


def test_one_that_is_gone_can_be_taken_off_the_list(orpheus: Orpheus) -> None:
    """Nobody wants to install a plugin to be able to enable it."""
    orpheus.settings_file.write_text('[plugins]\ndisabled = ["gone"]  # long ago\n', "utf-8")
    assert orpheus("plugin", "disable", "gone").out == "gone is off already\n"
    assert orpheus("plugin", "enable", "gone").out.startswith("gone is switched on\n")
    assert orpheus.settings_file.read_text("utf-8") == "[plugins]\ndisabled = []  # long ago\n"
    assert orpheus("plugin", "enable", "gone").status == 2


def test_a_broken_plugin_can_be_switched_off(orpheus: Orpheus, plugin: Install) -> None:
    """That is when it matters most."""
    plugin("boom", BROKEN)
    assert orpheus("plugin", "disable", "boom").status == 0
    assert state(orpheus, "boom") == "disabled"


def test_one_of_two_packages_with_one_plugin_is_chosen(orpheus: Orpheus, plugin: Install) -> None:
    """Both stay out until one of them is switched off by PLUGIN@PACKAGE."""
    for package in ("orpheus-twin", "orpheus-impostor"):
        plugin("twin", "", "", distribution=package)
    assert state(orpheus, "twin@orpheus-twin") == "conflict"

    ended = orpheus("plugin", "disable", "twin@Orpheus_Impostor")

    assert ended.out.startswith("twin@orpheus-impostor is switched off\n")
    assert state(orpheus, "twin@orpheus-twin") == "registered"
    assert state(orpheus, "twin@orpheus-impostor") == "disabled"

    orpheus.settings_file.write_text('[plugins]\ndisabled = ["twin@Orpheus.Impostor"]\n', "utf-8")
    ended = orpheus("plugin", "enable", "twin@orpheus-impostor")
    assert ended.out.startswith("twin@Orpheus.Impostor is switched on\n")
    assert state(orpheus, "twin@orpheus-twin") == "conflict"


@pytest.mark.parametrize(
    ("name", "lost"),
    [
        ("core-download", "nothing can be downloaded: it brings the stage download"),
        ("core-transport", "nothing can be asked of any service"),
        ("core-run", "no stage can run"),
        ("core-cover", ""),
    ],
)
def test_a_built_in_can_be_switched_off_with_a_warning(
    orpheus: Orpheus, name: str, lost: str
) -> None:
    """The core has no privileges; what then does not work is said, if it is much."""
    ended = orpheus("plugin", "disable", name)
    assert ended.status == 0
    assert state(orpheus, name) == "disabled"
    said = " ".join(ended.err.split())
    assert said.startswith(f"warning: without {name} {lost}") if lost else not said
    assert orpheus("plugin", "enable", name).err == ""


def test_a_variable_that_wins_is_named(orpheus: Orpheus) -> None:
    """The file is changed all the same, for the day on which it is unset."""
    orpheus.setenv("ORPHEUS_PLUGINS_DISABLED", "sandbox")
    ended = orpheus("plugin", "enable", "sandbox")
    assert (ended.status, ended.out) == (0, "sandbox is on already\n")
    assert ended.err == (
        "but ORPHEUS_PLUGINS_DISABLED is set, and wins: it is off while that is so\n"
    )
    assert orpheus("plugin", "disable", "sandbox").err == ""

    orpheus.setenv("ORPHEUS_PLUGINS_DISABLED", "")
    assert "wins: it is on while that is so" in orpheus("plugin", "disable", "sandbox").err


def test_the_variable_that_chooses_plugins_wins_too(orpheus: Orpheus) -> None:
    """It says nothing about built-ins."""
    orpheus.setenv("ORPHEUS_PLUGINS", "deezer")
    assert "but ORPHEUS_PLUGINS is set" in orpheus("plugin", "enable", "sandbox").err
    assert orpheus("plugin", "disable", "sandbox").err == ""
    assert orpheus("plugin", "enable", "core-cover").err == ""
    document = orpheus("--json", "plugin", "enable", "sandbox").document
    assert document["data"]["plugins"] == [
        {
            "name": "sandbox",
            "enabled": True,
            "changed": True,
            "overridden_by": "ORPHEUS_PLUGINS",
        }
    ]


def test_the_list_is_read_and_written_by_one_process_at_a_time(
    orpheus: Orpheus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else of two commands at once the one that is faster is lost."""
    locks = orpheus.home / "state" / "locks"
    calls: list[str] = []

    def alone(name: str) -> None:
        real = getattr(disabled_plugins, name)

        def checked(*args: object, **kwargs: object) -> object:
            with pytest.raises(FileInUse), disabled_plugins.one_at_a_time(locks, wait_s=0):
                pass
            calls.append(name)
            return real(*args, **kwargs)

        monkeypatch.setattr(disabled_plugins, name, checked)

    alone("disabled_plugins")
    alone("edit_disabled_plugins")
    assert orpheus("plugin", "disable", "sandbox").status == 0
    assert orpheus("plugin", "enable", "sandbox").status == 0
    assert calls == ["disabled_plugins", "edit_disabled_plugins"] * 2
