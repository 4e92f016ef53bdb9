"""What came of a download, in words, in an exit status, and as an exception."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import orpheus_core as oc

if TYPE_CHECKING:
    from tests.delivery.conftest import Library, OpenLibrary

ALBUMS = ["library:album:a", "library:album:b"]


def test_all_well_is_ok(library: Library, open_library: OpenLibrary, music: Path) -> None:
    """Nothing is raised."""
    library.add_album("a")
    report = open_library().download("library:album:a", to=music)
    assert report.ok
    assert report.exit_status is oc.ExitStatus.OK
    report.raise_for_failures()


def test_some_tracks_of_an_album_are_counted_among_its_own(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """By reason; the exit status is partial."""
    tracks = [library.track(f"t{at}", at) for at in range(1, 10)]
    library.add_album("a", *tracks)
    library.failures |= {f"t{at}": oc.ProtectedContent("locked") for at in range(2, 9)}
    library.failures["t9"] = oc.ItemNotFound("gone")
    report = open_library().download("library:album:a", to=music)
    assert report.exit_status is oc.ExitStatus.PARTIAL
    with pytest.raises(oc.PartialRelease) as caught:
        report.raise_for_failures()
    assert caught.value.title == "8 of 9 tracks are missing"
    assert caught.value.why == (
        "svc.protected: Title t2, Title t3, Title t4, Title t5, Title t6 and 2 more; "
        "svc.not-found: Title t9"
    )


def test_an_album_that_is_missing_as_a_whole_is_no_track_of_another(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """One album of two came: none of its tracks is missing."""
    library.add_album("a")
    report = open_library().download(ALBUMS, to=music)
    assert report.exit_status is oc.ExitStatus.PARTIAL
    assert [failure.ref for failure in report.failures] == ["library:album:b"]
    assert report.summary().title == "1 of 3 items are missing"


def test_the_tracks_of_an_album_of_which_none_came_are_not_taken_for_those_that_did(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """Two tracks are there, two others are not."""
    library.add_album("a")
    library.add_album("b")
    library.failures |= {"b-1": oc.ServiceDown("away"), "b-2": oc.ServiceDown("away")}
    report = open_library().download(ALBUMS, to=music)
    assert report.summary().title == "2 of 4 items are missing"


def test_when_all_fail_alike_it_is_that_failure(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """With its own exit status; nothing is partial about it."""
    library.add_album("a")
    error = oc.ProtectedContent("locked")
    library.failures |= {"a-1": error, "a-2": oc.ProtectedContent("locked as well")}
    report = open_library().download("library:album:a", to=music)
    assert report.exit_status is oc.ExitStatus.NOT_AVAILABLE
    with pytest.raises(oc.ProtectedContent) as caught:
        report.raise_for_failures()
    assert caught.value is error


def test_when_all_fail_for_several_reasons_it_is_said_so(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """A script that goes on after a partial album must not take this for one."""
    library.add_album("a")
    library.failures |= {"a-1": oc.ProtectedContent("x"), "a-2": oc.ServiceDown("y")}
    report = open_library().download("library:album:a", to=music)
    assert report.exit_status is oc.ExitStatus.FAILED
    with pytest.raises(oc.NothingDelivered) as caught:
        report.raise_for_failures()
    assert caught.value.why == "svc.protected: Title a-1; svc.down: Title a-2"
    assert not report.artifacts
