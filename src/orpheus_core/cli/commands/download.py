"""``orpheus download``: from links to verified folders."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orpheus_core.cli.groups import OrpheusCommand
from orpheus_core.cli.invocation import Invocation
from orpheus_core.cli.options import OneOf
from orpheus_core.errors import ExitStatus

if TYPE_CHECKING:
    from orpheus_core.delivery import DownloadReport

QUALITIES = ("best", "hires", "lossless", "high", "medium", "low")
"""As `orpheus_core.music.Quality` names them, which would cost an import."""


@click.command(cls=OrpheusCommand, name="download", json_lines=True)
@click.argument("targets", metavar="TARGET...", nargs=-1, required=True)
@click.option(
    "-o",
    "--to",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Put the folders below DIR.  [default: downloads.folder of the settings]",
)
@click.option("--quality", type=OneOf(QUALITIES), help="The best to ask for.")
@click.option("--floor", type=OneOf(QUALITIES), help="Take nothing below this quality.")
@click.option(
    "--previews", is_flag=True, help="Take the excerpts that a service hands out, marked as such."
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Tracks at the same time.")
@click.pass_obj
def download(
    invocation: Invocation,
    targets: tuple[str, ...],
    to: Path | None,
    quality: str | None,
    floor: str | None,
    previews: bool,
    jobs: int | None,
) -> ExitStatus:
    """Collect what each TARGET leads to, in a folder that is complete and verified.

    TARGET is a link, or SERVICE:KIND:ID. What is there already is not fetched again, and
    what was cut off goes on where it stopped: give the same command again.

    \b
      orpheus download https://www.deezer.com/album/302127
      orpheus download -o music --quality lossless deezer:album:302127
    """
    from orpheus_core.cli.opening import opened
    from orpheus_core.cli.outcome import show_outcome
    from orpheus_core.cli.watching import watched

    with opened(invocation, {"downloads.jobs": jobs} if jobs else {}) as app:

        def work(cancel: threading.Event) -> DownloadReport:
            return app.download(targets, to, quality, floor=floor, previews=previews, cancel=cancel)

        return show_outcome(invocation, watched(invocation, app, work))
