"""``orpheus event show``: one event with all that is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cli.kept_events import Kept, failed_job

from orpheus_core.brain.event_json import document_of
from orpheus_core.brain.log.event_log import short_id
from orpheus_core.errors import ServiceDown

if TYPE_CHECKING:
    from tests.cli.conftest import Orpheus


@pytest.mark.usefixtures("in_amsterdam")
def test_all_of_an_event_is_shown(orpheus: Orpheus, kept: Kept) -> None:
    """Its envelope, its data, its cause, what it led to, what can be done."""
    tried = kept.emit("login.attempt", service="deezer", data={"strategy": "arl"})
    failed = kept.emit(
        "login.failed",
        service="deezer",
        cause=tried,
        error=ServiceDown("x"),
        data={"strategy": "arl", "message": "it says guest user", "why": None},
    )
    switched = kept.emit(
        "login.strategy.switched", service="deezer", cause=failed, data={"strategy": "email"}
    )
    kept.keep()
    ended = orpheus("event", "show", short_id(failed.id))
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == (
        "login.failed: A login ended without a session; its error type says why.\n"
        f"  id        {failed.id}\n"
        "  time      2026-03-14 14:02:09.214 +0100\n"
        "  severity  error\n"
        "  error     svc.down: The service cannot answer now (5xx).\n"
        "  service   deezer\n"
        f"  run       {kept.run_id}, event 2 of it\n"
        "  from      core/services\n"
        "data\n"
        "  strategy  arl\n"
        "  message   it says guest user\n"
        "caused by\n"
        "  14:02:09.114  info      login.attempt              deezer    strategy=arl"
        f"  id {short_id(tried.id)}\n"
        "led to\n"
        "  14:02:09.314  info      login.strategy.switched    deezer    strategy=email"
        f"  id {short_id(switched.id)}\n"
        "next: orpheus service info SERVICE names the credentials that it wants.\n"
    )


def test_the_traceback_stands_at_the_end_line_by_line(orpheus: Orpheus, kept: Kept) -> None:
    """As Python shows it; it is not among the data."""
    trace = 'Traceback (most recent call last):\n  File "x.py", line 1\nKeyError: 1\n'
    event = kept.emit(
        "plugin.load.failed",
        plugin="boom",
        data={"reason": "KeyError", "exception.type": "KeyError", "exception.stacktrace": trace},
    )
    kept.keep()
    out = orpheus("event", "show", event.id).out
    assert "traceback\n  Traceback (most recent call last):\n    File" in out
    assert "  KeyError: 1\nnext: " in out
    assert out.count("Traceback") == 1
    assert "stacktrace" not in orpheus("event", "query").out


def test_causes_are_followed_to_the_first(orpheus: Orpheus, kept: Kept) -> None:
    """As far as the log has them; the first stands first."""
    failed_job(kept)
    by_kind = {event.kind: event for event in kept.events}
    advice = by_kind["brain.advice.given"]
    kept.keep()
    data = orpheus("event", "show", "--json", advice.id).document["data"]
    assert data["event"] == document_of(advice)
    assert [each["type"] for each in data["causes"]] == [
        "dev.orpheus.network.request.failed",
        "dev.orpheus.brain.rule.fired",
    ]
    fired = by_kind["brain.rule.fired"].id
    data = orpheus("event", "show", "--json", fired).document["data"]
    assert [each["type"] for each in data["effects"]] == [
        "dev.orpheus.brain.mitigation.applied",
        "dev.orpheus.brain.advice.given",
    ]


def test_a_cause_that_is_not_kept_any_more_is_left_out(orpheus: Orpheus, kept: Kept) -> None:
    """It was deleted, or is of a kind that is not kept."""
    lost = kept.emit("login.attempt")
    kept.events.clear()
    event = kept.emit("login.failed", cause=lost)
    kept.keep()
    ended = orpheus("event", "show", event.id)
    assert (ended.status, "caused by" in ended.out) == (0, False)


@pytest.mark.parametrize("ident", ["0123456789", "abc", "nope", ""])
def test_an_id_that_is_none_is_refused(orpheus: Orpheus, kept: Kept, ident: str) -> None:
    """With the command that shows ids."""
    kept.emit("login.attempt")
    kept.keep()
    ended = orpheus("event", "show", ident)
    assert (ended.status, ended.out) == (2, "")
    assert "  next  orpheus event query\n" in ended.err
