"""Asks where a track's file is: the best that the wish allows, the whole track or nothing.

Source: Qobuz's documentation of its API 0.2, ``track/getFileUrl``.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import orpheus_core as oc
from orpheus_qobuz import access, mapping
from orpheus_qobuz.answers import refusal
from orpheus_qobuz.info import API
from orpheus_qobuz.restrictions import Refusal, forbidding, refused
from orpheus_qobuz.shapes import FileShape
from orpheus_qobuz.signing import signature

METHOD = "track/getFileUrl"
INTENT = "download"
"""What was bought is asked for with this intent. Streams are not asked for."""

_LONGEST_SAMPLE_S = 95.0
_MP3_KBPS = 320
_SAMPLE_RATES_HZ = range(8_000, 768_001)


class FormatId(enum.IntEnum):
    """Qobuz's numbers of the qualities that it sells, best first."""

    FLAC_24_192 = 27
    FLAC_24_96 = 7
    FLAC_16 = 6
    MP3 = 5


_QUALITIES: Mapping[FormatId, oc.Quality] = {
    FormatId.FLAC_24_192: oc.Quality.HIRES,
    FormatId.FLAC_24_96: oc.Quality.HIRES,
    FormatId.FLAC_16: oc.Quality.LOSSLESS,
    FormatId.MP3: oc.Quality.HIGH,
}
_BIT_DEPTHS: Mapping[int, int] = {
    FormatId.FLAC_24_192: 24,
    FormatId.FLAC_24_96: 24,
    FormatId.FLAC_16: 16,
}
_CODECS = {
    "audio/flac": oc.Codec.FLAC,
    "audio/x-flac": oc.Codec.FLAC,
    "audio/mpeg": oc.Codec.MP3,
    "audio/mp3": oc.Codec.MP3,
}


def media_file(client: oc.ServiceClient, track: oc.Track, wish: oc.QualityWish) -> oc.MediaFile:
    """Return where *track* can be fetched in the best quality that *wish* allows.

    What was bought is one quality, and Qobuz does not fall back by itself: so each quality is
    asked for, best first, until one is handed out.

    Raises:
        LoginNeeded: a credential is missing, or Qobuz does not accept it.
        QualityUnavailable: nothing between floor and wish is offered.
        SampleInsteadOfTrack: only an excerpt is.
        ProtectedContent: only a protected stream is.
        Forbidden: not bought, or kept back by its right holders.
        CountryRestricted: not offered in the account's country.
    """
    allowed = _allowed(track, wish)
    known = access.to_files(client)
    errors: list[oc.OrpheusError] = []
    for format_id in allowed:
        shape = _ask(client, known, track.ref.id, format_id)
        found = _read(shape, format_id, track, wish)
        if isinstance(found, oc.MediaFile):
            return found
        errors.append(found.error)
        if not found.ask_lower:
            break
    raise next((each for each in errors if not isinstance(each, oc.QualityUnavailable)), errors[0])


def _allowed(track: oc.Track, wish: oc.QualityWish) -> list[FormatId]:
    if wish.previews:
        raise oc.QualityUnavailable(
            f"no preview of {track.full_title!r} is taken from Qobuz",
            next_step="ask for the track itself: leave --previews out",
        )
    allowed = [each for each, quality in _QUALITIES.items() if wish.allows(quality)]
    if not allowed:
        raise oc.QualityUnavailable(
            f"Qobuz has no quality between {wish.floor.value} and {wish.wanted.value}",
            why="it sells FLAC and MP3 of 320 kbit/s: hires, lossless and high",
            next_step="ask for one of them: --quality high",
        )
    return allowed


def _ask(
    client: oc.ServiceClient, known: access.Access, track_id: str, format_id: FormatId
) -> FileShape:
    signed: dict[str, str | int] = {
        "format_id": int(format_id),
        "intent": INTENT,
        "track_id": track_id,
    }
    now_s = int(client.now().timestamp())
    return client.get(
        f"{API}/{METHOD}",
        FileShape,
        params={
            **signed,
            "request_ts": now_s,
            "request_sig": signature(METHOD, signed, now_s, known.app_secret),
        },
        headers=known.headers,
        classify=refusal,
    )


