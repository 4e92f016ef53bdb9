"""Events that something is learned from, and a learner's world, for the tests beside this."""

from __future__ import annotations

import datetime

from orpheus_core.brain import Event, Severity

HOST, SERVICE = "api.shop.example", "shop"


def event(kind: str, time: datetime.datetime, **more: object) -> Event:
    """An event of *kind*; *more* are its other fields."""
    return Event(
        id="0190c0de-0000-7000-8000-000000000000",
        time=time,
        kind=kind,
        severity=Severity.DEBUG,
        **more,  # type: ignore[arg-type]  # the test's own
    )


def request(
    time: datetime.datetime, code: str = "", host: str = HOST, service: str | None = SERVICE
) -> Event:
    """A request that was answered, or failed with *code*."""
    kind = "network.request.failed" if code else "network.request.finished"
    data = {"server.address": host}
    return event(kind, time, service=service, error_type=code or None, data=data)


def interruption(time: datetime.datetime, code: str) -> Event:
    """A file that stopped coming, with *code*."""
    data = {"server.address": HOST, "done_bytes": 7}
    return event("transfer.interrupted", time, service=SERVICE, error_type=code, data=data)


def stage(time: datetime.datetime, name: str, code: str = "") -> Event:
    """A stage that ended well, or failed with *code*."""
    kind = "stage.failed" if code else "stage.finished"
    return event(kind, time, error_type=code or None, data={"stage": name})


def job(time: datetime.datetime, quality: str, kind: str = "album") -> Event:
    """A job that ended with *quality*."""
    data = {"kind": kind, "quality": quality}
    return event("job.finished", time, service=SERVICE, data=data)
