"""Whatever happens, the command ends with a status, and says why in the form asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from orpheus_core.cli import main
from orpheus_core.cli.groups import LazyGroup
from orpheus_core.errors import DiskFull
from orpheus_core.version import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Install, Orpheus, Process

Capture = pytest.CaptureFixture[str]


def test_the_version(orpheus: Orpheus, process: Process) -> None:
    """As installed, and as ``python -m orpheus_core``; at any place of the line."""
    assert process("--version") == (0, f"orpheus {VERSION}\n", "")
    assert orpheus("download", "--version").out == f"orpheus {VERSION}\n"
    assert orpheus("--version", "--json").document["data"]["version"] == VERSION


@pytest.mark.parametrize("arguments", [[], ["service"], ["--help"], ["verify", "-h"], ["-q"]])
def test_help_is_an_answer_and_not_a_mistake(arguments: list[str], capsys: Capture) -> None:
    """On standard output, with status 0, also where nothing was asked for."""
    assert main(arguments) == 0

    said = capsys.readouterr()
    assert "orpheus" in said.out
    assert not said.err


@pytest.mark.parametrize(
    ("arguments", "suggestion"),
    [
        (["dowload", "x"], "orpheus download     if that is what you meant"),
        (["service", "lsit"], "orpheus service list     if that is what you meant"),
        (["xyzzy"], "orpheus --help"),
        (["download", "x", "--qualty", "high"], "did you mean --quality?"),
        (["download", "x", "--quality", "loseless"], "did you mean lossless?"),
        (["--jsn", "service", "list"], "did you mean --json?"),
        (["--color", "alway", "service"], "did you mean always?"),
        (["explain", "svc.don"], "orpheus explain svc.down     if that is what you meant"),
        (["verify"], "orpheus verify --help"),
        (["download", "x", "--jobs", "many"], "orpheus download --help"),
    ],
)
def test_a_slip_gets_a_suggestion(arguments: list[str], suggestion: str, capsys: Capture) -> None:
    """Commands, options, values, codes: status 2, and nothing was done."""
    assert main(arguments) == 2

    said = capsys.readouterr()
    assert not said.out
    assert f"  next  {suggestion}\n" in said.err
    assert "  done  nothing was done\n" in said.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--json", "dowload"],
        ["dowload", "--json"],
        ["verify", "--json"],
        ["download", "--qualty", "--json"],
        ["explain", "--json", "nope"],
    ],
)
def test_errors_come_as_json_wherever_the_option_stands(
    arguments: list[str], capsys: Capture
) -> None:
    """The same envelope on the same stream, and no words on the other."""
    assert main(arguments) == 2

    said = capsys.readouterr()
    assert json.loads(said.out)["error"]["class"] == "usage"
    assert not said.err


def test_verbose_says_errors_to_programs_and_people(capsys: Capture) -> None:
    """``--json -v``: the document on one stream, the five lines on the other."""
    assert main(["--json", "-v", "dowload"]) == 2
    said = capsys.readouterr()
    assert json.loads(said.out)["error"]["code"] == "usage.unknown-word"
    assert "error[usage.unknown-word]: " in said.err


def test_what_stands_behind_two_dashes_is_no_option(capsys: Capture) -> None:
    """Then ``--json`` is a target, and a wrong one."""
    assert main(["download", "--", "--json"]) == 2
    assert capsys.readouterr().err.startswith("error[url.invalid]")


def test_error_lines_of_json_lines_say_their_type(capsys: Capture) -> None:
    """A reader of ``download`` looks for the line of type result, whatever happens."""
    assert main(["--json", "download"]) == 2
    assert json.loads(capsys.readouterr().out)["type"] == "result"


@pytest.mark.parametrize("place", ["before", "after"])
def test_global_options_stand_before_or_after(place: str, capsys: Capture) -> None:
    """Nobody has to remember which."""
    line = ["explain", "svc.down"]
    assert main(["--json", *line] if place == "before" else [*line, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "orpheus.explanation/1"


@pytest.mark.parametrize("word", ["https://nowhere.example/album/1", "nowhere:album:1"])
def test_a_link_means_download(word: str, capsys: Capture) -> None:
    """The one word that is no command and yet means one."""
    assert main([word]) == 10
    assert capsys.readouterr().err.startswith("error[plugin.none-for-url]")


@pytest.mark.parametrize("group", ["service", "services", "plugin", "plugins"])
def test_the_plural_is_taken_as_well(group: str, capsys: Capture) -> None:
    """``orpheus services list`` says what it means."""
    assert main([group, "list"]) == 0
    assert capsys.readouterr().out


def fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make every command raise *error*."""

    def invoke(*_: object) -> None:
        raise error

    monkeypatch.setattr(LazyGroup, "invoke", invoke)


