"""What ``orpheus demo`` does.

It starts the sandbox's server, lets it fail twice, and shows what the brain saw and
decided. Nothing is asked of the network, and nothing is left running. The album goes into
a new folder in the system's place for temporary files, so that the demo works anywhere and
any number of times; ``--to`` names another place, where a second run finds all of it there.
"""

from __future__ import annotations

import contextlib
import json
import shlex
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from orpheus_core.app import Orpheus
from orpheus_core.cli.amounts import time_text
from orpheus_core.cli.columns import wrap
from orpheus_core.cli.envelope import found_wrong, success
from orpheus_core.cli.invocation import Invocation
from orpheus_core.cli.opening import opened
from orpheus_core.cli.outcome import show_artifact, show_outcome
from orpheus_core.cli.watching import watched
from orpheus_core.delivery import Artifact, DownloadReport, Verification
from orpheus_core.delivery.manifest import FILE_NAME
from orpheus_core.errors import ChecksumMismatch, ExitStatus
from orpheus_core.testing.sandbox import Fault, FaultKind, SandboxServer, plugin
from orpheus_core.testing.story import Moment, Story
from orpheus_core.version import VERSION

_ALBUM = "sandbox:album:lanterns"
_FAULTS = (
    Fault(kind=FaultKind.STATUS_503, item="/files/lanterns-03.flac", retry_after_s=1),
    Fault(kind=FaultKind.TRUNCATED, item="lanterns-07"),
)
_SETTINGS = {"downloads.quality": "best", "downloads.floor": "low"}
_LABEL = "     {:<9}"
_REST = " " * 14
_SHORTEST_WAIT_S = 0.05


def demonstrate(invocation: Invocation, to: Path | None) -> ExitStatus:
    """Collect the album into *to*, or a new temporary folder; return how the command ends.

    Raises:
        OrpheusError: it could not be collected.
    """
    with (
        SandboxServer(_FAULTS) as server,
        tempfile.TemporaryDirectory(prefix="orpheus-demo-home-") as home,
        opened(invocation, _SETTINGS, home=Path(home)) as app,
        _target(to) as folder,
    ):
        _connect(app, server)
        if not (invocation.json or invocation.quiet):
            _introduce(invocation)
        story = Story()
        app.brain.events.subscribe(story.hear, name="demo")
        report = watched(invocation, app, lambda cancel: _collected(app, folder, cancel))
        if not report.ok:
            return show_outcome(invocation, report)
        artifact = report.artifacts[0]
        verification = app.verify(artifact.path)
        if invocation.json:
            return _show_document(invocation, artifact, story, verification)
        _show(invocation, artifact, story)
        verification.raise_for_findings()
        return ExitStatus.OK


@contextlib.contextmanager
def _target(to: Path | None) -> Iterator[Path]:
    """Yield the folder to collect into; a new one is removed again when nothing came of it."""
    if to is not None:
        yield to
        return
    folder = Path(tempfile.mkdtemp(prefix="orpheus-demo-"))
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _connect(app: Orpheus, server: SandboxServer) -> None:
    """Tell the sandbox's plugin where its server is; bring it where it is not, or is off."""
    if not app.plugins.usable("sandbox"):
        app.plugins.register_builtins({"core-sandbox": plugin}, VERSION)
    app.credentials.set("sandbox", "url", server.url)


def _collected(app: Orpheus, folder: Path, cancel: threading.Event) -> DownloadReport:
    return app.download([_ALBUM], folder, cancel=cancel)


def _introduce(invocation: Invocation) -> None:
    invocation.output.say(
        "A small music service runs on this machine. It answers one request with 503,",
        "and cuts one file off half-way, on purpose.",
        "",
    )


def _show(invocation: Invocation, artifact: Artifact, story: Story) -> None:
    titles = _titles(artifact)
    output = invocation.output
    output.result("What the brain saw, and what it decided:")
    if not story.moments:
        output.result("  nothing failed: what is there already was not fetched again")
    for number, moment in enumerate(story.moments, start=1):
        output.result(*_told(number, moment, titles))
    show_artifact(invocation, artifact)
    output.result(f"check it: {shlex.join(['orpheus', 'verify', str(artifact.path)])}")


def _told(number: int, moment: Moment, titles: dict[str, str]) -> list[str]:
    title = titles.get(moment.subject)
    saw = f"{moment.code}: {title}: {moment.saw}" if title else f"{moment.code}: {moment.saw}"
    wait = f" after {time_text(moment.after_s)}" if moment.after_s >= _SHORTEST_WAIT_S else ""
    decided = f"{moment.verdict}{wait}: {moment.reason} ({moment.decided_by})"
    lines = wrap(saw, f"  {number:<3}saw      ", _REST)
    lines += wrap(decided, _LABEL.format("decided"), _REST)
    lines += wrap(moment.then, _LABEL.format("then"), _REST) if moment.then else []
    return lines


def _titles(artifact: Artifact) -> dict[str, str]:
    """The tracks' titles by the subjects of their events."""
    tracks = artifact.manifest.tracks
    return {f"track/{track.ref}": f"{track.position:02} {track.title}" for track in tracks}


def _show_document(
    invocation: Invocation, artifact: Artifact, story: Story, verification: Verification
) -> ExitStatus:
    data: dict[str, object] = {
        "folder": str(artifact.path),
        "manifest": json.loads((artifact.path / FILE_NAME).read_bytes()),
        "faults": [moment.as_data() for moment in story.moments],
        "verification": {
            "ok": verification.ok,
            "files": len(verification.manifest.files),
            "findings": [str(finding) for finding in verification.findings],
        },
    }
    try:
        verification.raise_for_findings()
    except ChecksumMismatch as error:
        invocation.outcome = error.exit_status, error
        document = found_wrong(invocation, "orpheus.demo/1", data, error, error.exit_status)
        invocation.output.document(document)
        return error.exit_status
    invocation.output.document(success(invocation, "orpheus.demo/1", data))
    return ExitStatus.OK
