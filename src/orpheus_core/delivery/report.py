"""What came of a download."""

from __future__ import annotations

import attrs

from orpheus_core.delivery.item import Artifact, JobItem
from orpheus_core.errors import ExitStatus, OrpheusError, PartialRelease


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
            OrpheusError: the one failure, where nothing came.
            PartialRelease: some came, some did not.
        """
        if self.ok:
            return
        if len(self.failures) == 1 and not self.artifacts:
            raise self.failures[0].error
        raise self.summary()

    def summary(self) -> PartialRelease:
        """The error that stands for all failures together."""
        codes: dict[str, list[str]] = {}
        for failure in self.failures:
            codes.setdefault(failure.error.code, []).append(failure.title)
        total = sum(len(artifact.manifest.tracks) for artifact in self.artifacts)
        missing = len(self.failures)
        what = f"{missing} of {total} tracks are missing" if total else "nothing could be had"
        return PartialRelease(
            what,
            why="; ".join(f"{code}: {', '.join(titles[:5])}" for code, titles in codes.items()),
            done="what is there is verified; the manifest names what is missing"
            if self.artifacts
            else "nothing was written",
        )

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
