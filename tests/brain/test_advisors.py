"""The core's own advice."""

from __future__ import annotations

import pytest

from orpheus_core.brain import Action, Advice, EventBus, Situation
from orpheus_core.brain.advisors import _ADVICE, CommonAdvisor
from orpheus_core.errors import LoginNeeded, OrpheusError, error_types
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock

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
        assert advice.message.endswith(".")
        assert advice.message[0].isupper() or advice.message.startswith("sandbox")
        assert "None" not in advice.message
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
