"""What came of a download."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from orpheus_core.delivery.item import Artifact, JobItem
from orpheus_core.errors import (
    DeliveryError,
    ExitStatus,
    NothingDelivered,
    OrpheusError,
    PartialRelease,
)

_NAMED = 5


@attrs.frozen(kw_only=True)
class Failure:
    """Something that could not be had, and why. *title* is the track's, or the reference."""

    ref: str
    title: str
    error: OrpheusError


@attrs.frozen(kw_only=True)
class DownloadReport:
    """The finished folders, and what could not be had."""

    artifacts: tuple[Artifact, ...] = ()
    failures: tuple[Failure, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything that was asked for is there and verified."""
        return not self.failures

    @property
    def exit_status(self) -> ExitStatus:
        """How a command that did this ends.

        Some things done and some not is `PARTIAL`; all failed alike, their own status.
        """
        if self.ok:
            return ExitStatus.OK
        if self.artifacts:
            return ExitStatus.PARTIAL
        statuses = {failure.error.exit_status for failure in self.failures}
        return statuses.pop() if len(statuses) == 1 else ExitStatus.FAILED

    def raise_for_failures(self) -> None:
        """Raise when something is missing: the failure itself, or that the rest is there.

        Raises:
            OrpheusError: nothing came, for one reason: the (first) failure itself.
            NothingDelivered: nothing came, for several.
            PartialRelease: some came, some did not.
        """
        if self.ok:
            return
        if not self.artifacts and len(self._by_code()) == 1:
            raise self.failures[0].error
        raise self.summary()

    def summary(self) -> DeliveryError:
        """The error that stands for all failures together."""
        why = "; ".join(
            f"{code}: {_some(failure.title for failure in failures)}"
            for code, failures in self._by_code().items()
        )
        if not self.artifacts:
            return NothingDelivered(
                "nothing could be had", why=why, done="what came of it is kept, under no final name"
            )
        there = {track.ref for each in self.artifacts for track in each.manifest.tracks}
        elsewhere = [failure for failure in self.failures if failure.ref not in there]
        total = sum(len(artifact.manifest.tracks) for artifact in self.artifacts)
        things = "items" if elsewhere else "tracks"
        return PartialRelease(
            f"{len(self.failures)} of {total + len(elsewhere)} {things} are missing",
            why=why,
            done="what is there is verified; the manifest names what is missing",
        )

    def _by_code(self) -> dict[str, list[Failure]]:
        codes: dict[str, list[Failure]] = {}
        for failure in self.failures:
            codes.setdefault(failure.error.code, []).append(failure)
        return codes

    @classmethod
    def of(cls, job: JobItem) -> DownloadReport:
        """Return the report of one job."""
        failures = tuple(
            Failure(ref=str(item.track.ref), title=item.track.full_title, error=item.missing)
            for item in job.tracks
            if item.missing is not None
        )
        return cls(artifacts=(job.artifact,) if job.artifact else (), failures=failures)

    def __add__(self, other: DownloadReport) -> DownloadReport:
        return DownloadReport(
            artifacts=self.artifacts + other.artifacts, failures=self.failures + other.failures
        )


def _some(titles: Iterable[str]) -> str:
    """The first few of *titles*, and how many more there are."""
    named = list(titles)
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return ", ".join(named[:_NAMED]) + more
