"""Rules: what to do when events come in a certain pattern. Data, whoever writes them."""

from __future__ import annotations

import enum
import threading
from collections.abc import Iterable, Mapping
from typing import TypeGuard

import attrs

from orpheus_core.brain.advice import Action, Applicability
from orpheus_core.brain.events import Scalar, Severity
from orpheus_core.brain.mitigation import Mitigation
from orpheus_core.brain.rules.templates import check_template

MOST_COUNTED = 1000
"""A rule remembers the times of so many events of one key at most."""

LONGEST_S = threading.TIMEOUT_MAX
"""No time of a rule is longer: what is added to a moment stays a moment."""

_is_text = attrs.validators.instance_of(str)


@attrs.frozen(kw_only=True)
class Range:
    """Numbers from *at_least* to *at_most*, both among them; None: no bound.

    Raises:
        TypeError, ValueError: a bound is no number, or no number lies between them.
    """

    at_least: float | None = None
    at_most: float | None = None

    def __attrs_post_init__(self) -> None:
        for bound in (self.at_least, self.at_most):
            if bound is not None and not is_number(bound):
                raise TypeError(f"a bound of a range is a number, not {bound!r}")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"nothing lies between {self.at_least} and {self.at_most}")


Filter = Scalar | Range | tuple[Scalar, ...]
"""What a field has to hold: a value, one of several, or a number in a range.

A value is of one type: true is not 1, ``"1"`` neither. A text may hold ``*``, which stands for
any letters. None is a field that is not there.
"""


def _filters(where: Mapping[str, Filter]) -> dict[str, Filter]:
    filters = dict(where)
    for name, wanted in filters.items():
        if not isinstance(name, str):
            raise TypeError(f"where names fields, and {name!r} is no name")
        values = wanted if isinstance(wanted, tuple) else (wanted,)
        if not values:
            raise ValueError(f"where {name} is one of none: nothing fits")
        if not (isinstance(wanted, Range) or all(map(_is_scalar, values))):
            raise TypeError(f"where {name} takes a value, a tuple of values or a Range: {wanted!r}")
    return filters


@attrs.frozen(kw_only=True)
class EventPattern:
    """Events of *kind* (a name, or a pattern with ``*``) whose fields pass *where*.

    The keys of *where* are names of the envelope (``error_type``, ``service``, ``plugin``,
    ``subject``, ``source``, and ``severity`` as its word) or of the data (``server.address``).

    Raises:
        TypeError, ValueError: a value is of another type, or a tuple is empty.
    """

    kind: str = attrs.field(validator=_is_text)
    where: Mapping[str, Filter] = attrs.field(factory=dict, converter=_filters)


class Per(enum.Enum):
    """What a rule counts apart: each host, service, job, plugin, stage, subject; or all as one.

    A host is the field ``server.address``, a stage the field ``stage``, a job the correlation id.
    """

    ALL = "all"
    HOST = "host"
    SERVICE = "service"
    JOB = "job"
    PLUGIN = "plugin"
    STAGE = "stage"
    SUBJECT = "subject"


def _actions(actions: Iterable[Action]) -> tuple[Action, ...]:
    return tuple(actions)


@attrs.frozen(kw_only=True)
class RuleAdvice:
    """What a rule says when it fires.

    In its texts and in the labels of its actions, ``{host}``, ``{service}``, ``{plugin}``,
    ``{stage}``, ``{subject}``, ``{count}``, ``{within_s}`` and ``{scope}`` (the key that was
    counted) are replaced by what the event holds, or by a plain word (``the host``) where it
    does not know. Any other brace is an error. In an action's *argv*, a word that is
    ``{service}`` or ``{plugin}`` is replaced; all else in it is taken as it is.

    Raises:
        TypeError, ValueError: a value is of another type, or holds another brace.
    """

    code: str = attrs.field(validator=_is_text)
    title: str = attrs.field(validator=_is_text)
    cause: str = attrs.field(default="", validator=_is_text)
    done: str = attrs.field(default="", validator=_is_text)
    severity: Severity = attrs.field(
        default=Severity.WARNING, validator=attrs.validators.instance_of(Severity)
    )
    actions: tuple[Action, ...] = attrs.field(
        default=(),
        converter=_actions,
        validator=attrs.validators.deep_iterable(attrs.validators.instance_of(Action)),
    )

    def __attrs_post_init__(self) -> None:
        labels = [action.label for action in self.actions]
        for text in (self.title, self.cause, self.done, *labels):
            check_template(text)


def _patterns(patterns: EventPattern | Iterable[EventPattern]) -> tuple[EventPattern, ...]:
    return (patterns,) if isinstance(patterns, EventPattern) else tuple(patterns)


