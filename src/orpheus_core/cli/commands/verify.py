"""``orpheus verify``: is what was collected still what it was?"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orpheus_core.cli.envelope import error_object, found_wrong, success
from orpheus_core.cli.failures import five_lines, mark
from orpheus_core.cli.groups import OrpheusCommand
from orpheus_core.cli.invocation import Invocation
from orpheus_core.errors import ChecksumMismatch, ExitStatus, OrpheusError

if TYPE_CHECKING:
    from orpheus_core.delivery import Verification

_SCHEMA = "orpheus.verification/1"
_TELL_EVERY_S = 5.0
_NAMED_IN_ERROR = 5


@click.command(cls=OrpheusCommand, name="verify")
@click.argument("folders", metavar="FOLDER...", nargs=-1, required=True, type=Path)
@click.pass_obj
def verify(invocation: Invocation, folders: tuple[Path, ...]) -> ExitStatus:
    """Check finished folders against their manifests, today or in years.

    Every file is read; nothing is changed. Ends with 12 when a file is missing or differs.

    \b
      orpheus verify "music/Daft Punk/Discovery (2001)"
    """
    checks = [_Check(invocation, folder) for folder in folders]
    for check in checks:
        check.run()
        if not invocation.json:
            check.show()
    statuses = {check.status for check in checks}
    status = _together(statuses)
    if invocation.json:
        _show_document(invocation, checks, status)
    return status


def _together(statuses: set[ExitStatus]) -> ExitStatus:
    """Some well and some not is partial; all alike, their own status; else failed."""
    if len(statuses) == 1:
        return statuses.pop()
    return ExitStatus.PARTIAL if ExitStatus.OK in statuses else ExitStatus.FAILED


class _Check:
    """One folder, and what was found."""

    def __init__(self, invocation: Invocation, folder: Path) -> None:
        self.folder = folder
        self.verification: Verification | None = None
        self.error: OrpheusError | None = None
        self._invocation = invocation
        self._count = 0
        self._told_s = time.monotonic()

    @property
    def status(self) -> ExitStatus:
        """How this folder alone would end the command."""
        return self.error.exit_status if self.error else ExitStatus.OK

    def run(self) -> None:
        """Read the folder."""
        from orpheus_core.clock import SystemClock
        from orpheus_core.delivery import verify_folder
        from orpheus_core.storage import DiskStorage

        storage = DiskStorage(SystemClock())
        try:
            self.verification = verify_folder(self.folder, storage, lambda _: self._progress())
            self.verification.raise_for_findings()
        except OrpheusError as error:
            error.done = error.done or "nothing was changed"
            self.error = error
        self._shorten()

    def show(self) -> None:
        """Say what was found."""
        output = self._invocation.output
        self._invocation.terminal()
        if self.verification is not None:
            findings = self.verification.findings
            output.result(*(f"FAIL  {each}" for each in findings))
        if self.error is not None:
            output.say(*five_lines(self.error), style="bad", mark=mark(self.error))
        elif self.verification is not None:
            count = len(self.verification.manifest.files)
            output.result(f"ok    {self.folder}: {count} files, each as its manifest says")

    def data(self) -> dict[str, object]:
        """Return the folder's part of the document."""
        found = self.verification
        if found is None:
            error = self.error and error_object(self._invocation, self.error, self.status)
            return {"path": str(self.folder), "ok": False, "error": error}
        return {
            "path": str(self.folder),
            "ok": found.ok,
            "ref": found.manifest.origin.ref,
            "title": found.manifest.title,
            "complete": found.manifest.complete,
            "files": len(found.manifest.files),
            "size_bytes": found.manifest.size_bytes,
            "findings": [{"path": each.path, "fault": each.fault.value} for each in found.findings],
        }

    def _shorten(self) -> None:
        """Name a few files in the error: the lines above it name them all."""
        if self.error is None or self.verification is None:
            return
        findings = self.verification.findings
        if len(findings) > _NAMED_IN_ERROR:
            named = "; ".join(str(each) for each in findings[:_NAMED_IN_ERROR])
            self.error.why = f"{named}; and {len(findings) - _NAMED_IN_ERROR} more"

    def _progress(self) -> None:
        self._count += 1
        quiet = self._invocation.quiet or self._invocation.json
        if not quiet and time.monotonic() - self._told_s >= _TELL_EVERY_S:
            self._told_s = time.monotonic()
            self._invocation.output.say(f"{self.folder}: {self._count} files read")


def _show_document(invocation: Invocation, checks: list[_Check], status: ExitStatus) -> None:
    data = {"folders": [check.data() for check in checks]}
    errors = [check.error for check in checks if check.error]
    if not errors:
        invocation.output.document(success(invocation, _SCHEMA, data))
        return
    error = errors[0] if len(errors) == 1 else _summary(errors)
    invocation.output.document(found_wrong(invocation, _SCHEMA, data, error, status))


def _summary(errors: list[OrpheusError]) -> OrpheusError:
    return ChecksumMismatch(
        f"{len(errors)} folders are not as their manifests say",
        why="; ".join(error.title for error in errors),
        done="nothing was changed",
    )
