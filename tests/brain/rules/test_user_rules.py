"""The plugin core-user-rules: a person's own file, in an application."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import orpheus_core as oc
from orpheus_core.brain.rules.user_rules import UserRules
from orpheus_core.cli import main

GOOD = """
[[rule]]
id = "mine"
when = "job.failed"
[rule.advice]
title = "a job failed"
"""
BAD = GOOD + "count = 0\n"  # it stands in the advice now, where nothing is counted


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the rules go."""
    (tmp_path / "config").mkdir()
    return tmp_path / "config" / "rules.toml"


def opened(file: Path, *, eager: bool = True, disabled: Sequence[str] = ()) -> oc.Orpheus:
    """An application whose home *file* is in."""
    config = {"plugins.disabled": list(disabled)}
    return oc.Orpheus(file.parents[1], config=config, discover=False, eager=eager)


def advice_on_a_failed_job(app: oc.Orpheus) -> list[object]:
    """The codes of the advice that is given when a job fails."""
    given: list[object] = []
    app.brain.events.subscribe(
        lambda event: given.append(event.data["code"]), kinds=["brain.advice.given"]
    )
    app.brain.events.emit("job.failed")
    return given


def test_the_rules_of_the_file_are_at_work(file: Path) -> None:
    """From the first event on."""
    file.write_text(GOOD, "utf-8")

    with opened(file) as app:
        assert advice_on_a_failed_job(app) == ["rules.mine"]


def test_without_a_file_nothing_is_said_and_nothing_imported(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most people have none, and should not pay for it."""
    reader = "orpheus_core.brain.rules.rules_file"
    monkeypatch.delitem(sys.modules, reader, raising=False)

    with opened(file) as app:
        assert "rules.mine" not in advice_on_a_failed_job(app)
    assert reader not in sys.modules


def test_an_application_does_not_open_with_a_broken_file(file: Path) -> None:
    """Somebody relies on that rule; it is told as a broken setting is."""
    file.write_text(BAD, "utf-8")

    with pytest.raises(oc.InvalidRules) as caught:
        opened(file)

    assert caught.value.why.startswith("line 7, rule.advice.count: there is no such key")


def test_one_that_only_lists_opens_and_leaves_the_file_alone(file: Path) -> None:
    """The doctor has to work when something is wrong."""
    file.write_text(BAD, "utf-8")

    with opened(file, eager=False) as app:
        assert app.plugins.record("core-user-rules").state.value == "active"


def test_switched_off_the_file_is_not_read(file: Path) -> None:
    """The way out for whoever cannot mend it now."""
    file.write_text(BAD, "utf-8")

    with opened(file, disabled=["core-user-rules"]) as app:
        assert "rules.mine" not in advice_on_a_failed_job(app)


def test_the_doctor_is_told_of_a_broken_file(file: Path) -> None:
    """With what is wrong and what to do."""
    file.write_text(BAD, "utf-8")

    (check,) = UserRules(file).orpheus_checks()
    (finding,) = check.run(False)

    assert check.group == "install"
    assert finding.severity is oc.Severity.ERROR
    assert finding.message == f"the rules in {file} cannot be used"
    assert finding.why.startswith("line 7, rule.advice.count")
    assert finding.next_step == "mend the line that is named in rules.toml"


def test_the_doctor_has_nothing_to_say_of_a_good_file_or_of_none(file: Path) -> None:
    """And without a file there is nothing to look at."""
    assert UserRules(file).orpheus_checks() == ()
    file.write_text(GOOD, "utf-8")

    (check,) = UserRules(file).orpheus_checks()

    assert list(check.run(False)) == []


def test_a_link_to_nowhere_is_told_by_the_application_and_the_doctor(file: Path) -> None:
    """The rules that somebody relies on are on a drive that is not there."""
    file.symlink_to(file.parent / "nowhere.toml")

    with pytest.raises(oc.StorageError):
        opened(file)
    (check,) = UserRules(file).orpheus_checks()
    assert [finding.severity for finding in check.run(False)] == [oc.Severity.ERROR]


def test_on_the_command_line_a_broken_file_is_five_lines_and_the_status_of_settings(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is downloaded; the doctor, and what switches plugins off, still work."""
    file.write_text(BAD, "utf-8")
    monkeypatch.setenv("ORPHEUS_HOME", str(file.parents[1]))

    assert main(["download", "sandbox:album:lanterns"]) == 11
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("error[config.invalid-rules]: the rules in")
    assert [line[2:6] for line in lines if line[2:6].strip()][-4:] == [
        "why ",
        "done",
        "next",
        "more",
    ]

    assert main(["doctor", "install"]) == 13
    assert "line 7, rule.advice.count" in capsys.readouterr().out
    assert main(["plugin", "disable", "core-user-rules"]) == 0
    assert main(["doctor", "install"]) == 0
