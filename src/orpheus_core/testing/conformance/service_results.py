"""What the flows of a service ended in, for the rules that look at it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from orpheus_core.music import Playlist, Release, Track
from orpheus_core.plugins import ServiceInfo
from orpheus_core.testing.conformance.levels import RuleKind
from orpheus_core.testing.conformance.matching import services
from orpheus_core.testing.conformance.matrix import Played, matrix_of
from orpheus_core.testing.conformance.service_flows import Resolve
from orpheus_core.testing.conformance.subject import Subject

F = TypeVar("F")


def played(subject: Subject) -> list[Played]:
    """Return how the flows of the services went when nothing was wrong."""
    return subject.once(matrix_of).well(RuleKind.SERVICE)


def ended(subject: Subject, kind: type[F]) -> Iterator[tuple[F, object]]:
    """Yield each flow of that kind that worked, with its result."""
    for each in played(subject):
        if isinstance(each.flow, kind) and each.trial.ended_well:
            yield each.flow, each.trial.value


def info_of(subject: Subject, service: str) -> ServiceInfo:
    """Return what the service with that id says of itself."""
    return next(each.info for each, _ in services(subject) if each.info.id == service)


def media_of(subject: Subject, service: str = "") -> Iterator[object]:
    """Yield what the references of a service, or of all, resolve to."""
    for flow, media in ended(subject, Resolve):
        if flow.ref.service == service or not service:
            yield media


def tracks_of(subject: Subject, service: str = "") -> Iterator[Track]:
    """Yield every track that was resolved, alone or inside of a release or playlist."""
    for media in media_of(subject, service):
        if isinstance(media, Track):
            yield media
        elif isinstance(media, Release | Playlist):
            yield from media.tracks


def releases_of(subject: Subject, service: str = "") -> Iterator[Release]:
    """Yield every release that was resolved, and those that tracks name as theirs."""
    for media in media_of(subject, service):
        if isinstance(media, Release):
            yield media
    for track in tracks_of(subject, service):
        if track.release is not None:
            yield track.release
