"""The fields that are written, and what each is called in the three kinds of tag.

Names and shapes follow the mapping table of MusicBrainz Picard, which most players agree
with; the advisory and the link, which are not in it, follow Mp3tag's.
Sources: https://picard-docs.musicbrainz.org/en/appendices/tag_mapping.html,
https://docs.mp3tag.de/mapping/
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import attrs


class Field(enum.Enum):
    """One thing that a tag says."""

    TITLE = enum.auto()
    ARTIST = enum.auto()
    ARTISTS = enum.auto()
    ALBUM = enum.auto()
    ALBUM_ARTIST = enum.auto()
    ALBUM_ARTISTS = enum.auto()
    TRACK_NUMBER = enum.auto()
    TRACK_TOTAL = enum.auto()
    DISC_NUMBER = enum.auto()
    DISC_TOTAL = enum.auto()
    DATE = enum.auto()
    GENRE = enum.auto()
    LABEL = enum.auto()
    ISRC = enum.auto()
    BARCODE = enum.auto()
    COPYRIGHT = enum.auto()
    COMPOSER = enum.auto()
    ADVISORY = enum.auto()
    SOURCE_URL = enum.auto()
    COMMENT = enum.auto()
    LYRICS = enum.auto()


FieldValues = Mapping[Field, tuple[str, ...]]
"""The fields that have a value, each with its values in order."""

ITUNES = "----:com.apple.iTunes:"
"""How the names of MP4's free atoms begin."""


@attrs.frozen
class FieldNames:
    """What a field is called. Vorbis comments know two names for totals: both are written."""

    vorbis: tuple[str, ...]
    id3: str
    mp4: str


FIELD_NAMES: Mapping[Field, FieldNames] = {
    Field.TITLE: FieldNames(("TITLE",), "TIT2", "©nam"),
    Field.ARTIST: FieldNames(("ARTIST",), "TPE1", "©ART"),
    Field.ARTISTS: FieldNames(("ARTISTS",), "TXXX:ARTISTS", f"{ITUNES}ARTISTS"),
    Field.ALBUM: FieldNames(("ALBUM",), "TALB", "©alb"),
    Field.ALBUM_ARTIST: FieldNames(("ALBUMARTIST",), "TPE2", "aART"),
    Field.ALBUM_ARTISTS: FieldNames(
        ("ALBUMARTISTS",), "TXXX:ALBUMARTISTS", f"{ITUNES}ALBUMARTISTS"
    ),
    Field.TRACK_NUMBER: FieldNames(("TRACKNUMBER",), "TRCK", "trkn"),
    Field.TRACK_TOTAL: FieldNames(("TRACKTOTAL", "TOTALTRACKS"), "TRCK", "trkn"),
    Field.DISC_NUMBER: FieldNames(("DISCNUMBER",), "TPOS", "disk"),
    Field.DISC_TOTAL: FieldNames(("DISCTOTAL", "TOTALDISCS"), "TPOS", "disk"),
    Field.DATE: FieldNames(("DATE",), "TDRC", "©day"),
    Field.GENRE: FieldNames(("GENRE",), "TCON", "©gen"),
    Field.LABEL: FieldNames(("LABEL",), "TPUB", f"{ITUNES}LABEL"),
    Field.ISRC: FieldNames(("ISRC",), "TSRC", f"{ITUNES}ISRC"),
    Field.BARCODE: FieldNames(("BARCODE",), "TXXX:BARCODE", f"{ITUNES}BARCODE"),
    Field.COPYRIGHT: FieldNames(("COPYRIGHT",), "TCOP", "cprt"),
    Field.COMPOSER: FieldNames(("COMPOSER",), "TCOM", "©wrt"),
    Field.ADVISORY: FieldNames(("ITUNESADVISORY",), "TXXX:ITUNESADVISORY", "rtng"),
    Field.SOURCE_URL: FieldNames(("WWWAUDIOFILE",), "WOAF", f"{ITUNES}WWWAUDIOFILE"),
    Field.COMMENT: FieldNames(("COMMENT",), "COMM", "©cmt"),
    Field.LYRICS: FieldNames(("LYRICS",), "USLT", "©lyr"),
}

NUMBER_PAIRS = (
    (Field.TRACK_NUMBER, Field.TRACK_TOTAL),
    (Field.DISC_NUMBER, Field.DISC_TOTAL),
)
"""ID3 and MP4 keep a number and its total in one place."""

IN_PAIRS = frozenset(field for pair in NUMBER_PAIRS for field in pair)
