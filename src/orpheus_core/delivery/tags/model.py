"""What is written into a track, whatever the format of its tags."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from orpheus_core.delivery.pictures import Picture
from orpheus_core.delivery.tags.fields import Field, FieldValues
from orpheus_core.delivery.tags.text import (
    clean_line,
    clean_lines,
    clean_lyrics,
    clean_number,
    clean_url,
)
from orpheus_core.music import CreditRole, PartialDate, Release, Track

_EXPLICIT, _NOT_EXPLICIT = "1", "0"


@attrs.frozen(kw_only=True)
class TrackTags:
    """The tags of one track. Values are cleaned and cut to fit as they come in.

    *track_total* counts the tracks of the disc, not of the release.
    """

    title: str | None = attrs.field(default=None, converter=clean_line)
    artists: tuple[str, ...] = attrs.field(default=(), converter=clean_lines)
    album: str | None = attrs.field(default=None, converter=clean_line)
    album_artists: tuple[str, ...] = attrs.field(default=(), converter=clean_lines)
    track_number: int | None = attrs.field(default=None, converter=clean_number)
    track_total: int | None = attrs.field(default=None, converter=clean_number)
    disc_number: int | None = attrs.field(default=None, converter=clean_number)
    disc_total: int | None = attrs.field(default=None, converter=clean_number)
    date: PartialDate | None = None
    genres: tuple[str, ...] = attrs.field(default=(), converter=clean_lines)
    label: str | None = attrs.field(default=None, converter=clean_line)
    isrc: str | None = attrs.field(default=None, converter=clean_line)
    upc: str | None = attrs.field(default=None, converter=clean_line)
    copyright: str | None = attrs.field(default=None, converter=clean_line)
    composers: tuple[str, ...] = attrs.field(default=(), converter=clean_lines)
    explicit: bool | None = None
    source_url: str | None = attrs.field(default=None, converter=clean_url)
    comment: str | None = attrs.field(default=None, converter=clean_line)
    lyrics: str | None = attrs.field(default=None, converter=clean_lyrics)
    cover: Picture | None = None

    def values(self) -> FieldValues:
        """Return the fields that have a value, the cover apart.

        Artists are there twice, as Picard writes them: as players show them, and one by one.
        """
        advisory = None if self.explicit is None else str(int(self.explicit))
        every: dict[Field, tuple[str | int | PartialDate | None, ...]] = {
            Field.TITLE: (self.title,),
            Field.ARTIST: (clean_line(", ".join(self.artists)),),
            Field.ARTISTS: self.artists,
            Field.ALBUM: (self.album,),
            Field.ALBUM_ARTIST: (clean_line(", ".join(self.album_artists)),),
            Field.ALBUM_ARTISTS: self.album_artists,
            Field.TRACK_NUMBER: (self.track_number,),
            Field.TRACK_TOTAL: (self.track_total,),
            Field.DISC_NUMBER: (self.disc_number,),
            Field.DISC_TOTAL: (self.disc_total,),
            Field.DATE: (self.date,),
            Field.GENRE: self.genres,
            Field.LABEL: (self.label,),
            Field.ISRC: (self.isrc,),
            Field.BARCODE: (self.upc,),
            Field.COPYRIGHT: (self.copyright,),
            Field.COMPOSER: self.composers,
            Field.ADVISORY: (advisory,),
            Field.SOURCE_URL: (self.source_url,),
            Field.COMMENT: (self.comment,),
            Field.LYRICS: (self.lyrics,),
        }
        texts = {
            field: tuple(str(value) for value in values if value is not None)
            for field, values in every.items()
        }
        return {field: values for field, values in texts.items() if values}

    @classmethod
    def from_values(cls, values: FieldValues, cover: Picture | None = None) -> TrackTags:
        """Return the tags that *values* stand for; what cannot be understood is left out."""
        first = {field: texts[0] for field, texts in values.items() if texts}
        return cls(
            title=first.get(Field.TITLE),
            artists=values.get(Field.ARTISTS) or values.get(Field.ARTIST, ()),
            album=first.get(Field.ALBUM),
            album_artists=values.get(Field.ALBUM_ARTISTS) or values.get(Field.ALBUM_ARTIST, ()),
            track_number=_number(first, Field.TRACK_NUMBER),
            track_total=_number(first, Field.TRACK_TOTAL),
            disc_number=_number(first, Field.DISC_NUMBER),
            disc_total=_number(first, Field.DISC_TOTAL),
            date=PartialDate.parse(first.get(Field.DATE)),
            genres=values.get(Field.GENRE, ()),
            label=first.get(Field.LABEL),
            isrc=first.get(Field.ISRC),
            upc=first.get(Field.BARCODE),
            copyright=first.get(Field.COPYRIGHT),
            composers=values.get(Field.COMPOSER, ()),
            explicit={_EXPLICIT: True, _NOT_EXPLICIT: False}.get(first.get(Field.ADVISORY, "")),
            source_url=first.get(Field.SOURCE_URL),
            comment=first.get(Field.COMMENT),
            lyrics=first.get(Field.LYRICS),
            cover=cover,
        )


def tags_for(
    track: Track,
    release: Release | None = None,
    *,
    track_number: int | None = None,
    track_total: int | None = None,
    disc_number: int | None = None,
    disc_total: int | None = None,
    comment: str | None = None,
    cover: Picture | None = None,
) -> TrackTags:
    """Return what *track*, as part of *release*, says about itself.

    Args:
        release: the track's own when None.
        track_number, track_total, disc_number, disc_total: in place of what track and
            release state, where the caller knows the place better.
        comment: "30 s preview", say.
        cover: the front cover, checked.
    """
    release = release or track.release
    artists = tuple(artist.name for artist in track.artists)
    release_artists = tuple(artist.name for artist in release.artists) if release else ()
    return TrackTags(
        title=track.full_title,
        artists=artists or release_artists,
        album=release.full_title if release else None,
        album_artists=release_artists or artists,
        track_number=track_number or track.track_number,
        track_total=track_total or _tracks_of_disc(track, release),
        disc_number=disc_number or track.disc_number,
        disc_total=disc_total or (release.disc_total if release else None),
        date=release.date if release else None,
        genres=release.genres if release else (),
        label=release.label if release else None,
        isrc=track.isrc,
        upc=release.upc if release else None,
        copyright=track.copyright or (release.copyright if release else None),
        composers=track.credited(CreditRole.COMPOSER),
        explicit=track.explicit,
        source_url=track.url or (release.url if release else None),
        comment=comment,
        lyrics=track.lyrics.text if track.lyrics else None,
        cover=cover,
    )


def _tracks_of_disc(track: Track, release: Release | None) -> int | None:
    if release is None:
        return None
    one_disc = release.disc_total in (None, 1)
    if not release.tracks:
        return release.track_total if one_disc else None
    on_disc = sum(one_disc or other.disc_number == track.disc_number for other in release.tracks)
    # A service may state more tracks than it lists: then one is missing, and still counts.
    return max(on_disc, release.track_total or 0) if one_disc else on_disc


def _number(first: Mapping[Field, str], field: Field) -> int | None:
    text = first.get(field, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
