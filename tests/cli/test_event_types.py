"""``orpheus event types``: the table of kinds, as the code reads it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from orpheus_core.brain import KINDS
from orpheus_core.brain.event_schema import schema
from orpheus_core.cli.columns import width

if TYPE_CHECKING:
    from tests.cli.conftest import Orpheus


def test_every_kind_is_listed_with_severity_and_meaning(orpheus: Orpheus) -> None:
    """In the order of the table, and no wider than a screen."""
    ended = orpheus("event", "types")
    assert (ended.status, ended.err) == (0, "")
    head, *lines = ended.out.splitlines()
    assert head.split() == ["kind", "severity", "means"]
    starts = [line.split()[:2] for line in lines if not line.startswith(" ")]
    assert starts == [[kind.name, kind.severity.name.lower()] for kind in KINDS.values()]
    for kind in KINDS.values():
        assert kind.means in " ".join(ended.out.split())
    assert max(map(width, ended.out.splitlines())) <= 80


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_is_explained(orpheus: Orpheus, name: str) -> None:
    """Its fields with type and privacy, since when, what can be done; for programs, too."""
    kind = KINDS[name]
    out = orpheus("event", "types", name.upper()).out
    assert out.startswith(f"{name}: ")
    assert f"  severity  {kind.severity.name.lower()}\n" in out
    for field in kind.fields:
        words = [line.removeprefix("  fields").split() for line in out.splitlines()]
        (line,) = [each for each in words if each[0] == field.name]
        assert line[1] == field.type.value
        assert field.private is ("private:" in line)
    assert kind.remedy in " ".join(out.split())
    (data,) = orpheus("--json", "event", "types", name).document["data"]["kinds"]
    assert data == {
        "kind": name,
        "area": kind.area.value,
        "severity": kind.severity.name.lower(),
        "means": kind.means,
        "fields": [
            {"name": each.name, "type": each.type.value, "private": each.private}
            for each in kind.fields
        ],
        "remedy": kind.remedy,
        "since": kind.since,
        "source": kind.source,
        "kept": kind.kept,
    }


def test_a_pattern_lists_those_that_fit(orpheus: Orpheus) -> None:
    """Also when it is one only: a list is what was asked for."""
    kinds = orpheus("--json", "event", "types", "login.*").document["data"]["kinds"]
    assert [kind["kind"] for kind in kinds] == [n for n in KINDS if n.startswith("login.")]
    assert orpheus("event", "types", "*.resolved").out.splitlines()[1].startswith("job.resolved ")


def test_a_kind_that_is_none_gets_a_suggestion(orpheus: Orpheus) -> None:
    """Nothing is shown then."""
    ended = orpheus("event", "types", "login.faild")
    assert (ended.status, ended.out) == (2, "")
    assert "  next  did you mean login.failed?\n" in ended.err
    assert "  next  orpheus event types\n" in orpheus("event", "types", "xyz*").err


def test_the_schema_is_printed_as_it_is(orpheus: Orpheus) -> None:
    """A file for a validator; with ``--json`` in the envelope of everything."""
    assert json.loads(orpheus("event", "types", "--schema").out) == schema()
    document = orpheus("event", "types", "--schema", "--json").document
    assert document["data"] == {"schema": schema()}
