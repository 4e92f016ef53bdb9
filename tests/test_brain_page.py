"""docs/explanation/brain.md says what is so: its chain is a real one, its tables are complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.network.shop import Shop, scene, without_a_name

from orpheus_core import config, hookspecs
from orpheus_core.brain import Applicability, MitigationKind, Question, Verdict, correlated
from orpheus_core.brain.log.keeper import MOST_LOST
from orpheus_core.testing.faultserver import FaultServer, answer

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "brain.md"


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table below *heading*."""
    _, _, below = PAGE.read_text("utf-8").partition(f"## {heading}\n")
    lines = re.findall(r"^\| (.*) \|$", below.partition("\n## ")[0], re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in lines][2:]


def test_the_chain_is_what_really_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three failed look-ups and what follows, through the real network path."""
    without_a_name(monkeypatch)
    found = answer(body=b'{"titles": []}', headers={"Content-Type": "application/json"})
    with FaultServer(found) as server:
        made = scene(tmp_path, Shop(server.port))
        with made.app, correlated("job-7"):
            made.search()

    told = [each for each in made.events if each.correlation_id == "job-7"]
    told = sorted((each for each in told if each.kind != "service.registered"), key=lambda e: e.seq)
    chain = rows("From an event to a decision: one real chain")
    assert [cells[0].strip("`") for cells in chain] == [event.kind for event in told]
    decided = [
        re.search(r"\*\*(.+)\*\*", cells[1]) for cells in chain if "decision.made" in cells[0]
    ]
    assert [each and each[1].replace(" ", "_") for each in decided] == [
        event.data["verdict"] for event in told if event.kind == "brain.decision.made"
    ]
    (advice,) = (event for event in told if event.kind == "brain.advice.given")
    assert advice.data["title"] in [cells[1] for cells in chain]


def test_every_mitigation_is_told_with_what_it_is_of() -> None:
    """A service, a host, a stage."""
    told = {cells[0].strip("`"): cells[1] for cells in rows("Mitigations")}
    assert set(told) == {kind.value for kind in MitigationKind}
    words = {"service": "service", "server.address": "host", "stage": "stage"}
    for kind in MitigationKind:
        assert all(words[name] in told[kind.value] for name in kind.scoped_by)


def test_every_question_is_told_with_its_answers() -> None:
    """And with what happens when nobody answers."""
    told = {re.findall(r"`(\w+)`", cells[0])[0]: cells for cells in rows("Decisions")}
    kinds = {kind.__name__: kind for kind in Question.__subclasses__()}
    assert set(told) == set(kinds)
    for name, cells in told.items():
        verdicts = {Verdict(word) for word in re.findall(r"`(\w+)`", cells[2])}
        assert verdicts == kinds[name].verdicts
        assert cells[3] == f"`{kinds[name].otherwise.value}`"


def test_every_applicability_is_told() -> None:
    """By the word that programs see."""
    told = {cells[0].strip("`") for cells in rows("Advice")}
    assert told == {each.value for each in Applicability}


def test_the_numbers_are_the_defaults() -> None:
    """Of the settings that the page names."""
    text = PAGE.read_text("utf-8")
    advice, events = config.AdviceSettings(), config.EventSettings()
    assert (advice.most, advice.again_after_s) == (20, 600.0)
    assert f"at most {events.keep_days} days and {events.largest_mb} MB" in text
    assert f"{MOST_LOST} at\n  most" in text


def test_every_hook_of_the_brain_is_named() -> None:
    """Those that exist."""
    named = set(re.findall(r"`(orpheus_\w+)`", PAGE.read_text("utf-8")))
    assert named <= set(vars(hookspecs))
    told = {re.findall(r"`(\w+)`", cells[0])[0] for cells in rows("What a plugin of yours can do")}
    assert told == {
        "orpheus_advise",
        "orpheus_decide",
        "orpheus_event",
        "orpheus_event_sinks",
        "orpheus_predict",
        "orpheus_rules",
    }
