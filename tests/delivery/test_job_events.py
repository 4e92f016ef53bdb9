"""What the end of a job says of what came."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import orpheus_core as oc
from orpheus_core.brain import faults_of

if TYPE_CHECKING:
    from tests.delivery.conftest import Library, OpenLibrary


def finished(app: oc.Orpheus, ref: str, music: Path, *, previews: bool = False) -> oc.Event:
    seen: list[oc.Event] = []
    app.brain.events.subscribe(seen.append)
    app.download(ref, to=music, previews=previews)
    assert faults_of(seen) == []
    (event,) = (event for event in seen if event.kind == "job.finished")
    return event


def test_it_names_what_was_collected_and_the_lowest_quality_of_it(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """What a person ends up with is its weakest part; what is missing does not count."""
    tracks = [library.track(ident, number) for number, ident in enumerate("abc", start=1)]
    library.add_album("a", *tracks)
    library.codecs["b"] = oc.Codec.MP3
    library.failures["c"] = oc.ItemNotFound("gone")
    event = finished(open_library(), "library:album:a", music)
    assert (event.data["kind"], event.data["quality"]) == ("album", "high")


def test_what_an_earlier_run_has_brought_counts_too(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """The folder is what the person has."""
    library.add_album("a")
    library.codecs["a-1"] = oc.Codec.AAC
    library.failures["a-2"] = oc.ItemNotFound("not yet")
    app = open_library()
    app.download("library:album:a", to=music)
    library.failures.clear()
    assert finished(app, "library:album:a", music).data["quality"] == "high"


@pytest.mark.parametrize("kind", ["track", "playlist"])
def test_each_kind_has_its_own_word(
    library: Library, open_library: OpenLibrary, music: Path, kind: str
) -> None:
    """That of the link."""
    track = library.track("x")
    library.media["library:track:x"] = track
    library.add_playlist("x", track)
    event = finished(open_library(), f"library:{kind}:x", music)
    assert (event.data["kind"], event.data["quality"]) == (kind, "lossless")


def test_excerpts_have_no_quality(library: Library, open_library: OpenLibrary, music: Path) -> None:
    """They are not what was asked for."""
    library.add_album("a")
    event = finished(open_library(), "library:album:a", music, previews=True)
    assert event.data["quality"] is None
