"""Mitigations: what can be done differently for a while, so that a failure does not go on."""

from __future__ import annotations

import enum
import threading

import attrs

_is_text = attrs.validators.instance_of(str)


class MitigationKind(enum.Enum):
    """What is done differently, and what its *scope* names.

    ``refresh_login``: the next refused login of a service is renewed before it is given up;
    ``switch_login``: with another strategy. ``use_alternative``: requests to a host go to
    another one of its service. ``slow_down``: a service gets half as many requests.
    ``pause_service``: it gets none. ``stop_retrying``: what fails at a host or service is not
    tried again. ``skip_stage``: a stage that the work can go on without is left out.
    """

    REFRESH_LOGIN = "refresh_login"
    SWITCH_LOGIN = "switch_login"
    USE_ALTERNATIVE = "use_alternative"
    SLOW_DOWN = "slow_down"
    PAUSE_SERVICE = "pause_service"
    STOP_RETRYING = "stop_retrying"
    SKIP_STAGE = "skip_stage"

    @property
    def scoped_by(self) -> tuple[str, ...]:
        """The fields of an event that a scope of this kind is taken from, the first there is."""
        return _SCOPES[self]


_SCOPES = {
    MitigationKind.REFRESH_LOGIN: ("service",),
    MitigationKind.SWITCH_LOGIN: ("service",),
    MitigationKind.USE_ALTERNATIVE: ("server.address",),
    MitigationKind.SLOW_DOWN: ("service",),
    MitigationKind.PAUSE_SERVICE: ("service",),
    MitigationKind.STOP_RETRYING: ("server.address", "service"),
    MitigationKind.SKIP_STAGE: ("stage",),
}


def _is_time(_mitigation: Mitigation, _attribute: attrs.Attribute[float], seconds: float) -> None:
    if not 0 < seconds <= threading.TIMEOUT_MAX:
        raise ValueError(f"for_s is a number of seconds above 0, not {seconds}")


@attrs.frozen(kw_only=True)
class Mitigation:
    """Do *kind* to *scope* (a service, host or stage) for the next *for_s* seconds.

    An empty *scope* is filled in from the event that it answers.

    Raises:
        TypeError, ValueError: a value is of another type, or the time has no end.
    """

    kind: MitigationKind = attrs.field(validator=attrs.validators.instance_of(MitigationKind))
    scope: str = attrs.field(default="", validator=_is_text)
    for_s: float = attrs.field(
        default=300.0, validator=[attrs.validators.instance_of((int, float)), _is_time]
    )
