"""Which sample is for which part of a plugin, and which parts have none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from orpheus_core.delivery import Stage
from orpheus_core.services import LoginStrategy, SecretBackend, Service
from orpheus_core.testing.conformance.samples import (
    LoginSample,
    SecretBackendSample,
    ServiceSample,
    StageSample,
)
from orpheus_core.testing.conformance.subject import Subject

T = TypeVar("T")
S = TypeVar("S")


def services(subject: Subject) -> list[tuple[Service, ServiceSample]]:
    """Each service of the plugin with its sample; those without one are left out."""
    return _pairs(
        subject.brought.services,
        subject.samples_of(ServiceSample),
        lambda service, sample: sample.service == service.info.id,
        lambda sample: not sample.service,
    )


def logins(subject: Subject) -> list[tuple[LoginStrategy, LoginSample]]:
    """Each login strategy of the plugin with its sample."""
    return _pairs(
        subject.brought.logins,
        subject.samples_of(LoginSample),
        lambda login, sample: (
            (sample.service in ("", login.service) and sample.strategy in ("", login.name))
            and bool(sample.service or sample.strategy)
        ),
        lambda sample: not (sample.service or sample.strategy),
    )


def stages(subject: Subject) -> list[tuple[Stage, StageSample]]:
    """Each stage of the plugin with its sample."""
    return _pairs(
        subject.brought.stages,
        subject.samples_of(StageSample),
        lambda stage, sample: sample.stage == stage.name,
        lambda sample: not sample.stage,
    )


def backends(subject: Subject) -> list[tuple[SecretBackend, SecretBackendSample]]:
    """Each secret backend of the plugin with its sample."""
    return _pairs(
        subject.brought.backends,
        subject.samples_of(SecretBackendSample),
        lambda backend, sample: sample.backend == backend.name,
        lambda sample: not sample.backend,
    )


def _pairs(
    parts: Sequence[T],
    samples: Sequence[S],
    is_for: Callable[[T, S], bool],
    names_none: Callable[[S], bool],
) -> list[tuple[T, S]]:
    """Each part with each sample for it; one that names no part is for the only one there is."""
    return [
        (part, sample)
        for part in parts
        for sample in samples
        if is_for(part, sample) or (names_none(sample) and len(parts) == 1)
    ]
