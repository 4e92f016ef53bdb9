"""Advice, as people and programs are told of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.cli.kept_events import ADVICE, BEGAN

from orpheus_core.brain import Event, Scalar, Severity
from orpheus_core.cli.advised import advised_in
from orpheus_core.cli.invocation import Advised, Offered

if TYPE_CHECKING:
    from tests.cli.conftest import Install, Orpheus

    from orpheus_core.testing.sandbox import SandboxServer

ADVISOR = """
import orpheus_core as oc

@oc.hookimpl
def orpheus_advise(event):
    if event.kind != "job.failed":
        return []
    return [
        oc.Advice(
            code="my.own",
            title="It is not there.",
            cause="It was removed.",
            done="Nothing was deleted.",
            severity=oc.Severity.ERROR,
            actions=(
                oc.Action(id="a", label="look for it elsewhere"),
                oc.Action(
                    id="b",
                    label="look",
                    argv=("orpheus", "service", "list"),
                    applicability=oc.Applicability.AUTOMATIC,
                ),
            ),
        )
    ]
"""
USES = '[[hooks]]\nname = "orpheus_advise"\nevents = ["job.failed"]\n'


def told(**data: Scalar) -> Event:
    """The event of an advice."""
    return Event(
        id="1",
        time=BEGAN,
        kind="brain.advice.given",
        severity=Severity.WARNING,
        service="deezer",
        data={**ADVICE, **data},
    )


def test_all_of_it_is_read_back_from_its_event() -> None:
    """Code, severity, title, cause, what was done, actions, who says so, of which service."""
    advised = advised_in(told())
    assert advised == Advised(
        code="net.dns-failure",
        severity="warning",
        title="The name api.deezer.com could not be looked up, 3 times in a row.",
        cause="This network's name service does not know it, or does not answer.",
        done="Another host is asked now.",
        actions=(
            Offered("open-a-page", "open any web page", (), "manual"),
            Offered(
                "look",
                "look at the service",
                ("orpheus", "service", "info", "deezer"),
                "automatic",
            ),
        ),
        advisor="core-rules",
        service="deezer",
    )
    assert advised.next_step == "open any web page"
    assert json.loads(json.dumps(advised.as_data())) == advised.as_data()


@pytest.mark.parametrize(
    "actions", ['[{"id": "open-a-p…', "[" * 100_000, '{"a": 1}', "[1]", "null", "nope"]
)
def test_of_actions_that_cannot_be_read_the_first_is_left(actions: str) -> None:
    """A text of an event is cut where it is too long, and so may end in the middle."""
    assert advised_in(told(actions=actions)).actions == (
        Offered("next", "open any web page", (), "manual"),
    )
    assert advised_in(told(actions=actions, next_step="")).next_step == ""


@pytest.mark.parametrize("actions", ["", "[]", None])
def test_advice_may_offer_nothing(actions: str | None) -> None:
    """Then there is no next step either."""
    assert advised_in(told(actions=actions, next_step="")).actions == ()


def test_a_download_tells_programs_all_of_an_advice(
    orpheus: Orpheus, sandbox: SandboxServer, plugin: Install
) -> None:
    """In the line when it comes, and in the last line."""
    plugin("mine", ADVISOR, USES)
    ended = orpheus("--json", "download", "sandbox:album:nope", "--to", orpheus.home / "music")
    wanted = {
        "code": "my.own",
        "severity": "error",
        "title": "It is not there.",
        "cause": "It was removed.",
        "done": "Nothing was deleted.",
        "actions": [
            {
                "id": "a",
                "label": "look for it elsewhere",
                "argv": [],
                "applicability": "manual",
            },
            {
                "id": "b",
                "label": "look",
                "argv": ["orpheus", "service", "list"],
                "applicability": "automatic",
            },
        ],
        "advisor": "mine",
        "service": "sandbox",
        "next_step": "look for it elsewhere",
    }
    (line,) = [each for each in ended.lines if each["type"] == "advice"]
    assert {name: line[name] for name in wanted} == wanted
    assert ended.lines[-1]["advice"] == [wanted]
    ended = orpheus("download", "sandbox:album:nope", "--to", orpheus.home / "music")
    assert "\nadvice: It is not there. (look for it elsewhere)\n" in f"\n{ended.err}"