def _read(
    shape: FileShape, asked: FormatId, track: oc.Track, wish: oc.QualityWish
) -> oc.MediaFile | Refusal:
    """The file that *shape* offers, or why it is not taken.

    Raises:
        UnexpectedAnswer: what it offers is no file that Qobuz documents.
    """
    if _is_protected(shape):
        return Refusal(_protected(track), ask_lower=True)
    codes = [each.code for each in shape.restrictions or () if each.code]
    sample = bool(shape.sample) or _is_excerpt(shape, track)
    if sample or forbidding(codes) or not shape.url:
        return refused(track, codes, sample=sample)
    url, format_ = mapping.web_link(shape.url), _format(shape, asked)
    if url is None or format_ is None:
        raise oc.UnexpectedAnswer(
            f"what Qobuz offers of {track.full_title!r} is no file that it documents",
            why=f"format {shape.format_id}, {(shape.mime_type or 'of no stated type')[:80]}",
        )
    if not wish.allows(format_.quality):
        return Refusal(_other_quality(track, format_, wish), ask_lower=True)
    return oc.MediaFile(
        url=url,
        format=format_,
        duration_s=mapping.seconds(shape.duration),
        # The link is signed anew each time; track and format name the file behind it.
        stable_id=f"track:{track.ref.id}:format:{shape.format_id or int(asked)}",
    )


def _is_protected(shape: FileShape) -> bool:
    """Whether *shape* describes keyed segments, as Qobuz's newer answers do."""
    keyed = (shape.url_template, shape.key_id, shape.key, shape.n_segments)
    return any(each is not None for each in keyed) or "$SEGMENT$" in (shape.url or "")


def _is_excerpt(shape: FileShape, track: oc.Track) -> bool:
    """Whether *shape* is too short to be the track, whatever else it says of itself."""
    offered_s, whole_s = mapping.seconds(shape.duration), track.duration_s
    if offered_s is None or whole_s is None:
        return False
    return offered_s <= min(_LONGEST_SAMPLE_S, whole_s / 2)


def _format(shape: FileShape, asked: FormatId) -> oc.AudioFormat | None:
    number = asked if shape.format_id is None else shape.format_id
    mime_type = (shape.mime_type or "").partition(";")[0].strip().lower()
    if mime_type:
        codec = _CODECS.get(mime_type)
    elif number in _QUALITIES:
        codec = oc.Codec.MP3 if number == FormatId.MP3 else oc.Codec.FLAC
    else:
        codec = None
    if codec is None:
        return None
    if codec is oc.Codec.MP3:
        return oc.AudioFormat(codec=codec, bitrate_kbps=_MP3_KBPS)
    return oc.AudioFormat(
        codec=codec,
        sample_rate_hz=_sample_rate_hz(shape.sampling_rate),
        bit_depth=shape.bit_depth if shape.bit_depth in (16, 24) else _BIT_DEPTHS.get(number),
    )


def _sample_rate_hz(rate: float | None) -> int | None:
    """*rate*, which is in kHz in some answers and in Hz in others, or None when it is none."""
    if rate is None or not 0 < rate <= _SAMPLE_RATES_HZ.stop:
        return None
    rate_hz = round(rate * 1000 if rate < 1000 else rate)
    return rate_hz if rate_hz in _SAMPLE_RATES_HZ else None


def _protected(track: oc.Track) -> oc.ProtectedContent:
    return oc.ProtectedContent(
        f"Qobuz hands out {track.full_title!r} only as a protected stream",
        why="it answered with keyed segments in the place of a file",
        done="nothing was downloaded",
    )


def _other_quality(
    track: oc.Track, found: oc.AudioFormat, wish: oc.QualityWish
) -> oc.QualityUnavailable:
    return oc.QualityUnavailable(
        f"{track.full_title!r} is offered as {found} only",
        why=f"asked for was {wish.wanted.value}, and nothing below {wish.floor.value}",
    )
