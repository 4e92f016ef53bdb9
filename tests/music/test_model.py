"""Values of music."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.errors import UnknownWord
from orpheus_core.music import (
    AudioFormat,
    Codec,
    MediaKind,
    MediaRef,
    PartialDate,
    Quality,
    QualityWish,
    Release,
    Track,
)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2001-03-07", "2001-03-07"),
        ("2001-03", "2001-03"),
        ("2001", "2001"),
        ("2001-00-00", "2001"),
        ("2001-03-07T00:00:00Z", "2001-03-07"),
        ("0000-00-00", None),
        ("2001-13-01", None),
        ("2001-02-30", None),
        ("soon", None),
        ("984009600", None),
        ("2001-030", "2001"),
        ("2001-03-071", "2001-03"),
        ("", None),
        (None, None),
    ],
)
def test_dates_are_read_as_far_as_they_are_known(text: str | None, date: str | None) -> None:
    """What is no date is no error: services write all sorts of things."""
    found = PartialDate.parse(text)
    assert (str(found) if found else None) == date


@given(st.text())
def test_reading_a_date_never_raises(text: str) -> None:
    """Any text at all."""
    PartialDate.parse(text)


@pytest.mark.parametrize(
    ("audio", "quality"),
    [
        (AudioFormat(codec=Codec.FLAC, sample_rate_hz=44_100, bit_depth=16), Quality.LOSSLESS),
        (AudioFormat(codec=Codec.FLAC, sample_rate_hz=48_000, bit_depth=16), Quality.LOSSLESS),
        (AudioFormat(codec=Codec.FLAC, sample_rate_hz=44_100, bit_depth=24), Quality.HIRES),
        (AudioFormat(codec=Codec.ALAC, sample_rate_hz=96_000, bit_depth=24), Quality.HIRES),
        (AudioFormat(codec=Codec.MP3, bitrate_kbps=320), Quality.HIGH),
        (AudioFormat(codec=Codec.MP3, bitrate_kbps=128), Quality.MEDIUM),
        (AudioFormat(codec=Codec.AAC, bitrate_kbps=96), Quality.LOW),
    ],
)
def test_a_format_belongs_to_a_quality(audio: AudioFormat, quality: Quality) -> None:
    """By codec, rate and depth."""
    assert audio.quality is quality


def test_a_wish_allows_what_lies_between_floor_and_wish() -> None:
    """Both ends included."""
    wish = QualityWish.parse("lossless", "high")
    assert [quality for quality in Quality if wish.allows(quality)] == [
        Quality.HIGH,
        Quality.LOSSLESS,
    ]


def test_an_unknown_quality_names_the_known_ones() -> None:
    """Best first."""
    with pytest.raises(UnknownWord) as caught:
        QualityWish.parse("loud")
    assert caught.value.next_step == "choose one of: best, hires, lossless, high, medium, low"


@pytest.mark.parametrize(
    ("title", "version", "full"),
    [
        ("Song", None, "Song"),
        ("Song", "Live", "Song (Live)"),
        ("Song", "(Live)", "Song (Live)"),
        ("Song (Live)", "Live", "Song (Live)"),
        ("Song", "Remastered (2011)", "Song (Remastered (2011))"),
        ("Song", "(A) or (B)", "Song ((A) or (B))"),
        ("Song", " ", "Song"),
        ("Song", "()", "Song"),
        ("Alive", "Live", "Alive (Live)"),
        ("Song live", "LIVE", "Song live"),
        ("Song", "[.*", "Song ([.*)"),
    ],
)
def test_the_full_title_has_the_version_once(title: str, version: str | None, full: str) -> None:
    """Services put it into one field, the other, or both."""
    ref = MediaRef("sandbox", MediaKind.TRACK, "1")
    assert Track(ref=ref, title=title, version=version).full_title == full


@pytest.mark.parametrize("parts", [(2001, None, 7), (2001, 0), (2001, 3, 0), (0,), (2001, 13)])
def test_what_is_no_date_cannot_be_made(parts: tuple[int, ...]) -> None:
    """A day without its month would read as a month."""
    with pytest.raises(ValueError):  # noqa: PT011 - the class is all that is promised
        PartialDate(*parts)


@pytest.mark.parametrize(
    ("audio", "text"),
    [
        (AudioFormat(codec=Codec.FLAC, sample_rate_hz=44_100, bit_depth=16), "FLAC 16/44.1"),
        (AudioFormat(codec=Codec.FLAC, sample_rate_hz=96_000, bit_depth=24), "FLAC 24/96"),
        (AudioFormat(codec=Codec.FLAC, sample_rate_hz=96_000), "FLAC"),
        (AudioFormat(codec=Codec.MP3, bitrate_kbps=320), "MP3 320 kbit/s"),
        (AudioFormat(codec=Codec.OPUS), "OPUS"),
    ],
)
def test_a_format_is_named_as_people_do(audio: AudioFormat, text: str) -> None:
    """As far as it is known."""
    assert str(audio) == text


def test_qualities_are_ordered() -> None:
    """Lowest first, in every comparison."""
    assert sorted([Quality.BEST, Quality.LOW, Quality.HIGH]) == [
        Quality.LOW,
        Quality.HIGH,
        Quality.BEST,
    ]
    assert Quality.LOW < Quality.HIGH <= Quality.HIGH
    assert Quality.HIRES > Quality.LOSSLESS >= Quality.LOSSLESS


def test_a_release_has_its_version_in_its_full_title() -> None:
    """By the same rule as a track."""
    ref = MediaRef("sandbox", MediaKind.ALBUM, "1")
    assert Release(ref=ref, title="Lanterns", version="Deluxe").full_title == "Lanterns (Deluxe)"