def test_a_defect_ends_with_70_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """A traceback is for those who asked with -v."""
    fail_with(monkeypatch, ZeroDivisionError("division by zero"))

    assert main(["service", "list"]) == 70
    said = capsys.readouterr().err
    assert said.startswith("error[bug.unclassified]")
    assert "ZeroDivisionError: division by zero" in said
    assert "Traceback" not in said

    assert main(["-v", "service", "list"]) == 70
    assert "Traceback (most recent call last):" in capsys.readouterr().err


def test_a_traceback_holds_no_control_characters(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """What an exception says is from outside, too."""
    fail_with(monkeypatch, ValueError("\x1b[2J\u202e"))
    main(["-v", "service", "list"])
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert "\u202e" not in said


def test_what_the_system_refuses_on_a_path_is_a_storage_error(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Also where a room forgot to say so."""
    fail_with(monkeypatch, PermissionError(13, "Permission denied", "/locks"))
    assert main(["service", "list"]) == 9
    assert capsys.readouterr().err.startswith("error[io.permission]")


def test_ctrl_c_ends_with_130(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """And says how to go on; no traceback, no error."""
    fail_with(monkeypatch, KeyboardInterrupt())
    assert main(["service", "list"]) == 130
    assert capsys.readouterr().err == "Stopped.\n  next  orpheus service list\n"


def test_a_full_disk_behind_the_output_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Status 0 says that the result is there."""

    def flush(_: object) -> None:
        raise DiskFull("standard output: no space is left")

    monkeypatch.setattr("orpheus_core.cli.output.Output.flush", flush)
    assert main(["explain", "svc.down"]) == 9
    assert "error[io.disk-full]" in capsys.readouterr().err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux only")  # noqa: PTH110
def test_a_result_that_cannot_be_written_is_not_success(process: Process) -> None:
    """The real thing: every write to it says that the disk is full."""
    for line in (["explain", "svc.down"], ["--json", "explain", "svc.down"], ["--version"]):
        with open("/dev/full", "w") as full:  # noqa: PTH123
            done = subprocess.run(process.argv(*line), stdout=full, stderr=subprocess.PIPE)
        assert done.returncode == 9
        assert done.stderr.startswith(b"error[io.disk-full]")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux only")  # noqa: PTH110
def test_a_large_result_that_is_lost_is_told_once(process: Process, plugin: Install) -> None:
    """What Python still holds in its buffers is not tried again and again."""
    plugin("broken", "raise RuntimeError('x' * 20_000)")
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            process.argv("--json", "service", "list", "--all"), stdout=full, stderr=subprocess.PIPE
        )
    assert done.returncode == 9
    assert done.stderr.count(b"error[io.disk-full]") == 1
    assert b"Exception" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell with pipes")
@pytest.mark.parametrize("command", ["--help", "plugin list", "--json plugin list"])
def test_a_reader_that_goes_away_is_no_error(process: Process, command: str) -> None:
    """``orpheus ... | true``: no traceback, no complaint at the end of the process."""
    done = subprocess.run(
        f'"{sys.executable}" -m orpheus_core {command} | true; echo "${{PIPESTATUS[0]}}"',
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        encoding="utf-8",
    )
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_an_old_encoding_stops_nothing(process: Process, plugin: Install, encoding: str) -> None:
    """What it cannot hold is shown as a number."""
    plugin("foreign", "", 'summary = "nicht möglich: 灯籠"\n')
    ended = process("plugin", "info", "foreign", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert ended.status == 0
    assert r"\u706f\u7c60" in ended.out


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("[downloads\njobs = 3\n", "error[config.malformed]"),
        ("[downloads]\njobbs = 3\n", "error[config.invalid-setting]"),
        ("[downloads]\njobs = 'three'\n", "error[config.invalid-setting]"),
    ],
)
def test_settings_that_cannot_be_read_end_with_11(
    orpheus: Orpheus, tmp_path: Path, content: str, title: str
) -> None:
    """Named with the file, before anything is done; help and verify work all the same."""
    orpheus.settings_file.write_text(content, "utf-8")

    ended = orpheus("download", "sandbox:album:lanterns", "-o", tmp_path / "music")

    assert ended.status == 11
    assert ended.err.startswith(title)
    assert "config.toml" in ended.err.replace("\n        ", "")
    assert not (tmp_path / "music").exists()
    assert orpheus("--json", "service", "list").document["error"]["exit_code"] == 11
    assert orpheus("--help").status == 0
    assert orpheus("verify", tmp_path).status == 12
