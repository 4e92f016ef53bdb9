"""The core's own advice on the commonest failures. Built-in plugin ``core-advice``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from orpheus_core.brain.advice import Action, Advice, Applicability, Situation
from orpheus_core.brain.events import Event, Severity
from orpheus_core.hookspecs import hookimpl


class CommonAdvisor:
    """Says what a person can do about TLS, logins, a full disk and protection.

    That the same is not said twice is up to the desk. What is worth a word only after several
    events, or comes with something to do, is a rule of ``core-rules``.
    """

    @hookimpl
    def orpheus_advise(self, event: Event, situation: Situation) -> Sequence[Advice]:
        """Answer for error codes that a person can do something about."""
        advise = _ADVICE.get(event.error_type or "")
        # A login that has ended is renewed first; whether that helped is seen where it ends.
        is_renewed = (event.kind, event.error_type) == _RENEWED
        return [] if advise is None or is_renewed else [advise(event)]


_RENEWED = ("network.request.failed", "auth.login-needed")


def _host(event: Event, nameless: str = "the service") -> str:
    return str(event.data.get("server.address") or event.service or nameless)


def _advice(
    event: Event, title: str, *actions: Action, cause: str, severity: Severity, done: str = ""
) -> Advice:
    return Advice(
        code=event.error_type or "",
        title=title,
        cause=cause,
        done=done,
        severity=severity,
        actions=actions,
        service=event.service,
    )


def _look(event: Event) -> Action:
    what = ("info", event.service) if event.service else ("list",)
    argv = ("orpheus", "service", *what)
    return Action(
        id=f"service-{what[0]}",
        label=" ".join(argv),
        argv=argv,
        applicability=Applicability.AUTOMATIC,
    )


def _do(label: str) -> Action:
    return Action(id="by-hand", label=label, applicability=Applicability.MANUAL)


def _tls(event: Event) -> Advice:
    return _advice(
        event,
        f"The connection to {_host(event)} is not trusted.",
        _do(
            "in a hotel or train, sign in to its network in a browser; behind a company proxy, "
            "name its certificate authority in network.ca_file"
        ),
        cause="Something on the way shows a certificate of its own.",
        done="Nothing was sent.",
        severity=Severity.ERROR,
    )


def _down(event: Event) -> Advice:
    return _advice(
        event,
        f"{event.service or 'The service'} has trouble answering.",
        _do("nothing to do, unless it stays"),
        cause="It is overloaded, or being worked on.",
        done="The request is sent again after a pause.",
        severity=Severity.INFO,
    )


def _login(event: Event) -> Advice:
    return _advice(
        event,
        f"{event.service or 'The service'} wants a login for this.",
        _look(event),
        cause="There are no credentials for it, or it does not accept them any more.",
        severity=Severity.ERROR,
    )


def _disk(event: Event) -> Advice:
    return _advice(
        event,
        "The disk is full.",
        _do("free some space, then give the same command again"),
        cause="What was asked for is larger than what is left.",
        done="What is finished is kept, and the half file too.",
        severity=Severity.ERROR,
    )


def _protected(event: Event) -> Advice:
    return _advice(
        event,
        f"{event.service or 'The service'} hands this out only in protected form, which Orpheus "
        "does not break.",
        _do("look for the same recording at a service that sells files"),
        cause="Its files are made for its own player alone.",
        severity=Severity.WARNING,
    )


def _truncated(event: Event) -> Advice:
    is_file = event.kind.startswith("transfer.")
    return _advice(
        event,
        f"{'A file' if is_file else 'An answer'} from {_host(event)} stopped half-way.",
        _do("nothing to do, unless it happens often: then check the connection"),
        cause="The connection was cut, by the service or on the way.",
        done="It goes on where it stopped." if is_file else "It is asked for again after a pause.",
        severity=Severity.INFO,
    )


_ADVICE: dict[str, Callable[[Event], Advice]] = {
    "net.tls-untrusted": _tls,
    "net.tls-name": _tls,
    "net.truncated": _truncated,
    "net.connection-lost": _truncated,
    "svc.down": _down,
    "svc.protected": _protected,
    "auth.login-needed": _login,
    "io.disk-full": _disk,
}
