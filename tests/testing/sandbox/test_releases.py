"""The catalogue holds the titles and the metadata that the rest is tried on."""

from __future__ import annotations

import re
import unicodedata

import pytest

from orpheus_core.music import CreditRole, PartialDate, ReleaseType
from orpheus_core.testing.sandbox.catalogue import CatalogueRelease
from orpheus_core.testing.sandbox.releases import CATALOGUE, LANTERNS, SALT, TIDES

TITLES = [track.title for release in CATALOGUE.releases for track in release.tracks]
every_release = pytest.mark.parametrize("release", CATALOGUE.releases, ids=lambda r: r.id)


def test_there_is_an_album_an_ep_two_discs_a_compilation_and_a_single() -> None:
    """Every shape of release is there, with its number of tracks."""
    shapes = {
        release.id: (release.type, len(release.tracks), release.disc_total)
        for release in CATALOGUE.releases
    }
    assert shapes == {
        "lanterns": (ReleaseType.ALBUM, 12, 1),
        "salt": (ReleaseType.EP, 4, 1),
        "tides": (ReleaseType.ALBUM, 6, 2),
        "harbour": (ReleaseType.COMPILATION, 6, 1),
        "patience": (ReleaseType.SINGLE, 1, 1),
    }


def test_titles_are_in_many_scripts() -> None:
    """Each script is there at least once, and an emoji."""
    letters = "".join(TITLES)
    scripts = {unicodedata.name(char, "?").split(" ")[0] for char in letters if char.isalpha()}
    wanted = {"LATIN", "CYRILLIC", "GREEK", "CJK", "HIRAGANA", "ARABIC", "HEBREW", "DEVANAGARI"}
    assert wanted <= scripts
    assert any(unicodedata.category(char) == "So" for char in letters)


def test_titles_hold_what_is_hard_on_software() -> None:
    """A separator, markup, a device's name, dots at the end, 300 characters."""
    assert any("/" in title for title in TITLES)
    assert any("[/b]" in title for title in TITLES)
    assert any(title.endswith("...") for title in TITLES)
    assert "CON" in TITLES
    assert max(map(len, TITLES)) == 300


def test_two_titles_of_one_release_differ_only_by_case() -> None:
    """On many file systems these two are one name."""
    first, second = (track.title for track in SALT.tracks[:2])
    assert first != second
    assert first.casefold() == second.casefold()


def test_playlist_goes_across_all_releases() -> None:
    """A playlist is not a release in disguise."""
    (playlist,) = CATALOGUE.playlists
    releases = {CATALOGUE.release_of[ident].id for ident in playlist.track_ids}
    assert releases == set(CATALOGUE.release_by_id)


@every_release
def test_upc_has_its_check_digit(release: CatalogueRelease) -> None:
    """GS1: the weighted sum of all digits is a multiple of ten."""
    digits = [int(char) for char in release.upc]
    assert len(digits) == 12
    assert (3 * sum(digits[0::2]) + sum(digits[1::2])) % 10 == 0


@every_release
def test_tracks_are_numbered_on_each_disc(release: CatalogueRelease) -> None:
    """From one on, without a gap, in order."""
    for disc in range(1, release.disc_total + 1):
        numbers = [track.number for track in release.tracks if track.disc == disc]
        assert numbers == list(range(1, release.tracks_on(disc) + 1))


@every_release
def test_metadata_is_complete(release: CatalogueRelease) -> None:
    """Nothing that the tags can hold is missing."""
    assert PartialDate.parse(release.date)
    assert all((release.label, release.genres, release.copyright, release.artists))
    for track in release.tracks:
        assert track.composers
        assert track.parts[0].role is CreditRole.MAIN_ARTIST
        assert re.fullmatch(r"XX[A-Z0-9]{3}[0-9]{7}", track.isrc)
        assert track.link.endswith(track.id)


def test_identifiers_are_unique() -> None:
    """No two items share an id, an ISRC or a UPC."""
    tracks = [track for release in CATALOGUE.releases for track in release.tracks]
    assert len(CATALOGUE.track_by_id) == len(tracks) == 29
    assert len({track.isrc for track in tracks}) == 29
    assert len({release.upc for release in CATALOGUE.releases}) == 5


def test_artist_of_a_guest_track_is_found_with_its_releases() -> None:
    """An artist's releases are those of the artist, and those with the artist on them."""
    mila = CATALOGUE.artist_by_id["mila"]
    assert [release.id for release in CATALOGUE.releases_with(mila)] == ["lanterns", "harbour"]


def test_compilation_has_many_artists_and_the_two_discs_share_a_title() -> None:
    """What tells tracks apart is not always the title, nor the artist the release's."""
    harbour = CATALOGUE.release_by_id["harbour"]
    assert len({track.parts[0].artist for track in harbour.tracks}) == 6
    assert [t.disc for t in TIDES.tracks if t.title == "High Water"] == [1, 2]


def test_one_track_of_the_album_is_explicit_and_one_has_a_version() -> None:
    """Both tags have something to hold."""
    assert sum(track.explicit for track in LANTERNS.tracks) == 1
    assert [track.version for track in LANTERNS.tracks if track.version] == ["Boathouse Version"]
