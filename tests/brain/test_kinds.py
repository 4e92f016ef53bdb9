"""The table of kinds: every row is published, tested, named and described as it should be."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs
import pytest

import orpheus_core
from orpheus_core.brain import KINDS, Area, EventBus, Severity, faults_of
from orpheus_core.brain.kind import FieldType
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock

CORE = Path(orpheus_core.__file__).parent
TESTS = Path(__file__).parent.parent
PLUGINS = TESTS.parent / "plugins"

OPENTELEMETRY = {
    "exception.message": "exception_message",
    "exception.stacktrace": "stacktrace traceback trace",
    "exception.type": "exception exception_type",
    "file.path": "file_path filename",
    "http.request.method": "method http_method http.method",
    "http.request.resend_count": "resend_count resends",
    "http.response.status_code": "status status_code http_status http.status_code",
    "network.protocol.version": "http_version protocol_version",
    "process.pid": "pid process_id",
    "server.address": "host hostname server",
    "server.port": "port server_port",
    "url.full": "url uri link href",
}
"""Its attributes that we have a use for, each with what it could be called by mistake.

Source: OpenTelemetry, semantic conventions: registry of attributes.
"""


# --- names ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_is_area_thing_and_participle(name: str) -> None:
    """Two or three words, lower case, no values in them; it says in a sentence what it means."""
    assert re.fullmatch(r"[a-z]+(\.[a-z]+){1,2}", name)
    assert KINDS[name].means.endswith(".")


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_belongs_to_an_area_and_a_room(name: str) -> None:
    """Known by its first word; the room that publishes it exists."""
    kind = KINDS[name]
    assert isinstance(kind.area, Area)
    owner, _, room = kind.source.partition("/")
    assert owner == "core"
    assert (CORE / room).is_dir() or (CORE / f"{room}.py").is_file()


def test_every_area_has_kinds() -> None:
    """None is left over."""
    assert {kind.area for kind in KINDS.values()} == set(Area)


@pytest.mark.parametrize("name", KINDS)
def test_what_waits_for_a_person_says_what_they_can_do(name: str) -> None:
    """From warning on; a remedy is a sentence."""
    kind = KINDS[name]
    assert kind.remedy or kind.severity < Severity.WARNING
    assert not kind.remedy or kind.remedy.endswith(".")


@pytest.mark.parametrize("name", KINDS)
def test_its_fields_are_called_as_in_opentelemetry_where_that_has_a_name(name: str) -> None:
    """A name with a dot is one of OpenTelemetry's, and nothing of it goes by another name."""
    wrong = {variant for variants in OPENTELEMETRY.values() for variant in variants.split()}
    for field in KINDS[name].fields:
        if "." in field.name:
            assert field.name in OPENTELEMETRY
        else:
            assert re.fullmatch("[a-z][a-z0-9]*(_[a-z0-9]+)*", field.name)
        assert field.name not in wrong
    names = [field.name for field in KINDS[name].fields]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", KINDS)
def test_its_fields_carry_their_units(name: str) -> None:
    """Seconds end in ``_s``, bytes in ``_bytes``, and nothing else does."""
    for field in KINDS[name].fields:
        assert field.name.endswith("_s") == (field.type is FieldType.SECONDS), field.name
        assert field.name.endswith("_bytes") == (field.type is FieldType.BYTES), field.name


# --- published, and tested ------------------------------------------------------------------


@functools.cache
def published() -> Mapping[str, set[str]]:
    """The kinds that the core and the shipped plugins publish, each with the files that do."""
    found: dict[str, set[str]] = {}
    files = [path for path in CORE.rglob("*.py") if "testing" not in path.relative_to(CORE).parts]
    for path in [*files, *PLUGINS.glob("*/src/**/*.py")]:
        for kind in published_in(ast.parse(path.read_text("utf-8"))):
            found.setdefault(kind, set()).add(path.name)
    return found


_LISTENING = {"EventPattern", "HookUse", "subscribe", "startswith", "get"}


def published_in(tree: ast.AST) -> set[str]:
    """The kinds that stand in a module that publishes, but for what it only listens for."""
    if not any(_called(node) in ("emit", "publish") for node in ast.walk(tree)):
        return set()
    return set(_kinds_in(tree))


def _kinds_in(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Compare) or _called(node) in _LISTENING:
        return
    if isinstance(node, ast.keyword) and node.arg in ("kinds", "events"):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in KINDS:
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from _kinds_in(child)


def _called(node: ast.AST) -> str:
    return ast.unparse(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""


def test_publishing_is_told_from_listening() -> None:
    """A kind counts where it is handed to the bus, itself or by a constant or a table."""
    tree = ast.parse(
        '_KINDS = {True: "job.finished"}\n'
        "def work(events, event):\n"
        '    events.emit("job.started")\n'
        "    events.emit(_KINDS[True])\n"
        '    events.subscribe(print, kinds=["job.failed"])\n'
        '    if event.kind == "stage.failed": pass\n'
        '    return Rule(when=EventPattern("stage.skipped"))\n'
    )
    assert published_in(tree) == {"job.started", "job.finished"}
    assert published_in(ast.parse('KIND = "job.started"')) == set()


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_is_published_by_the_core_or_a_shipped_plugin(name: str) -> None:
    """No row of the table is a promise only."""
    assert published().get(name), f"nobody publishes {name}"


@functools.cache
def texts_of_tests() -> Mapping[Path, str]:
    files = [*TESTS.rglob("test_*.py"), *PLUGINS.glob("*/tests/**/test_*.py")]
    return {path: path.read_text("utf-8") for path in files if path != Path(__file__)}


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_has_a_test_that_names_it(name: str) -> None:
    """Beside this file."""
    assert [path for path, text in texts_of_tests().items() if f'"{name}"' in text]


# --- validation -----------------------------------------------------------------------------


def test_a_field_that_the_table_does_not_have_is_found() -> None:
    """So is a value of another type; what fits is no fault."""
    bus = EventBus(SimClock(), Redactor())
    good = bus.emit("transfer.progressed", data={"done_bytes": 1, "size_bytes": None})
    bad = bus.emit("transfer.progressed", data={"done_bytes": "1", "extra": 2})
    assert faults_of([good]) == []
    assert len(faults_of([bad])) == 2


def test_an_unknown_kind_is_a_fault() -> None:
    """Events that plugins make by hand are checked too."""
    event = EventBus(SimClock(), Redactor()).emit("job.started")
    assert faults_of([attrs.evolve(event, kind="job.exploded")]) == ["unknown kind 'job.exploded'"]


@pytest.mark.parametrize(
    ("kind", "fitting", "other"),
    [
        (FieldType.TEXT, ["", "x"], [1, True]),
        (FieldType.JSON, ["[]"], [1]),
        (FieldType.COUNT, [0, 2**40], [-1, 1.0, True, "1"]),
        (FieldType.BYTES, [0, 2**40], [-1, 0.5, True, "1"]),
        (FieldType.SECONDS, [0, 0.5, 7], [-0.5, True, "1"]),
        (FieldType.SHARE, [0, 0.5, 1], [1.5, -0.5, True, "1"]),
        (FieldType.FLAG, [True, False], [1, 0, "yes"]),
    ],
)
def test_a_value_fits_its_type_and_no_other(
    kind: FieldType, fitting: list[object], other: list[object]
) -> None:
    """True is an int to Python, and not to a reader of events. None says unknown."""
    assert all(kind.fits(value) for value in [*fitting, None])
    assert not any(kind.fits(value) for value in other)
    assert kind.means
