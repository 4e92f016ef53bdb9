"""Logs in again when a service refuses the login that it was given, and asks it once more."""

from __future__ import annotations

import collections
import threading
from collections.abc import Callable
from typing import TypeVar

import attrs

from orpheus_core.brain import Brain, LoginQuestion, MitigationKind, Verdict
from orpheus_core.clock import Clock
from orpheus_core.errors import AuthError, LoginNeeded, OrpheusError
from orpheus_core.services.login import Session
from orpheus_core.services.sessions import SessionManager

T = TypeVar("T")

# A session that is younger than this is not refused for its age.
_YOUNG_S = 60.0


@attrs.define(eq=False)
class _Renewals:
    """What became of the renewals of one service's login.

    *count* counts those that ended, *worked* and *ended_s* are the last one's. *is_rejected*
    stands until there is another session than *session*.
    """

    lock: threading.RLock = attrs.field(factory=threading.RLock)
    is_under_way: bool = False
    count: int = 0
    worked: bool = False
    ended_s: float = float("-inf")
    is_rejected: bool = False
    session: Session | None = None


class LoginRenewal:
    """Renews logins that end while a job runs, once for all threads that meet the refusal.

    Args:
        sessions: returns what logs in; asked when it is first needed.
    """

    def __init__(self, sessions: Callable[[], SessionManager], brain: Brain, clock: Clock) -> None:
        self._sessions = sessions
        self._brain = brain
        self._clock = clock
        self._lock = threading.Lock()
        self._renewals = collections.defaultdict[str, _Renewals](_Renewals)

    def asking(self, service: str, ask: Callable[[], T]) -> T:
        """Return what *ask* returns; when *service* refuses its login, renew that, and ask again.

        The second refusal is final. What a login itself asks for is not asked again.

        Raises:
            LoginNeeded: it is refused, and no login that is stored helps.
        """
        with self._lock:
            renewals = self._renewals[service]
        seen = renewals.count
        try:
            return ask()
        except LoginNeeded as error:
            # What a login itself asks for is part of that login.
            if self._sessions().is_logging_in(service):
                raise
            if not self._renewed(service, error, renewals, seen):
                raise
        return ask()

    def _renewed(self, service: str, error: LoginNeeded, renewals: _Renewals, seen: int) -> bool:
        """Whether there is a newer login than the one that was refused."""
        with renewals.lock:
            if renewals.is_under_way:  # by this thread, or the lock would not be free
                return False
            if renewals.count != seen:
                return renewals.worked
            if not self._may_help(service, renewals):
                return False
            renewals.is_under_way = True
            try:
                first = self._first(service, error)
                if first is None:
                    return False
                self._log_in(service, first, error, renewals)
            finally:
                renewals.is_under_way = False
            return renewals.worked

    def _may_help(self, service: str, renewals: _Renewals) -> bool:
        if renewals.is_rejected:
            return self._sessions().get(service) is not renewals.session
        return self._clock.monotonic() - renewals.ended_s >= _YOUNG_S

    def _first(self, service: str, error: LoginNeeded) -> str | None:
        """Return the strategy to begin with; None when nothing is to be done, or can be."""
        sessions = self._sessions()
        session, ready = sessions.get(service), sessions.ready(service)
        if not ready:
            return None
        # What an earlier process brought is of the login that would be tried first.
        used = session.strategy if session else ready[0]
        others = tuple(name for name in ready if name != used)
        standing = self._brain.mitigations.in_force(MitigationKind.REFRESH_LOGIN, service)
        decision = self._brain.decide(
            LoginQuestion(
                error=error,
                service=service,
                strategy=used,
                others=others,
                cause=standing.cause if standing else None,
            )
        )
        if decision.verdict is Verdict.SWITCH:
            chosen: str | None = decision.choice
        elif decision.verdict is Verdict.REFRESH:
            chosen = used if used in ready else ready[0]
        else:
            chosen = None
        if chosen not in (None, used):
            sessions.tell_switched(service, chosen, used, decision.reason, decision.event)
        return chosen

    def _log_in(self, service: str, first: str, error: LoginNeeded, renewals: _Renewals) -> None:
        """Log in, and note what came of it; what failed is said in *error*, too."""
        renewals.worked = renewals.is_rejected = False
        try:
            self._sessions().login_again(service, first)
            renewals.worked = True
        except OrpheusError as failure:
            error.why = "; ".join(filter(None, [error.why, f"to log in again: {failure.title}"]))
            renewals.is_rejected = isinstance(failure, AuthError)
        finally:
            renewals.session = self._sessions().get(service)
            renewals.ended_s = self._clock.monotonic()
            renewals.count += 1
