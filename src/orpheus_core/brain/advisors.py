"""The core's own advice on the commonest failures. Built-in plugin ``core-advice``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from orpheus_core.brain.advice import Action, Advice, Applicability, Situation
from orpheus_core.brain.events import Event, Severity
from orpheus_core.hookspecs import hookimpl


class CommonAdvisor:
    """Says what a person can do about DNS, TLS, rate limits, logins, disks and protection.

    Each piece of advice is given for the first event of its kind in a run, not for each.
    """

    @hookimpl
    def orpheus_advise(self, event: Event, situation: Situation) -> Sequence[Advice]:
        """Answer for error codes that a person can do something about."""
        code = event.error_type
        advise = _ADVICE.get(code or "")
        if code is None or advise is None or situation.counts.get(code, 0) > 1:
            return []
        return [advise(event)]


def _host(event: Event, nameless: str = "the service") -> str:
    return str(event.data.get("server_address") or event.service or nameless)


def _advice(event: Event, message: str, *actions: Action, severity: Severity) -> Advice:
    return Advice(
        code=event.error_type or "",
        message=message,
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


def _dns(event: Event) -> Advice:
    return _advice(
        event,
        f"The name {_host(event)} could not be looked up: this network's name service does not "
        "know it, or does not answer.",
        _do("open any web page: if that fails too, it is the network and not the service"),
        severity=Severity.WARNING,
    )


def _unreachable(event: Event) -> Advice:
    return _advice(
        event,
        f"{_host(event, nameless='The service')} cannot be reached from this network.",
        _do("check the connection, a VPN or a firewall"),
        severity=Severity.WARNING,
    )


def _tls(event: Event) -> Advice:
    return _advice(
        event,
        f"The connection to {_host(event)} is not trusted: something on the way shows a "
        "certificate of its own. Nothing was sent.",
        _do("name the certificate authority of your company proxy in network.ca_file"),
        severity=Severity.ERROR,
    )


def _rate(event: Event) -> Advice:
    return _advice(
        event,
        f"{event.service or 'The service'} asks for fewer requests; Orpheus waits as long as it "
        "says.",
        _do("nothing to do: it goes on by itself"),
        severity=Severity.INFO,
    )


def _down(event: Event) -> Advice:
    return _advice(
        event,
        f"{event.service or 'The service'} has trouble answering; the request is sent again "
        "after a pause.",
        _do("nothing to do, unless it stays"),
        severity=Severity.INFO,
    )


def _login(event: Event) -> Advice:
    return _advice(
        event,
        f"{event.service or 'The service'} wants a login for this.",
        _look(event),
        severity=Severity.ERROR,
    )


def _disk(event: Event) -> Advice:
    return _advice(
        event,
        "The disk is full. What is finished is kept, and the half file too.",
        _do("free some space, then give the same command again"),
        severity=Severity.ERROR,
    )


def _protected(event: Event) -> Advice:
    return _advice(
        event,
        f"{event.service or 'The service'} hands this out only in protected form, which Orpheus "
        "does not break.",
        _do("look for the same recording at a service that sells files"),
        severity=Severity.WARNING,
    )


def _truncated(event: Event) -> Advice:
    return _advice(
        event,
        f"A file from {_host(event)} stopped half-way; it goes on where it stopped.",
        _do("nothing to do, unless it happens often: then check the connection"),
        severity=Severity.INFO,
    )


_ADVICE: dict[str, Callable[[Event], Advice]] = {
    "net.dns-failure": _dns,
    "net.refused": _unreachable,
    "net.unreachable": _unreachable,
    "net.connect-timeout": _unreachable,
    "net.tls-untrusted": _tls,
    "net.tls-name": _tls,
    "net.truncated": _truncated,
    "net.connection-lost": _truncated,
    "svc.rate-limited": _rate,
    "svc.down": _down,
    "svc.protected": _protected,
    "auth.login-needed": _login,
    "io.disk-full": _disk,
}