def _mitigations(mitigations: Iterable[Mitigation]) -> tuple[Mitigation, ...]:
    return tuple(mitigations)


_is_pattern = attrs.validators.instance_of(EventPattern)


@attrs.frozen(kw_only=True)
class Rule:
    """When events come as described, do *then* and say *advice*.

    A rule is one of three:

    - a count: *count* events that fit *when* lie within *within_s*;
    - a sequence: *when* holds several patterns; events fit them one after the other, the last
      at most *within_s* after the first, others in between or not. One event is one step;
    - an absence: a count is complete, and no event that fits *absent* comes for *within_s*.
      Meanwhile no further count begins. Nothing wakes for it: that it fires is told with the
      next event of whatever kind, or when the brain is next asked for a decision. An event
      that comes *within_s* after the count, or later, is too late.

    Time is the monotonic clock's, at the moment when the event is delivered; *within_s* and
    less is within. What *per* tells apart is counted apart; an event that does not have that
    field (as a text, and not empty) does not concern the rule, be it in *when*, *absent* or
    *reset*. Of each event, first *reset* is looked at, then *absent*, then *when*: one that fits
    *reset* and *when* is the first of the new count.

    A rule that fires has used up all that was collected of that key. For *cooldown_s* from then
    on, events of that key are passed over, and not collected for later. A rule remembers the
    thousand keys that it saw last; of the others it knows nothing any more.

    Attributes:
        id: unique among the rules of one plugin: ``dns-repeated``.
        when: one pattern, or the patterns of a sequence.
        count: how many events make one count.
        within_s: how far apart they may lie, in seconds; also how long *absent* may take.
        absent: the event that keeps an absence from firing.
        reset: the event after which its key begins anew: nothing is collected, nothing waited
            for. A cool-down goes on.
        per: what is counted apart.
        cooldown_s: for so long after it fired, events of that key do not count.
        then: what is done differently; the brain does it by itself.
        advice: what is said.

    Raises:
        TypeError, ValueError: values that make no rule.
    """

    id: str = attrs.field(validator=_is_text)
    when: tuple[EventPattern, ...] = attrs.field(
        converter=_patterns, validator=attrs.validators.deep_iterable(_is_pattern)
    )
    count: int = 1
    within_s: float = 60.0
    absent: EventPattern | None = attrs.field(
        default=None, validator=attrs.validators.optional(_is_pattern)
    )
    reset: EventPattern | None = attrs.field(
        default=None, validator=attrs.validators.optional(_is_pattern)
    )
    per: Per = attrs.field(default=Per.ALL, validator=attrs.validators.instance_of(Per))
    cooldown_s: float = 300.0
    then: tuple[Mitigation, ...] = attrs.field(
        default=(),
        converter=_mitigations,
        validator=attrs.validators.deep_iterable(attrs.validators.instance_of(Mitigation)),
    )
    advice: RuleAdvice | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(attrs.validators.instance_of(RuleAdvice)),
    )

    def __attrs_post_init__(self) -> None:
        if not self.when:
            raise ValueError(f"rule {self.id} waits for nothing: when is empty")
        if type(self.count) is not int or not 1 <= self.count <= MOST_COUNTED:
            raise ValueError(
                f"rule {self.id}: count is a whole number from 1 to {MOST_COUNTED}, "
                f"not {self.count!r}"
            )
        if len(self.when) > 1 and (self.count > 1 or self.absent is not None):
            raise ValueError(f"rule {self.id}: a sequence has no count and no absent")
        for name, seconds in (("within_s", self.within_s), ("cooldown_s", self.cooldown_s)):
            if not is_number(seconds):
                raise TypeError(f"rule {self.id}: {name} is a number of seconds, not {seconds!r}")
        if not (0 < self.within_s <= LONGEST_S and 0 <= self.cooldown_s <= LONGEST_S):
            raise ValueError(f"rule {self.id}: within_s is above 0, cooldown_s not below")
        if not self.then and self.advice is None:
            raise ValueError(f"rule {self.id} does nothing: it has neither then nor advice")

    def actions(self) -> tuple[Action, ...]:
        """What is done, as actions that are automatic, and those that the advice offers."""
        own = tuple(
            Action(
                id=each.kind.value,
                label=each.kind.value.replace("_", " "),
                applicability=Applicability.AUTOMATIC,
                mitigation=each,
            )
            for each in self.then
        )
        return own + (self.advice.actions if self.advice else ())


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | bool | None) or is_number(value)


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether *value* is a number that has a size: neither a flag nor NaN."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value
