"""What a track says about itself, cleaned and cut to size."""

from __future__ import annotations

import unicodedata

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.delivery.tags import TrackTags, tags_for
from orpheus_core.delivery.tags.text import MAX_TEXT_BYTES
from orpheus_core.music import (
    Artist,
    Credit,
    CreditRole,
    Lyrics,
    MediaRef,
    PartialDate,
    Release,
    Track,
)


@given(text=st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF), max_size=300))
def test_cleaned_text_holds_no_control_characters(text: str) -> None:
    """Not in a line, and in lyrics only ends of lines and tabs; cleaning twice changes nothing."""
    tags = TrackTags(title=text, lyrics=text)

    for value, kept in ((tags.title or "", ""), (tags.lyrics or "", "\n\t")):
        left = {char for char in value if unicodedata.category(char) in ("Cc", "Cs")}
        assert left <= set(kept)
        value.encode()
    assert attrs.evolve(tags) == tags


def test_a_text_that_is_cut_behind_a_space_loses_the_space() -> None:
    """What is written and read again is the same."""
    fits = "ü" * (MAX_TEXT_BYTES // 2 - 1) + "x"

    assert TrackTags(title=f"{fits} y").title == fits


def test_only_so_many_artists_fit() -> None:
    """The first hundred, each once."""
    tags = TrackTags(artists=["twice", "twice", "", *(str(n) for n in range(1000))])

    assert len(tags.artists) == 100
    assert tags.artists[:2] == ("twice", "0")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "", "ftp://a.example"]
)
def test_only_web_links_are_written(url: str) -> None:
    """Players may open what stands there."""
    assert TrackTags(source_url=url).source_url is None


@pytest.mark.parametrize("number", [0, -1, 65_536, 10**30])
def test_numbers_that_no_track_has_are_left_out(number: int) -> None:
    """MP4 has two bytes for them."""
    assert TrackTags(track_number=number, disc_total=number) == TrackTags()


# --- from music to tags ----------------------------------------------------------------


def track(ident: str, **fields: object) -> Track:
    return Track(ref=MediaRef.parse(f"sandbox:track:{ident}"), title="Song", **fields)  # type: ignore[arg-type]


RELEASE = Release(
    ref=MediaRef.parse("sandbox:album:1"),
    title="Lanterns",
    version="Deluxe",
    artists=(Artist(name="The Band"),),
    date=PartialDate(2001, 3),
    label="Label",
    upc="0123",
    genres=("Rock",),
    copyright="© Label",
    url="https://music.example/album/1",
)


def test_a_track_says_what_it_and_its_release_know() -> None:
    """Its own fields first, the release's for the rest."""
    song = track(
        "7",
        version="Live",
        artists=(Artist(name="Singer"), Artist(name="Guest")),
        track_number=3,
        disc_number=1,
        isrc="X",
        explicit=False,
        credits=(
            Credit(name="Ada", role=CreditRole.COMPOSER),
            Credit(name="Bob", role=CreditRole.PRODUCER),
        ),
        lyrics=Lyrics(text="la"),
        url="https://music.example/track/7",
    )

    assert tags_for(song, RELEASE, comment="note") == TrackTags(
        title="Song (Live)",
        artists=("Singer", "Guest"),
        album="Lanterns (Deluxe)",
        album_artists=("The Band",),
        track_number=3,
        disc_number=1,
        date=PartialDate(2001, 3),
        genres=("Rock",),
        label="Label",
        isrc="X",
        upc="0123",
        copyright="© Label",
        composers=("Ada",),
        explicit=False,
        source_url="https://music.example/track/7",
        comment="note",
        lyrics="la",
    )


def test_the_tracks_own_release_stands_in_for_a_missing_one() -> None:
    """A track of a playlist is still on its album."""
    song = track("7", release=RELEASE)

    tags = tags_for(song)

    assert tags == tags_for(song, RELEASE)
    assert (tags.album, tags.artists, tags.source_url) == (
        "Lanterns (Deluxe)",
        ("The Band",),
        "https://music.example/album/1",
    )


def test_a_track_without_a_release_has_its_artists_as_album_artists() -> None:
    """So that players file it under somebody."""
    tags = tags_for(track("7", artists=(Artist(name="Singer"),), copyright="© Singer"))

    assert tags == TrackTags(
        title="Song", artists=("Singer",), album_artists=("Singer",), copyright="© Singer"
    )


@pytest.mark.parametrize(
    ("disc_total", "track_total", "discs", "expected"),
    [
        (None, 12, [], 12),
        (1, 12, [], 12),
        (2, 24, [], None),
        (1, None, [1, 1, 1], 3),
        (None, None, [None, None], 2),
        (1, 3, [1, 1], 3),
        (2, 5, [1, 1, 2, 2, 2], 2),
    ],
)
def test_the_track_total_counts_the_tracks_of_the_disc(
    disc_total: int | None,
    track_total: int | None,
    discs: list[int | None],
    expected: int | None,
) -> None:
    """Services count those of the release; a missing one of a single disc still counts."""
    tracks = tuple(track(str(at), disc_number=disc) for at, disc in enumerate(discs))
    release = attrs.evolve(RELEASE, disc_total=disc_total, track_total=track_total, tracks=tracks)

    tags = tags_for(track("7", disc_number=1), release)

    assert tags.track_total == expected
    assert tags.disc_total == disc_total


def test_the_caller_may_know_the_place_better() -> None:
    """In a folder of a playlist, say."""
    song = track("7", track_number=3, disc_number=2)

    tags = tags_for(song, RELEASE, track_number=1, track_total=2, disc_number=1, disc_total=1)

    assert (tags.track_number, tags.track_total, tags.disc_number, tags.disc_total) == (1, 2, 1, 1)


def test_a_title_that_names_its_version_is_not_given_it_twice() -> None:
    """Some services put it into both fields."""
    release = attrs.evolve(RELEASE, title="Lanterns (Deluxe Edition)", version="deluxe edition")

    assert tags_for(track("7"), release).album == "Lanterns (Deluxe Edition)"
