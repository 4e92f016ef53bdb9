"""``orpheus doctor``: what is wrong is named, with what to do; nothing is made worse by looking."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any

import pytest

from orpheus_core.version import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Ended, Install, Orpheus

UNIMPORTABLE = "raise SystemExit(3)"
CHECKING = """
import orpheus_core as oc

def look(deep):
    {body}

def finding(severity, message):
    return oc.Finding(severity=severity, message=message, why="because", next_step="do it")

@oc.hookimpl
def orpheus_checks():
    return [oc.Check(id="clinic.token", title="its token", run=look)]
"""
CHECKS = '[[hooks]]\nname = "orpheus_checks"\n'
ONE_ERROR = 'return [finding(oc.Severity.ERROR, "the token is gone")]'
ONE_WARNING = 'return [finding(oc.Severity.WARNING, "the token is old")]'


def checking(body: str) -> str:
    """A plugin whose one check does *body*."""
    return CHECKING.format(body=body)


def findings(ended: Ended) -> list[dict[str, Any]]:
    """Every finding of a JSON document."""
    groups = ended.document["data"]["groups"]
    return [finding for group in groups for finding in group["findings"]]


def unwrapped(text: str) -> str:
    """*text* without its line breaks."""
    return " ".join(text.split())


def test_where_all_is_well_that_is_said(orpheus: Orpheus) -> None:
    """One line for each group, and what was looked at."""
    ended = orpheus("doctor")

    assert (ended.status, ended.err) == (0, "")
    install, plugins, *_ = ended.out.splitlines()
    python = platform.python_version()
    assert install.startswith(f"install    ok      orpheus-core {VERSION}, Python {python}, all ")
    assert plugins.startswith("plugins    ok      ")
    assert ended.out.endswith("\nNothing is wrong.\n")
    document = orpheus("--json", "doctor").document
    assert document["schema"] == "orpheus.doctor/1"
    assert document["data"]["totals"] == {"errors": 0, "warnings": 0, "notes": 0}


def test_a_plugin_that_failed_is_an_error_with_reason_and_next_step(
    orpheus: Orpheus, plugin: Install
) -> None:
    """As the last process left it: nothing is imported to find it out."""
    plugin("boom", "raise ModuleNotFoundError('No module named Cryptodome')")
    orpheus("service", "list", "--all")

    ended = orpheus("doctor", "plugins")

    assert (ended.status, ended.err) == (13, "")
    lines = ended.out.splitlines()
    assert lines[0].startswith("plugins    1 error orpheus-boom 1.2.3: plugin boom failed when")
    (why,) = [line for line in lines if line.startswith("             why   ")]
    assert "No module named Cryptodome" in why
    assert any(line.startswith("             next  pip install ") for line in lines)
    assert lines[-1] == "1 error."

    document = orpheus("--json", "doctor", "plugins").document
    assert not document["ok"]
    assert document["error"]["code"] == "check.problems-found"
    assert document["error"]["exit_code"] == 13
    (found,) = findings(orpheus("--json", "doctor"))
    assert (found["check"], found["severity"]) == ("plugins.states", "error")


def test_every_state_that_keeps_a_plugin_out_is_told(orpheus: Orpheus, plugin: Install) -> None:
    """The choice of a person is a note, all else an error; notes change no status."""
    plugin("off", UNIMPORTABLE, "")
    plugin("bare", UNIMPORTABLE)
    orpheus("plugin", "disable", "off")

    ended = orpheus("doctor", "plugins")
    assert ended.status == 0
    said = unwrapped(ended.out)
    assert "orpheus-off 1.2.3: plugin off is disabled" in said
    assert "next orpheus plugin enable off" in said
    assert "orpheus plugin manifest bare --write" in said
    assert said.endswith("2 notes.")

    for package in ("orpheus-twin", "orpheus-impostor"):
        plugin("twin", "", "", distribution=package)
    plugin("lost", "", "").with_name("orpheus.toml").write_text("id = ", "utf-8")
    ended = orpheus("doctor", "plugins")
    assert ended.status == 13
    said = unwrapped(ended.out)
    assert said.startswith("plugins 3 errors ")
    assert "plugin lost is invalid-manifest" in said
    assert said.count("plugin twin is conflict") == 2
    assert "next orpheus plugin disable twin@orpheus-impostor" in said
    assert said.endswith("3 errors, 2 notes.")


def test_what_a_plugin_needs_and_does_not_find_is_told(orpheus: Orpheus, plugin: Install) -> None:
    """From metadata, before anybody runs into it."""
    plugin("needy", UNIMPORTABLE, "")
    metadata = plugin.site / "orpheus_needy-1.2.3.dist-info" / "METADATA"
    metadata.write_text(
        metadata.read_text("utf-8") + "Requires-Dist: no-such-thing-x>=2\n", "utf-8"
    )
    ended = orpheus("doctor")
    assert ended.status == 13
    said = unwrapped(ended.out)
    assert "why no-such-thing-x>=2: it is not installed" in said
    assert "next pip install --upgrade orpheus-needy" in said


def test_a_command_that_cannot_be_reached_and_a_circle_are_told(
    orpheus: Orpheus, plugin: Install
) -> None:
    """Both are seen in manifests."""
    stage = '[[hooks]]\nname = "orpheus_stages"\n[[stages]]\nname = "{}"\nscope = "job"\n'
    command = '[[commands]]\nwords = ["download"]\nhelp = "x"\n'
    plugin("grabby", UNIMPORTABLE, command + stage.format("a") + 'after = ["b"]\n')
    plugin("other", UNIMPORTABLE, stage.format("b") + 'after = ["a"]\n')

    by_check = {found["check"]: found for found in findings(orpheus("--json", "doctor"))}

    assert by_check["plugins.commands"]["severity"] == "warning"
    assert by_check["plugins.commands"]["why"] == "the core has it"
    assert "put in order" in by_check["plugins.stages"]["message"]
    assert "a (grabby)" in by_check["plugins.stages"]["why"]


# --- the checks of plugins ----------------------------------------------------------------


def test_a_plugin_has_its_checks_when_it_is_asked_for(orpheus: Orpheus, plugin: Install) -> None:
    """Without being asked, the doctor imports nobody."""
    plugin("clinic", checking(ONE_ERROR), CHECKS)

    ended = orpheus("doctor")
    assert ended.status == 0
    assert "clinic     skip    not asked (orpheus doctor clinic)\n" in ended.out

    ended = orpheus("doctor", "clinic")
    assert ended.status == 13
    assert ended.out.splitlines() == [
        "clinic     1 error the token is gone",
        "             why   because",
        "             next  do it",
        "1 error.",
    ]
    (found,) = findings(orpheus("--json", "doctor", "clinic"))
    assert found["check"] == "clinic.token"


def test_a_deep_look_asks_every_plugin(orpheus: Orpheus, plugin: Install) -> None:
    """A check is told that it may take its time."""
    plugin("clinic", checking('return [finding(oc.Severity.INFO, f"deep: {deep}")]'), CHECKS)
    assert "deep: False" in orpheus("doctor", "clinic").out
    assert "clinic     1 note  deep: True\n" in orpheus("doctor", "--deep").out


def test_only_errors_change_the_status_unless_strict(orpheus: Orpheus, plugin: Install) -> None:
    """Both are told."""
    plugin("clinic", checking(ONE_WARNING), CHECKS)
    ended = orpheus("doctor", "clinic")
    assert (ended.status, ended.out.splitlines()[-1]) == (0, "1 warning.")
    assert ended.out.startswith("clinic     1 warn  the token is old\n")
    assert orpheus("doctor", "clinic", "--strict").status == 13
    assert not orpheus("--json", "doctor", "clinic", "--strict").document["ok"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("raise KeyError('lost')", "KeyError: 'lost'"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("return ['all is well']", "a check answers with findings, not with str"),
        ("return 'well'", "a check answers with findings, not with str"),
        ("import threading; threading.Event().wait()", "it did not end within 0.3 s"),
    ],
)
def test_a_check_that_fails_is_itself_a_finding(
    orpheus: Orpheus,
    plugin: Install,
    monkeypatch: pytest.MonkeyPatch,
    body: str,
    why: str,
) -> None:
    """Named with its plugin; the doctor goes on."""
    ended_hard: list[int] = []
    monkeypatch.setattr("os._exit", ended_hard.append)
    plugin("clinic", checking(body), CHECKS)

    ended = orpheus("doctor", "clinic", "install", "--limit", "0.3")

    assert ended.status == 13
    said = unwrapped(ended.out)
    assert "the check clinic.token of plugin clinic could not be done" in said
    assert why in said
    assert said.startswith("install ok ")
    # What hangs would keep the process alive: then it is ended from outside.
    assert bool(ended_hard) == ("did not end" in why)


@pytest.mark.parametrize("body", ["return []", "return None", "return ()", "return iter([])"])
def test_a_check_that_finds_nothing_is_well(orpheus: Orpheus, plugin: Install, body: str) -> None:
    """In whatever form it says so."""
    plugin("clinic", checking(body), CHECKS)
    ended = orpheus("doctor", "clinic")
    assert ended == (0, "clinic     ok      its token\nNothing is wrong.\n", "")


def test_a_plugin_that_does_not_load_is_a_finding(orpheus: Orpheus, plugin: Install) -> None:
    """Not an error of the doctor."""
    plugin("clinic", UNIMPORTABLE, CHECKS)
    ended = orpheus("doctor", "clinic")
    assert ended.status == 13
    assert "SystemExit: 3" in ended.out


def test_a_group_that_is_none_gets_the_nearest(orpheus: Orpheus) -> None:
    """Groups and plugins alike."""
    ended = orpheus("doctor", "plugns")
    assert (ended.status, ended.out) == (2, "")
    assert "  next  orpheus doctor plugins     if that is what you meant\n" in ended.err


# --- deep ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "severity", "said"),
    [
        ("import no_such_module_x", "error", "No module named 'no_such_module_x'"),
        ("import os; os._exit(4)", "error", "the process ended with status 4"),
        ("import requests; requests.get = print", "error", "requests.get"),
        ("print('hello', 'there')", "warning", "hello there"),
    ],
)
def test_a_deep_look_sees_what_an_import_does(
    orpheus: Orpheus, plugin: Install, tmp_path: Path, source: str, severity: str, said: str
) -> None:
    """In a process of its own, so that it does it to nobody else."""
    plugin("strange", source, "")

    found = findings(orpheus("--json", "doctor", "plugins", "--deep"))

    (finding,) = [each for each in found if each["check"] == "plugins.imports"]
    assert finding["severity"] == severity
    assert "orpheus-strange 1.2.3: plugin strange" in finding["message"]
    assert said in finding["why"]
    assert "orpheus-strange" in finding["next_step"]
    assert not findings(orpheus("--json", "doctor"))


def test_an_import_that_hangs_is_told_with_the_limit(orpheus: Orpheus, plugin: Install) -> None:
    """And the plugin can be switched off."""
    orpheus.setenv("ORPHEUS_PLUGINS", "sleepy")
    plugin("sleepy", "import threading; threading.Event().wait()", "")
    ended = orpheus("doctor", "--deep", "--limit", "0.5")
    assert ended.status == 13
    said = unwrapped(ended.out)
    assert "plugin sleepy did not finish importing within 0.5 s" in said
    assert "orpheus plugin disable sleepy" in said


def test_one_that_is_switched_off_is_not_imported(orpheus: Orpheus, plugin: Install) -> None:
    """Not even in a child."""
    orpheus.setenv("ORPHEUS_PLUGINS", "sleepy")
    plugin("sleepy", UNIMPORTABLE, "")
    orpheus("plugin", "disable", "sleepy")
    assert orpheus("doctor", "--deep").status == 0


def test_safe_mode_has_a_doctor_as_well(orpheus: Orpheus, plugin: Install) -> None:
    """That is when one is needed."""
    plugin("boom", UNIMPORTABLE, "")
    orpheus.setenv("ORPHEUS_PLUGINS_MODE", "safe")
    ended = orpheus("doctor", "--deep")
    assert ended.status == 0
    assert "plugin boom is disabled" in unwrapped(ended.out)
