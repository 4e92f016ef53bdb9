"""Commands that plugins bring: in help without an import, run by importing their plugin alone."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from orpheus_core.cli.claimed_commands import claims
from orpheus_core.cli.command_table import CommandRow
from orpheus_core.cli.help_screen import help_screen
from orpheus_core.cli.plugin_commands import without_core

if TYPE_CHECKING:
    from tests.cli.conftest import Install, Orpheus

CODE = """
import click
import orpheus_core as oc

@click.command(name="greet")
@click.argument("who", default="you")
@click.pass_context
def greet(context, who):
    \"\"\"Say good day.\"\"\"
    {body}

@oc.hookimpl
def orpheus_commands():
    return [oc.Command(info=oc.CommandInfo(words={words!r}, help="Say good day."), command=greet)]
"""
UNIMPORTABLE = "raise SystemExit(3)"


def code(body: str = "click.echo(f'good day, {who}')", *words: str) -> str:
    """A plugin whose command does *body*."""
    return CODE.format(body=body, words=words or ("greet",))


def command(*words: str, text: str = "Say good day.", section: str = "Plugins") -> str:
    """The manifest of a plugin with a command."""
    return (
        f'[[hooks]]\nname = "orpheus_commands"\n[[commands]]\nwords = {list(words)!r}\n'
        f'help = "{text}"\nsection = "{section}"\n'
    )


def test_a_command_of_a_plugin_is_in_help_and_runs(orpheus: Orpheus, plugin: Install) -> None:
    """Like any other; what it prints is its result."""
    plugin("polite", code(), command("greet"))
    assert "\nPlugins      greet\n" in orpheus("--help").out
    assert orpheus("greet", "Ada") == (0, "good day, Ada\n", "")
    said = orpheus("greet", "--help").out
    assert "Say good day." in said


def test_help_imports_no_plugin(orpheus: Orpheus, plugin: Install) -> None:
    """What manifests say is enough for it, and for a suggestion."""
    plugin("polite", UNIMPORTABLE, command("greet", section="Manners"))
    plugin("other", UNIMPORTABLE)
    assert "\nManners      greet\n" in orpheus("--help").out
    assert "greet" in orpheus().out
    plugin("nested", UNIMPORTABLE, command("service", "warm", text="Warm it up."))
    assert "Warm it up." in orpheus("service", "--help").out
    ended = orpheus("greeet")
    assert ended.status == 2
    assert "orpheus greet     if that is what you meant" in ended.err


def test_only_its_own_plugin_is_imported(orpheus: Orpheus, plugin: Install) -> None:
    """Not even those that would be imported at each start."""
    file = plugin("polite", code(), command("greet"))
    other = plugin("other", "").stem
    assert orpheus("greet").status == 0
    assert file.parent.name in sys.modules
    assert other not in sys.modules


def test_a_command_may_have_several_words(orpheus: Orpheus, plugin: Install) -> None:
    """Its own group, or one of the core's; and the global options stand anywhere."""
    plugin("polite", code("click.echo('warm')", "manners", "warm"), command("manners", "warm"))
    plugin("nested", code("click.echo('hot')", "service", "heat"), command("service", "heat"))
    assert "Say good day." in orpheus("manners").out
    for line in (["manners", "warm", "-q"], ["--json", "manners", "warm"]):
        assert orpheus(*line).out == "warm\n"
    assert orpheus("service", "heat").out == "hot\n"
    assert orpheus("service", "list").status == 0
    assert orpheus("manners", "worm").status == 2


@pytest.mark.parametrize("words", [("download",), ("service",), ("plugin", "list"), ("demo", "x")])
def test_what_the_core_has_is_the_cores(
    orpheus: Orpheus, plugin: Install, words: tuple[str, ...]
) -> None:
    """A claim to it is passed over, and the doctor says so."""
    plugin("grabby", UNIMPORTABLE, command(*words))
    assert without_core(claims(os.environ).rows) == without_core(
        tuple(row for row in claims(os.environ).rows if row.plugin != "grabby")
    )
    assert orpheus("plugin", "list").status == 0
    assert "Say good day." not in orpheus(words[0], "--help").out


