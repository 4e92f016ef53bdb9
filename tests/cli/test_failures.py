"""Five lines for a person, one object for a program, for every error there is."""

from __future__ import annotations

import json

import pytest

from orpheus_core.cli.columns import width
from orpheus_core.cli.envelope import error_object, failure
from orpheus_core.cli.failures import five_lines, parts_of, unforeseen
from orpheus_core.cli.invocation import Invocation
from orpheus_core.errors import (
    DiskFull,
    ExitStatus,
    LoginNeeded,
    NotMusic,
    OrpheusError,
    PluginLoadFailed,
    RateLimited,
    StageCycle,
    StageMissing,
    UnknownWord,
    error_types,
)


@pytest.mark.parametrize("kind", list(error_types()), ids=lambda kind: kind.code)
def test_every_error_has_all_five_labels_in_order(kind: type[OrpheusError]) -> None:
    """What, why, done, next, more: never one left out, never another order, 80 columns."""
    lines = five_lines(kind("it happened"))

    assert lines[0] == f"error[{kind.code}]: it happened"
    labels = [line[2:8].strip() for line in lines[1:] if line[2:8].strip()]
    assert labels == ["why", "done", "next", "more"]
    assert lines[-1] == f"  more  orpheus explain {kind.code}"
    assert max(map(width, lines)) <= 80
    assert all(len(line) > 8 for line in lines)


def test_the_form_of_the_five_lines() -> None:
    """To the letter, with the hanging indent."""
    error = DiskFull(
        "/media/music needs 540 MB and has 212 MB",
        why="Counted before starting: 14 FLAC files plus room for tagging, and the cover.",
        done="nothing was downloaded",
        next_step="free 330 MB",
    )
    assert five_lines(error) == [
        "error[io.disk-full]: /media/music needs 540 MB and has 212 MB",
        "  why   Counted before starting: 14 FLAC files plus room for tagging, and the",
        "        cover.",
        "  done  nothing was downloaded",
        "  next  free 330 MB",
        "  more  orpheus explain io.disk-full",
    ]


def test_what_nobody_foresaw_is_told_as_a_defect() -> None:
    """With its type and text, and a status of its own."""
    error = unforeseen(ZeroDivisionError("division by zero"))
    assert error.exit_status is ExitStatus.BUG
    assert parts_of(error).why == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize("kind", [StageCycle, StageMissing])
def test_where_no_job_can_begin_nothing_is_said_to_be_kept(kind: type[OrpheusError]) -> None:
    """Stages are put in order before the first byte: there is nothing that was finished."""
    assert parts_of(kind("it happened")).done == "nothing was done"
    assert parts_of(RateLimited("it happened")).done == "what was finished is kept"


@pytest.mark.parametrize("kind", list(error_types()), ids=lambda kind: kind.code)
def test_every_error_fits_the_envelope(kind: type[OrpheusError]) -> None:
    """Schema, ok, error, advice, meta; code and status to the letter."""
    error = kind("it happened", evidence={"host": "x"}, retry_after_s=5)
    document = json.loads(json.dumps(failure(Invocation([]), error, error.exit_status)))

    assert set(document) == {"schema", "ok", "error", "advice", "meta"}
    assert (document["schema"], document["ok"]) == ("orpheus.error/1", False)
    found = document["error"]
    assert (found["code"], found["exit_code"]) == (kind.code, kind.exit_status.value)
    assert found["class"] == kind.exit_status.name.lower().replace("_", "-")
    assert found["cause"]["evidence"] == {"host": "x"}
    assert found["retryable"] in ("yes", "after", "after_action", "no")
    assert found["retry_at"].endswith("Z")
    assert found["help"] == f"orpheus explain {kind.code}"
    assert set(document["meta"]) == {"version", "run_id", "started", "duration_ms"}


@pytest.mark.parametrize(
    ("error", "argv", "applicability"),
    [
        (
            NotMusic("x", next_step="orpheus download https://a.b/album/1     if you meant that"),
            ["orpheus", "download", "https://a.b/album/1"],
            "maybe",
        ),
        (
            LoginNeeded("x", next_step="orpheus service info SERVICE"),
            ["orpheus", "service", "info", "SERVICE"],
            "needs_input",
        ),
        (
            LoginNeeded("x", next_step="orpheus service info qobuz"),
            ["orpheus", "service", "info", "qobuz"],
            "automatic",
        ),
        (
            RateLimited("x", next_step="orpheus download sandbox:album:lanterns"),
            ["orpheus", "download", "sandbox:album:lanterns"],
            "confirm",
        ),
        (
            PluginLoadFailed("x", next_step="orpheus plugin info qobuz"),
            ["orpheus", "plugin", "info", "qobuz"],
            "automatic",
        ),
        (
            StageCycle("x", next_step="orpheus plugin disable a     or: orpheus plugin disable b"),
            ["orpheus", "plugin", "disable", "a"],
            "confirm",
        ),
        (UnknownWord("x", next_step="did you mean y?"), [], "manual"),
    ],
)
def test_the_next_step_says_how_safe_it_is(
    error: OrpheusError, argv: list[str], applicability: str
) -> None:
    """A guess is never run by itself, nor what still needs a word."""
    found = error_object(Invocation([]), error, error.exit_status)
    assert found["actions"] == [
        {
            "id": "next",
            "label": error.next_step,
            "argv": argv,
            "applicability": applicability,
        }
    ]
