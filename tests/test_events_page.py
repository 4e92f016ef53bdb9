"""The reference of events is what the table of kinds is."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from orpheus_core.brain import KINDS, Severity
from orpheus_core.brain.event_schema import schema

HERE = Path(__file__).parent


def _loaded(name: str) -> ModuleType:
    """The script beside this file; tests are no package, so it cannot be imported by name."""
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec
    assert spec.loader
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


events_page = _loaded("events_page")


def test_the_reference_is_what_the_table_is() -> None:
    """The page is generated."""
    text = events_page.PAGE.read_text("utf-8")
    assert text == events_page.page(), f"stale: {events_page.COMMAND}"


def test_every_kind_and_field_is_in_the_reference() -> None:
    """With what it means, and what a person can do."""
    text = events_page.page()
    for kind in KINDS.values():
        _, _, entry = text.partition(f"#### `{kind.name}`\n")
        entry = entry.partition("####")[0]
        assert kind.means in entry
        assert kind.remedy in entry
        assert ("private" in entry) == kind.private
        assert ("fleeting" in entry) != kind.kept
        for field in kind.fields:
            assert f"| `{field.name}` | {field.type.means}" in entry


def test_the_envelope_is_told_whole() -> None:
    """Each attribute that a document can have is in the schema, and each of the schema is told."""
    assert events_page.attributes() == set(schema()["properties"])  # type: ignore[call-overload]
    for name in events_page.attributes():
        assert f"| `{name}` |" in events_page.page()


def test_every_severity_is_explained() -> None:
    """In the head, by word and number."""
    head = events_page.HEAD.read_text("utf-8")
    for severity in Severity:
        assert f"| {severity.name.lower()} | {int(severity)} |" in head
