"""The download stage: what comes is what the service last said that it would be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import orpheus_core as oc
from orpheus_core.testing import FaultServer, answer
from orpheus_core.testing.faultserver import Script
from orpheus_core.testing.httpwire import ReceivedRequest

if TYPE_CHECKING:
    import pytest
    from tests.delivery.conftest import Library, OpenLibrary


def test_a_link_that_is_replaced_on_the_way_says_what_the_file_is(
    library: Library, open_library: OpenLibrary, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first link expired; the second one is to a file in another codec."""
    library.add_album("a", library.track("one"))
    library.stages.clear()

    def serve(request: ReceivedRequest) -> Script:
        return answer(403) if request.path == "/one.flac" else answer(body=b"the other file")

    with FaultServer(serve) as server:
        links = iter(
            oc.MediaFile(url=f"{server.url}/one.{codec.value}", format=oc.AudioFormat(codec=codec))
            for codec in (oc.Codec.FLAC, oc.Codec.MP3)
        )
        monkeypatch.setattr(library, "file", lambda *_: next(links))
        artifact = (
            open_library(keep=["core-download"]).download("library:album:a", to=music).artifacts[0]
        )
    (entry,) = artifact.manifest.files
    assert entry.path == "1-01 Title one.mp3"
    assert entry.format
    assert entry.format.codec == "mp3"
    assert (artifact.path / entry.path).read_bytes() == b"the other file"
