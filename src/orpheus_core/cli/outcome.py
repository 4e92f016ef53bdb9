"""What came of a download, for people and for programs."""

from __future__ import annotations

from orpheus_core.cli.amounts import size_text, time_text
from orpheus_core.cli.envelope import found_wrong, success
from orpheus_core.cli.failures import five_lines, mark
from orpheus_core.cli.invocation import Invocation
from orpheus_core.delivery import Artifact, DownloadReport, Failure, Manifest
from orpheus_core.delivery.manifest import FILE_NAME
from orpheus_core.errors import ExitStatus, OrpheusError

_SCHEMA = "orpheus.download/1"


def show_outcome(invocation: Invocation, report: DownloadReport) -> ExitStatus:
    """Say what is there and what is not; return the exit status."""
    status, error = report.exit_status, _together(report)
    invocation.outcome = status, error
    if invocation.json:
        data = _data(report)
        document = (
            found_wrong(invocation, _SCHEMA, data, error, status)
            if error
            else success(invocation, _SCHEMA, data)
        )
        invocation.output.document(document)
        return status
    for artifact in report.artifacts:
        show_artifact(invocation, artifact)
    if error is not None:
        _show_failures(invocation, report, error)
    return status


def show_artifact(invocation: Invocation, artifact: Artifact) -> None:
    """Print the result line of a folder, and where it is."""
    manifest = artifact.manifest
    for entry in manifest.tracks:
        for note in entry.notes:
            invocation.output.say(f"note: {entry.position:02} {entry.title}: {note}")
    invocation.output.result(
        f"{_done_line(manifest)} in {time_text(invocation.elapsed_s)}, all verified.",
        f"folder:   {artifact.path}",
        f"manifest: {artifact.path / FILE_NAME}",
    )


def _done_line(manifest: Manifest) -> str:
    there = sum(track.file is not None for track in manifest.tracks)
    previews = sum(track.preview for track in manifest.tracks)
    what = "previews of tracks" if previews == there else "tracks"
    amount = f"{there} of {manifest.tracks_expected} {what}, {size_text(manifest.size_bytes)}"
    if there >= manifest.tracks_expected:
        return f"Done: {amount}"
    return f"{manifest.title}: {amount}"


def _show_failures(invocation: Invocation, report: DownloadReport, error: OrpheusError) -> None:
    if len(report.failures) > 1 or report.artifacts:
        for failure in report.failures:
            line = f"  FAIL  {failure.title}: {failure.error.title} ({failure.error.code})"
            invocation.output.say(line, style="bad", mark="  FAIL")
    invocation.output.say(*five_lines(error), style="bad", mark=mark(error))


def _together(report: DownloadReport) -> OrpheusError | None:
    """The error that stands for all failures; None when there is none."""
    if report.ok:
        return None
    codes = {failure.error.code for failure in report.failures}
    if not report.artifacts and len(codes) == 1:
        return report.failures[0].error
    return report.summary()


def _data(report: DownloadReport) -> dict[str, object]:
    items = [item for artifact in report.artifacts for item in _items(artifact)]
    refs = {item["ref"] for item in items}
    items += [_failed(failure) for failure in report.failures if failure.ref not in refs]
    return {
        "artifacts": [
            {
                "path": str(artifact.path),
                "manifest": str(artifact.path / FILE_NAME),
                "ref": artifact.manifest.origin.ref,
                "title": artifact.manifest.title,
                "complete": artifact.manifest.complete,
            }
            for artifact in report.artifacts
        ],
        "items": items,
        "totals": {
            "items": len(items),
            "ok": sum(item["state"] == "ok" for item in items),
            "failed": sum(item["state"] == "failed" for item in items),
            "bytes": sum(artifact.manifest.size_bytes for artifact in report.artifacts),
        },
    }


def _items(artifact: Artifact) -> list[dict[str, object]]:
    items: list[dict[str, object]] = []
    for track in artifact.manifest.tracks:
        file = artifact.manifest.file(track.file) if track.file else None
        audio = file.format.audio() if file and file.format else None
        items.append(
            {
                "ref": track.ref,
                "title": track.title,
                "state": "ok" if file else "failed",
                "quality": audio.quality.value if audio else None,
                "preview": track.preview,
                "bytes": file.size_bytes if file else None,
                "sha256": file.sha256 if file else None,
                "path": str(artifact.path / track.file) if track.file else None,
                "error_code": track.missing_code,
            }
        )
    return items


def _failed(failure: Failure) -> dict[str, object]:
    return {
        "ref": failure.ref,
        "title": failure.title,
        "state": "failed",
        "quality": None,
        "preview": False,
        "bytes": None,
        "sha256": None,
        "path": None,
        "error_code": failure.error.code,
    }
