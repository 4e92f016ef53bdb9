"""The core's own advice."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import orpheus_core
from orpheus_core.brain import Action, Advice, EventBus, Situation
from orpheus_core.brain.advisors import _ADVICE, CommonAdvisor
from orpheus_core.errors import LoginNeeded, OrpheusError, error_types
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock

CORE = Path(orpheus_core.__file__).parent
PLUGINS = Path(__file__).parents[2] / "plugins"
ERRORS = {error.code: error for error in error_types()}


def advice_on(error: OrpheusError, service: str | None = "sandbox") -> Advice:
    event = EventBus(SimClock(), Redactor()).emit("stage.failed", service=service, error=error)
    (advice,) = CommonAdvisor().orpheus_advise(event, Situation())
    return advice


@pytest.mark.parametrize("code", _ADVICE)
def test_each_piece_of_advice_is_a_sentence_with_something_to_do(code: str) -> None:
    """On a code that the tree of errors has; also when no service is named."""
    for service in ("sandbox", None):
        advice = advice_on(ERRORS[code]("x"), service)
        assert advice.code == code
        assert advice.title.endswith(".")
        assert advice.title[0].isupper() or advice.title.startswith("sandbox")
        assert advice.cause.endswith(".")
        assert advice.done.endswith(".") or not advice.done
        assert "None" not in advice.title + advice.cause + advice.done
        assert advice.actions[0].label


def test_a_command_in_advice_can_be_run_as_it_is() -> None:
    """Without a service there is none to ask about, but there is a list of them."""

    def commands(service: str | None) -> list[Action]:
        return list(advice_on(LoginNeeded("x"), service).actions)

    (about,) = commands("sandbox")
    assert about.argv == ("orpheus", "service", "info", "sandbox")
    (listing,) = commands(None)
    assert listing.argv == ("orpheus", "service", "list")
    assert listing.label == "orpheus service list"


def test_on_what_it_does_not_know_it_says_nothing() -> None:
    """No error, or one that nobody can do anything about."""
    bus = EventBus(SimClock(), Redactor())
    for error in (None, ERRORS["svc.not-found"]("x")):
        event = bus.emit("stage.failed", error=error)
        assert CommonAdvisor().orpheus_advise(event, Situation()) == []


def test_a_refused_request_is_no_reason_to_ask_for_a_login_yet() -> None:
    """The login is renewed first; only what fails in the end is the person's business."""
    bus = EventBus(SimClock(), Redactor())
    event = bus.emit("network.request.failed", service="sandbox", error=LoginNeeded("x"))
    assert CommonAdvisor().orpheus_advise(event, Situation()) == []


@pytest.mark.parametrize("kind", ["network.request.failed", "transfer.interrupted"])
def test_only_what_was_a_file_is_told_as_a_file(kind: str) -> None:
    """A search whose connection is lost does not go on where it stopped."""
    event = EventBus(SimClock(), Redactor()).emit(kind, error=ERRORS["net.connection-lost"]("x"))
    (advice,) = CommonAdvisor().orpheus_advise(event, Situation())
    told = (advice.title + advice.done).casefold()
    assert ("file" in told, "goes on where" in told) == (kind == "transfer.interrupted",) * 2


# --- all the advice that is shipped ---------------------------------------------------------


def advice_in(tree: ast.AST) -> Iterator[dict[str, ast.expr]]:
    """What each piece of advice that is made in *tree* is made of."""
    for node in ast.walk(tree):
        called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and called.rpartition(".")[2] in ("Advice", "RuleAdvice"):
            yield {each.arg or "**": each.value for each in node.keywords}


OF_THE_CORE = [p for p in CORE.rglob("*.py") if "testing" not in p.relative_to(CORE).parts]
SHIPPED = [
    pytest.param(parts, id=f"{path.name}-{number}")
    for path in sorted([*OF_THE_CORE, *PLUGINS.glob("*/src/**/*.py")])
    for number, parts in enumerate(advice_in(ast.parse(path.read_text("utf-8"))))
]


def test_advice_is_found_wherever_it_is_made() -> None:
    """In the core's advisors and rules, and in the assistant."""
    files = {str(each.id).partition("-")[0] for each in SHIPPED}
    assert {"advisors.py", "core_reach.py"} <= files
    assert "odd_tracks.py" in files or not PLUGINS.is_dir()  # as in an unpacked sdist


@pytest.mark.parametrize("parts", SHIPPED)
def test_all_advice_that_is_shipped_has_title_cause_and_a_next_step(
    parts: dict[str, ast.expr],
) -> None:
    """In the core and in the plugins below plugins/; where it is literal, it is not empty."""
    assert {"code", "title", "cause", "actions"} <= set(parts)
    for name in ("code", "title", "cause", "actions"):
        value = parts[name]
        if isinstance(value, ast.Constant | ast.Tuple):
            assert ast.literal_eval(value) if isinstance(value, ast.Constant) else value.elts