def test_of_two_that_claim_one_command_the_first_id_has_it(
    orpheus: Orpheus, plugin: Install
) -> None:
    """The same on every machine."""
    plugin("beta", code("click.echo('beta')"), command("greet"))
    plugin("alpha", code("click.echo('alpha')"), command("greet"))
    assert orpheus("greet").out == "alpha\n"


def test_a_plugin_without_a_manifest_is_asked_last(orpheus: Orpheus, plugin: Install) -> None:
    """Its command is in no help, and works all the same; a broken one beside it is passed over."""
    plugin("boom", UNIMPORTABLE)
    plugin("polite", code())
    assert "greet" not in orpheus("--help").out
    assert orpheus("greet").out == "good day, you\n"


# --- what goes wrong ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (UNIMPORTABLE, "failed: SystemExit: 3"),
        ("import orpheus_core", "orpheus_commands"),
        (code("pass", "another"), "names the command greet"),
    ],
)
def test_a_command_that_cannot_be_had_ends_with_10(
    orpheus: Orpheus, plugin: Install, source: str, why: str
) -> None:
    """In the five lines: the plugin does not load, or has not what its manifest says."""
    plugin("polite", source, command("greet"))
    for line in (["greet"], ["greet", "--help"]):
        ended = orpheus(*line)
        assert (ended.status, ended.out) == (10, "")
        assert ended.err.startswith("error[plugin.unavailable]")
        assert why in " ".join(ended.err.split())
        assert "warning[" not in ended.err
    assert orpheus("--json", "greet").document["error"]["code"] == "plugin.unavailable"


def test_a_command_of_a_plugin_that_is_off_is_no_command(orpheus: Orpheus, plugin: Install) -> None:
    """Whoever switched it off does not want to see it."""
    plugin("polite", UNIMPORTABLE, command("greet"))
    orpheus("plugin", "disable", "polite")
    assert "greet" not in orpheus("--help").out
    assert orpheus("greet").status == 2


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ("raise KeyError('x')", 10, "a command of plugin polite failed"),
        ("raise oc.ItemNotFound('nothing there')", 3, "nothing there"),
        ("raise click.UsageError('not like that')", 2, "not like that"),
        ("raise click.Abort", 130, "Stopped."),
        ("context.exit(7)", 7, ""),
        ("return 8", 8, ""),
        ("return 'done'", 0, ""),
    ],
)
def test_how_a_command_of_a_plugin_ends(
    orpheus: Orpheus, plugin: Install, body: str, status: int, said: str
) -> None:
    """An error of ours is what it says; what nobody foresaw is the plugin's fault, not ours."""
    plugin("polite", code(body), command("greet"))
    ended = orpheus("greet")
    assert ended.status == status
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_many_headings_cannot_push_the_rest_off_the_screen(
    orpheus: Orpheus, plugin: Install
) -> None:
    """The last of them become one."""
    for number in range(12):
        plugin(f"p{number}", UNIMPORTABLE, command(f"c{number}", section=f"S{number}"))
    lines = orpheus("--help").out.splitlines()
    assert len(lines) <= 40
    assert all(f"c{number}" in " ".join(lines) for number in range(12))


def test_settings_that_cannot_be_read_do_not_stop_help(orpheus: Orpheus, plugin: Install) -> None:
    """It is what one looks at then."""
    plugin("polite", code(), command("greet"))
    orpheus.settings_file.write_text("[plugins\n", "utf-8")
    assert "greet" in orpheus("--help").out
    assert orpheus("greet").status == 11


def test_many_commands_wrap() -> None:
    """No line of help is longer than a terminal."""
    rows = tuple(CommandRow((f"command-{n}",), "", "", "Plugins", "p") for n in range(20))
    assert max(map(len, help_screen(rows).splitlines())) <= 80
