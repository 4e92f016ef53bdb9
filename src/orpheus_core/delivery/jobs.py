"""The jobs of one download: which they are, and one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from orpheus_core.delivery.delivery import deliver
from orpheus_core.delivery.planner import plan
from orpheus_core.delivery.report import DownloadReport, Failure
from orpheus_core.delivery.stage import StageContext
from orpheus_core.errors import (
    Cancelled,
    DiskFailing,
    DiskFull,
    ItemNotFound,
    OrpheusError,
    StorageError,
    TargetGone,
)
from orpheus_core.music import Artist, MediaKind, MediaRef, QualityWish

_OF_THE_DISK = (DiskFull, DiskFailing, TargetGone)


def deliver_all(
    targets: Sequence[str],
    wish: QualityWish,
    folder: Path,
    context: StageContext,
    *,
    find: Callable[[str], MediaRef],
    locks: Path,
) -> DownloadReport:
    """Collect what *targets* name into folders below *folder*; *find* says what one names.

    Raises:
        UsageError, NoService: a target means nothing here; nothing was done.
        PluginUnavailable: a plugin that a target or a stage needs is off, or does not work;
            nothing was done.
        StorageError: the folder cannot be written, and nothing is finished.
        OrpheusError: the service could not even say what the one target is.
        Cancelled: it was stopped on request.
    """
    _check_plugins(targets, context)
    refs, failures = _planned(targets, context, find)
    report = _delivered(refs, DownloadReport(failures=failures), wish, folder, context, locks)
    reasons = [failure.error for failure in report.failures]
    if reasons and not report.artifacts:
        _raise_if_all_of_the_disk(reasons)
    return report


def _check_plugins(targets: Sequence[str], context: StageContext) -> None:
    """Import what the jobs need, so that they are refused before anything is asked."""
    named = [context.registry.read(text) for text in targets]
    plan(context.plugins)
    for service in {each.service for each in named}:
        _ = context.registry.get_service(service).module


def _planned(
    targets: Sequence[str], context: StageContext, find: Callable[[str], MediaRef]
) -> tuple[list[MediaRef], tuple[Failure, ...]]:
    """Return one reference for each job, each once, and what could not be found out."""
    refs: list[MediaRef] = []
    failures: list[Failure] = []
    for text in targets:
        try:
            refs += _expanded(find(text), context)
        except Cancelled:
            raise
        except OrpheusError as error:
            if len(targets) == 1:
                raise
            failures.append(_failure(text, error))
    return list(dict.fromkeys(refs)), tuple(failures)


def _expanded(ref: MediaRef, context: StageContext) -> tuple[MediaRef, ...]:
    """An artist or label is as many jobs as it has releases."""
    if ref.kind not in (MediaKind.ARTIST, MediaKind.LABEL):
        return (ref,)
    service = context.registry.get_service(ref.service)
    media = service.resolve(context.client(ref.service), ref)
    if not isinstance(media, Artist):
        return (ref,)
    if not media.releases:
        raise ItemNotFound(f"{media.name!r} at {service.info.name} has no releases")
    return media.releases


def _delivered(
    refs: Sequence[MediaRef],
    report: DownloadReport,
    wish: QualityWish,
    folder: Path,
    context: StageContext,
    locks: Path,
) -> DownloadReport:
    """Return *report* with one job for each reference added; a failing disk ends them.

    Raises:
        OrpheusError: there is only one, and it failed as a whole.
        Cancelled: it was stopped on request.
    """
    only_one = len(refs) == 1 and not report.failures
    for number, ref in enumerate(refs):
        try:
            job = deliver(ref, wish, folder, context, locks=locks)
            report += DownloadReport.of(job)
        except Cancelled:
            raise
        except OrpheusError as error:
            if only_one:
                raise
            ends_all = isinstance(error, _OF_THE_DISK)
            lost = refs[number:] if ends_all else [ref]
            report += DownloadReport(failures=tuple(_failure(str(one), error) for one in lost))
            if ends_all:
                break
    return report


def _failure(target: str, error: OrpheusError) -> Failure:
    return Failure(ref=target, title=target, error=error)


def _raise_if_all_of_the_disk(reasons: Sequence[OrpheusError]) -> None:
    """Raise the first of *reasons* when the disk refused each of them: the folder is no good."""
    if all(isinstance(reason, StorageError) for reason in reasons):
        raise reasons[0]
