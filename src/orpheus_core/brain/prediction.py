"""Predictions: what was observed before, put as a chance, with how much to make of it."""

from __future__ import annotations

import enum

import attrs


class Predicted(enum.Enum):
    """What is predicted: a request to a host fails, a stage fails, which quality comes."""

    REQUEST_FAILS = "request_fails"
    STAGE_FAILS = "stage_fails"
    QUALITY = "quality"


_is_text = attrs.validators.instance_of(str)


def _is_share(_prediction: Prediction, attribute: attrs.Attribute[float], share: float) -> None:
    if not 0 <= share <= 1:
        raise ValueError(f"{attribute.name} is from 0 to 1, not {share}")


@attrs.frozen(kw_only=True)
class Prediction:
    """How likely *outcome* is for *about*.

    Attributes:
        about: a host, a stage, or ``SERVICE:KIND`` of a quality.
        outcome: the code of an error, a stage, the word of a quality; empty: any failure.
        chance: from 0 to 1.
        confidence: from 0 (nothing is known) to 1: how narrow the estimate is.
        observations: how many observations it stands on.
        reason: one sentence, as ``orpheus explain`` shows it.
        predicted_by: the plugin; the brain fills it in.

    Raises:
        TypeError, ValueError: a value is of another type or range.
    """

    what: Predicted = attrs.field(validator=attrs.validators.instance_of(Predicted))
    about: str = attrs.field(validator=_is_text)
    outcome: str = attrs.field(default="", validator=_is_text)
    chance: float = attrs.field(validator=_is_share)
    confidence: float = attrs.field(validator=_is_share)
    observations: int = attrs.field(
        validator=[attrs.validators.instance_of(int), attrs.validators.ge(0)]
    )
    reason: str = attrs.field(default="", validator=_is_text)
    predicted_by: str = ""
