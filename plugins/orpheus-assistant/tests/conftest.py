"""What the tests share: an application with an assistant, and a way to let things happen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

import orpheus_core as oc
from orpheus_assistant.plugin import Assistant
from orpheus_core.testing import SimClock

WARNING, INFO, ERROR = oc.Severity.WARNING, oc.Severity.INFO, oc.Severity.ERROR


@attrs.define
class Run:
    """An application, what happens in it, and what its assistant says of that."""

    app: oc.Orpheus
    clock: SimClock
    said: list[oc.Event] = attrs.field(factory=list)
    count: int = 0

    def happens(
        self,
        kind: str,
        severity: oc.Severity = INFO,
        *,
        service: str | None = "sandbox",
        job: str | None = "job-1",
        subject: str | None = None,
        code: str | None = None,
        **data: str | int,
    ) -> None:
        """Publish an event."""
        self.count += 1
        self.app.brain.events.publish(
            oc.Event(
                id=f"event-{self.count}",
                time=self.clock.now(),
                kind=kind,
                severity=severity,
                service=service,
                correlation_id=job,
                subject=subject,
                error_type=code,
                data=data,
            )
        )

    def retry(self, *, service: str = "sandbox", attempt: int = 1, code: str = "svc.down") -> None:
        """A request failed, and is sent again."""
        self.warning(service=service, code=code)
        self.happens("network.retry.scheduled", service=service, code=code, attempt=attempt)

    def warning(self, *, service: str = "sandbox", code: str = "svc.down") -> None:
        """A request failed."""
        self.happens("network.request.failed", WARNING, service=service, code=code)

    def comes(self, track: int, *, job: str = "job-1", stage: str = "verify") -> None:
        """A track got past a stage."""
        self.happens("stage.finished", job=job, subject=subject_of(track), stage=stage)

    def fails(self, track: int, code: str = "svc.country", *, job: str = "job-1") -> None:
        """A track failed for good."""
        self.happens(
            "stage.failed", ERROR, job=job, subject=subject_of(track), code=code, stage="download"
        )

    @property
    def advice(self) -> list[tuple[object, object]]:
        """Code and message of each advice that the assistant gave."""
        return [(event.data["code"], event.data["title"]) for event in self.said]


def subject_of(track: int) -> str:
    return f"track/sandbox:track:salt-{track:02}"


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """A run; at its end the assistant is in good order."""
    clock = SimClock()
    plugins: dict[str, object] = {"assistant": Assistant()}
    with oc.Orpheus(tmp_path / "home", plugins=plugins, discover=False, clock=clock) as app:
        running = Run(app, clock)
        app.brain.events.subscribe(
            lambda event: running.said.append(event) if event.plugin == "assistant" else None,
            kinds=["brain.advice.given"],
        )
        yield running
        (record,) = [each for each in app.plugins.records() if each.id == "assistant"]
        assert record.state is oc.PluginState.ACTIVE, record.reason
